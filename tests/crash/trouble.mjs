// The database in trouble: what requests are told, what /readyz says, and that all is well when the trouble is over.
//
// SQLite: a second process on the folder, a full disk (a small file system of its own, which only root can mount), a
// folder that cannot be written. PostgreSQL: the server is gone and comes back.

import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, truncateSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';
import {PATIENCE_MS} from '../lib/environment.mjs';

const program = process.env.SOUK ?? 'build/souk';
const driver = process.env.SOUK_TEST_DRIVER ?? 'sqlite';
let number = 0, failed = false;

function report(good, name, detail = '') {
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
    if (!good) console.log(`# ${detail}`);
    failed ||= !good;
}
const skip = (name, reason) => console.log(`ok ${++number} - ${name} # SKIP ${reason}`);

/* Asks again until the answer is as wanted: the trouble ends when it ends. */
async function until(ask, wanted, name) {
    const deadline = Date.now() + PATIENCE_MS;
    let answer;
    do {
        answer = await ask().catch((error) => ({status: 0, body: String(error)}));
        if (wanted(answer)) return report(true, name);
        await new Promise((done) => setTimeout(done, 50));
    } while (Date.now() < deadline);
    report(false, name, `the last answer was ${answer.status} ${answer.body}`);
}

const problem = (code) => (answer) => answer.status === 503 && answer.body.includes(`"code":"${code}"`) && 'retry-after' in answer.headers;
const status = (wanted) => (answer) => answer.status === wanted;
let names = 0;

function talk(server) {
    const client = makeClient(server.port);
    const headers = {authorization: `Bearer ${server.admin}`, 'content-type': 'application/json'};
    return {
        ready: () => client.send('GET', '/readyz', {}, ''),
        live: () => client.send('GET', '/livez', {}, ''),
        read: () => client.send('GET', '/v1/products', {}, ''),
        write: (size = 10) => client.send('POST', '/v1/products', headers,
            JSON.stringify({title: `p${++names}`, description: 'x'.repeat(size)})),
        close: client.close,
    };
}

async function secondProcess() {
    const place = makePlace(driver, process.env.SOUK_TEST_PG);
    const server = await startServer(program, place, {serve: [], env: {}});
    const second = spawnSync(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(place.folder, 'data')],
        {env: {...process.env, ...place.env}, encoding: 'utf8', timeout: PATIENCE_MS});
    report(second.status === 69 && /in use|owned/.test(second.stderr), 'a second process on the folder is refused and told who has it',
        `${second.status} ${second.stderr}`);
    report(await server.stop() === '', 'the first one goes on and ends well');
    place.remove();
}

async function fullDisk(folder) {
    const place = {folder, env: {}};
    const server = await startServer(program, place, {serve: [], env: {}});
    const {ready, live, read, write, close} = talk(server);
    await until(ready, status(200), 'ready on a small disk');
    const filler = join(folder, 'filler');
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096'], {stdio: 'ignore'});
    await until(() => write(40_000), problem('storage_full'), 'full disk: a write is told so');
    await until(ready, status(503), 'full disk: not ready');
    await until(read, status(200), 'full disk: products can be read');
    await until(live, status(200), 'full disk: alive');
    truncateSync(filler, 0);
    await until(() => write(40_000), status(201), 'space again: writes work by themselves');
    await until(ready, status(200), 'space again: ready');
    close();
    report(await server.stop() === '', 'it ends well');
}

function readOnly(folder) {
    spawnSync('mount', ['-o', 'remount,ro', folder]);
    const run = spawnSync(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data')], {encoding: 'utf8', timeout: PATIENCE_MS});
    report(run.status !== 0 && run.status !== null && /read-only|Read-only|cannot be/.test(run.stderr) && !/assert|core/i.test(run.stderr),
        'a folder that cannot be written is refused with the reason', `${run.status} ${run.stderr}`);
}

async function sqlite() {
    await secondProcess();
    const folder = mkdtempSync(join(tmpdir(), 'souk-trouble.'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]).status === 0;
    if (!mounted) {
        skip('a full disk, a folder that cannot be written', 'only root can mount a small file system');
        rmSync(folder, {recursive: true});
        return;
    }
    try {
        await fullDisk(folder);
        readOnly(folder);
    } finally {
        spawnSync('umount', ['-l', folder]);
        rmSync(folder, {recursive: true, force: true});
    }
}

async function postgresql() {
    const work = mkdtempSync(join(tmpdir(), 'souk-trouble.'));
    spawnSync('chmod', ['711', work]);
    const pg = (...words) => spawnSync('tests/lib/pg.sh', [...words, join(work, 'pg')], {encoding: 'utf8'});
    const started = pg('start', '--durable'); // it will crash, and what it has acknowledged must be there
    const place = makePlace('postgresql', started.stdout.trim());
    const server = await startServer(program, place, {serve: [], env: {}});
    const {ready, live, read, write, close} = talk(server);
    await until(ready, status(200), 'ready with its PostgreSQL');
    await until(() => write(), status(201), 'writes work');
    pg('crash');
    await until(read, problem('unavailable'), 'PostgreSQL is gone: reads are told so');
    await until(() => write(), problem('unavailable'), 'PostgreSQL is gone: writes are told so');
    await until(ready, status(503), 'PostgreSQL is gone: not ready');
    await until(live, status(200), 'PostgreSQL is gone: alive');
    pg('again');
    await until(read, status(200), 'PostgreSQL is back: reads work by themselves');
    await until(() => write(), status(201), 'PostgreSQL is back: writes work by themselves');
    await until(ready, status(200), 'PostgreSQL is back: ready');
    close();
    report(await server.stop() === '', 'it ends well');
    pg('stop');
    rmSync(work, {recursive: true, force: true});
}

await (driver === 'sqlite' ? sqlite() : postgresql());
console.log(`1..${number}`);
process.exitCode = failed ? 1 : 0;
