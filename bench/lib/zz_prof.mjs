// usage: node zz_prof.mjs sqlite|pg|peer N
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {Souk, administratorKey} from './souk.mjs';
import {Shop, Peer, complete, SETTINGS} from './zz_shop.mjs';
import {withEmptyPostgres} from './postgres.mjs';
import {startFastify} from './fastify.mjs';
const build = path.resolve('build'), work = path.join(build, 'bench/work');
const bed = {work, programs: path.join(build, 'bench'), souk: new Souk(build, work), bench: path.resolve('bench'), versions: {}, seconds: 1};
const [, , what, n = '2000', perf] = process.argv;
function psql(url, text) { return execFileSync('psql', ['-X', '-At', '-F', ' | ', url, '-c', text], {encoding: 'utf8'}); }
async function go(env, pids, url) {
    const folder = path.join(work, 'data-prof');
    fs.rmSync(folder, {recursive: true, force: true});
    const server = await bed.souk.serve(folder, {core: null, env: {...SETTINGS, ...env}});
    const shop = await new Shop(server, await administratorKey(server)).open();
    await complete(bed, shop.port, await shop.carts(3000), 0, [server.pid]);
    const lines = await shop.carts(Number(n));
    await new Promise(r => setTimeout(r, 1500));
    if (url) psql(url, 'vacuum analyze');
    if (url) psql(url, 'select pg_stat_statements_reset()');
    let p;
    if (perf) p = spawn('perf', ['record', '-o', '/tmp/souk.perf', '-F', '499', '-a'], {stdio: 'ignore'});
    await new Promise(r => setTimeout(r, 300));
    const before = await shop.metrics();
    const t = spawn(path.join(bed.programs, 'load/load'), []); t.on('error', () => {});
    const report = await complete(bed, shop.port, lines, 1, [server.pid, ...pids]);
    if (p) { p.kill('SIGINT'); await new Promise(r => p.on('exit', r)); }
    const after = await shop.metrics();
    console.log(JSON.stringify(report, null, 0));
    const parse = t => new Map(t.split('\n').filter(l => l && l[0] !== '#').map(l => [l.slice(0, l.lastIndexOf(' ')), Number(l.slice(l.lastIndexOf(' ') + 1))]));
    const a = parse(before), b = parse(after);
    for (const [k, v] of b) { const d = v - (a.get(k) ?? 0); if (d && !/bucket/.test(k) && /souk_db|complete|souk_saga|job_run|loops_busy|cpu/.test(k)) console.log(k, d.toFixed(3), (d / report.answered).toFixed(5)); }
    if (url) fs.writeFileSync('/tmp/pgss.txt', psql(url, "select calls, round(total_exec_time::numeric,1) as ms, round(mean_exec_time::numeric,4), round(total_plan_time::numeric,1), plans, rows, left(regexp_replace(query, '\\s+', ' ', 'g'), 230) from pg_stat_statements order by total_exec_time + total_plan_time desc limit 80"));
    await server.stop();
}
if (what === 'sqlite') await go({}, []);
else await withEmptyPostgres(bed, 'pg-prof', async ({url, pid}) => {
    const conf = path.join(work, 'pg-prof/data/postgresql.conf');
    fs.appendFileSync(conf, "\nshared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_planning = on\n");
    execFileSync('tests/lib/pg.sh', ['halt', path.join(work, 'pg-prof')]);
    execFileSync('tests/lib/pg.sh', ['again', path.join(work, 'pg-prof')]);
    pid = Number(fs.readFileSync(path.join(work, 'pg-prof/data/postmaster.pid'), 'utf8').split('\n')[0]);
    psql(url, 'create extension pg_stat_statements');
    await go({DATABASE_URL: url}, [pid], url);
});
process.exit(0);
