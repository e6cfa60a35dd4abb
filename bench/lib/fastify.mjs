// The row against a team's hand-written equal (bench/peers/fastify), both on one PostgreSQL with the same data.

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {isDeepStrictEqual} from 'node:util';

import {Server, Void, alternate, atExit, askFor, freePort, loadUndisturbed, median, run} from './machine.mjs';
import {listProducts} from './souk.mjs';

const CONNECTIONS = 64;

function startPostgres(bed) {
    const script = path.join(bed.bench, '../tests/lib/pg.sh');
    const folder = path.join(bed.work, 'pg');
    const stop = () => {
        execFileSync(script, ['stop', folder]);
        atExit.delete(stop);
    };
    stop(); // what a killed run left
    atExit.add(stop);
    const url = run(script, ['start', '--durable', folder]).trim();
    const pid = Number(fs.readFileSync(path.join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
    const sql = text => run('psql', ['-X', '-At', '-v', 'ON_ERROR_STOP=1', url, '-c', text]).trim();
    return {url, pid, sql, stop};
}

/* Statistics are fresh, and no worker of autovacuum comes or goes while a side is measured. */
function settle(postgres) {
    postgres.sql('vacuum analyze');
    postgres.sql('alter system set autovacuum = off');
    postgres.sql('select pg_reload_conf()');
    postgres.sql('checkpoint');
}

async function startFastify(bed, url) {
    const port = await freePort();
    const folder = path.join(bed.bench, 'peers/fastify');
    if (!fs.existsSync(path.join(folder, 'node_modules'))) throw new Void('bench/peers/fastify is not installed: scripts/setup.sh bench does it');
    const server = new Server('fastify', ['node', path.join(folder, 'server.mjs')],
        {port, env: {DATABASE_URL: url, PORT: String(port), NODE_ENV: 'production'}, log: path.join(bed.work, 'fastify.log')});
    return server.ready('/readyz');
}

async function sameAnswers(souk, fastify, products) {
    for (let i = 0; i < 50; i++) {
        const target = `/v1/products/${products[Math.floor(i * products.length / 50)]}`;
        const ours = JSON.parse((await askFor(200, souk.port, target)).body);
        const theirs = JSON.parse((await askFor(200, fastify.port, target)).body);
        if (!isDeepStrictEqual(ours, theirs))
            throw new Void(`the answers to ${target} differ:\n${JSON.stringify(ours)}\n${JSON.stringify(theirs)}`);
    }
}

function version(bed, name) {
    const file = path.join(bed.bench, 'peers/fastify/node_modules', name, 'package.json');
    return JSON.parse(fs.readFileSync(file, 'utf8')).version;
}

async function measure(bed, tools) {
    const postgres = startPostgres(bed);
    const servers = [];
    try {
        bed.souk.seed(path.join(bed.work, 'data-pg'), {DATABASE_URL: postgres.url});
        settle(postgres);
        const souk = await bed.souk.serve(path.join(bed.work, 'data-pg'), {core: null, env: {DATABASE_URL: postgres.url}});
        servers.push(souk);
        const data = await listProducts(souk.port);
        const fastify = await startFastify(bed, postgres.url);
        servers.push(fastify);
        await sameAnswers(souk, fastify, data.products);
        const {sizes} = await tools.typicalProduct(souk.port, data);
        const options = server => ({paths: tools.productPaths(bed, data), size: `${sizes[0]}-${sizes[1]}`, connections: CONNECTIONS,
            warmup: 2, seconds: bed.seconds, pid: [server.pid, postgres.pid]});
        const side = server => () => loadUndisturbed(bed.programs, server.port, options(server), {core: undefined});
        const reports = await alternate(bed.rounds, {Souk: side(souk), Fastify: side(fastify)});
        Object.assign(bed.versions, {Fastify: version(bed, 'fastify'), pg: version(bed, 'pg'), Node: process.version,
            PostgreSQL: postgres.sql('show server_version')});
        return outcome(reports, tools, tools.show(options(souk)));
    } finally {
        for (const server of servers) await server.stop();
        postgres.stop();
        fs.rmSync(path.join(bed.work, 'data-pg'), {recursive: true, force: true});
    }
}

function outcome(reports, tools, command) {
    const of = key => Object.fromEntries(Object.entries(reports).map(([side, list]) => [side, list.map(r => r[key])]));
    const rounds = of('rate'), efficiency = of('requests_per_cpu_s');
    const souk = median(rounds.Souk), opponent = median(rounds.Fastify);
    return {souk, opponent, value: souk / opponent, rounds, others: tools.othersOf(reports), command, beside: {...tools.besideOf(reports),
        'Souk with PostgreSQL, requests per CPU-second': median(efficiency.Souk),
        'Fastify with PostgreSQL, requests per CPU-second': median(efficiency.Fastify)}};
}

export function fastifyRow(tools) {
    return {name: 'fastify', title: 'product by id on PostgreSQL against a hand-written Fastify + pg, one process a core', unit: 'requests/s',
        floor: 1.5, aim: 3, better: 'more', measure: bed => measure(bed, tools),
        about: 'The same answer from the same PostgreSQL and data (compared before), by turns. The server, PostgreSQL and the load share all cores.'};
}
