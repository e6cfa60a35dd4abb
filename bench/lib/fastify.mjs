// The rows against a team's hand-written equal (bench/peers/fastify), both on one PostgreSQL with the same data.

import fs from 'node:fs';
import path from 'node:path';
import {isDeepStrictEqual} from 'node:util';

import {Server, Void, alternate, askFor, freePort, loadUndisturbed, median, run, sleep, writeLines} from './machine.mjs';
import {categories, listTarget, searchTarget, withTotal} from './browse.mjs';
import {postgres} from './postgres.mjs';
import {questions} from './queries.mjs';

const CONNECTIONS = 64;
const CACHE_BYTES = 64 << 20; // what each side may keep
const NEVER = {SOUK_CACHE_BYTES: '0'};

/* ---- The opponent -------------------------------------------------------------------------------------------------- */

export async function startFastify(bed, env) {
    const port = await freePort();
    const folder = path.join(bed.bench, 'peers/fastify');
    if (!fs.existsSync(path.join(folder, 'node_modules'))) throw new Void('bench/peers/fastify is not installed: scripts/setup.sh bench does it');
    const server = new Server('fastify', ['node', path.join(folder, 'server.mjs')],
        {port, env: {...env, PORT: String(port), NODE_ENV: 'production'}, log: path.join(bed.work, 'fastify.log')});
    return server.ready('/readyz');
}

async function startRedis(bed) {
    const port = await freePort();
    const server = new Server('redis', ['redis-server', '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no',
        '--maxmemory', String(CACHE_BYTES), '--maxmemory-policy', 'allkeys-lru', '--dir', bed.work], {port, log: path.join(bed.work, 'redis.log')});
    for (const end = Date.now() + 10000; Date.now() < end && !server.output().includes('Ready to accept connections');)
        await sleep(20);
    return server;
}

function version(bed, name) {
    const file = path.join(bed.bench, 'peers/fastify/node_modules', name, 'package.json');
    return JSON.parse(fs.readFileSync(file, 'utf8')).version;
}

export function noteVersions(bed) {
    Object.assign(bed.versions, {Fastify: version(bed, 'fastify'), pg: version(bed, 'pg'), ioredis: version(bed, 'ioredis'), Node: process.version,
        Redis: /v=(\S+)/.exec(run('redis-server', ['--version']))[1]});
}

/* Both sides, with and without their caches: f({souk, fastify, pids, base}). `env`: more settings of Souk's. */
export async function withBoth(bed, cached, f, env = {}) {
    const base = await postgres(bed), servers = [];
    try {
        noteVersions(bed);
        const souk = await bed.souk.serve(base.data, {core: null, env: {...base.env(), ...env, ...(cached ? {SOUK_CACHE_BYTES: String(CACHE_BYTES)} : NEVER)}});
        servers.push(souk);
        const redis = cached ? await startRedis(bed) : undefined;
        if (redis) servers.unshift(redis);
        const fastify = await startFastify(bed, {...base.env(), ...(redis && {REDIS_URL: `redis://127.0.0.1:${redis.port}`})});
        servers.unshift(fastify);
        return await f({souk, fastify, base, pids: {souk: [souk.pid, base.pid], fastify: [fastify.pid, base.pid, ...(redis ? [redis.pid] : [])]}});
    } finally {
        for (const server of servers) await server.stop();
    }
}

/* ---- The same answers ------------------------------------------------------------------------------------------------ */

/* A cursor is each side's own; the rest must be the same. */
async function sameAnswers(sides, targets, part = answer => answer) {
    for (const target of targets) {
        const [ours, theirs] = await Promise.all([sides.souk, sides.fastify].map(async server =>
            part(JSON.parse((await askFor(200, server.port, target)).body))));
        if (!isDeepStrictEqual(ours, theirs))
            throw new Void(`the answers to ${target} differ:\n${JSON.stringify(ours)}\n${JSON.stringify(theirs)}`);
    }
}

const withoutCursor = page => ({...page, next_cursor: page.next_cursor !== null});

/* Which products, how many, and their counts; how they rank and are marked is each side's own. */
const found = page => ({total: page.total, has_more: page.has_more, ids: page.data.map(hit => hit.product.id), facets: page.facets});
const counted = page => ({total: page.total, has_more: page.has_more, n: page.data.length, facets: page.facets});

const every = (list, step) => list.filter((_, i) => i % step === 0);

async function prepareProducts(bed, sides, tools) {
    const {products} = sides.base.shop, targets = products.map(id => `/v1/products/${id}`);
    await sameAnswers(sides, every(targets, Math.ceil(targets.length / 50)));
    const {sizes} = await tools.typicalProduct(sides.souk.port, sides.base.shop);
    return {paths: tools.productPaths(bed, sides.base.shop), size: `${sizes[0]}-${sizes[1]}`};
}

async function prepareLists(bed, sides) {
    const targets = (await categories(sides.souk.port)).map(category => withTotal(listTarget(category.handle)));
    await sameAnswers(sides, targets, withoutCursor);
    return {paths: writeLines(bed, 'fastify-lists.txt', targets)};
}

/* Words and pairs of words: how a misspelling is mended is nothing to compare by. */
async function prepareSearches(bed, sides) {
    const {words, pairs} = questions(), targets = [...words, ...pairs].map(q => withTotal(searchTarget(q)));
    await sameAnswers(sides, every(targets, 3).map(target => `${target}&sort=newest`), found);
    await sameAnswers(sides, every(targets, 3), counted);
    return {paths: writeLines(bed, 'fastify-searches.txt', targets)};
}

/* ---- Measuring --------------------------------------------------------------------------------------------------------- */

async function measure(bed, tools, {cached, prepare, asked = {}}) {
    return withBoth(bed, cached, async sides => {
        const what = {...(await prepare(bed, sides, tools)), ...asked, connections: CONNECTIONS, warmup: 2, seconds: bed.seconds};
        const side = name => () => loadUndisturbed(bed.programs, sides[name].port, {...what, pid: sides.pids[name]}, {core: undefined});
        const reports = await alternate(bed.rounds, {Souk: side('souk'), Fastify: side('fastify')});
        return outcome(reports, tools, tools.show(what), cached);
    });
}

function outcome(reports, tools, command, cached) {
    const of = key => Object.fromEntries(Object.entries(reports).map(([side, list]) => [side, list.map(r => r[key])]));
    const rounds = of('rate'), efficiency = of('requests_per_cpu_s');
    const souk = median(rounds.Souk), opponent = median(rounds.Fastify), redis = cached ? ' and Redis' : '';
    return {souk, opponent, value: souk / opponent, rounds, others: tools.othersOf(reports), command, beside: {...tools.besideOf(reports),
        'Souk with PostgreSQL, requests per CPU-second': median(efficiency.Souk),
        [`Fastify with PostgreSQL${redis}, requests per CPU-second`]: median(efficiency.Fastify)}};
}

export function fastifyRows(tools) {
    const kept = `Each side keeps answers in ${CACHE_BYTES >> 20} MiB, Souk in its process, the opponent in Redis for a minute. The servers, PostgreSQL, Redis and the load share all cores.`;
    const row = (name, what, floor, aim, options, about) => ({name, title: `${what} against a hand-written Fastify + pg${options.cached ? ' + Redis' : ''}, one process a core`,
        unit: 'requests/s', floor, aim, better: 'more', measure: bed => measure(bed, tools, options), about});
    return [
        row('fastify', 'product by id on PostgreSQL', 1.5, 3, {cached: false, prepare: prepareProducts},
            'The same answer from the same PostgreSQL and data (compared before), by turns, neither side remembering any. The server, PostgreSQL and the load share all cores.'),
        row('fastify-product', 'product by id, caches on,', 3, 10, {cached: true, prepare: prepareProducts, asked: {zipf: 0.9}},
            `Products by Zipf's law (0.9); answers compared before. ${kept}`),
        row('fastify-list', 'list in a category with facets, caches on,', 3, 10, {cached: true, prepare: prepareLists},
            `All categories by turns; answers compared before. ${kept}`),
        row('fastify-search', 'search with facets, caches on,', 3, 10, {cached: true, prepare: prepareSearches},
            `The words and pairs of words of \`bench/lib/queries.mjs\`; which products, how many and their counts compared before. ${kept}`),
    ];
}
