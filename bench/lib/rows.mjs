// The rows of the table: what each measures, against whom, and how.
//
// A row is {name, title, unit, floor, aim, better, absolute, about, measure}. measure(bed) returns {souk, opponent, value,
// rounds, beside, command}; `value` is what is held against floor and aim. It throws Void when a figure must not be used.

import fs from 'node:fs';
import path from 'node:path';

import {LOAD_CORE, SERVER_CORE, Void, alternate, askFor, copyFolder, freePort, load, loadUndisturbed, median, rssAnonKib, run, sleep, undisturbed, writeLines} from './machine.mjs';
import {startNginx} from './nginx.mjs';
import {browseRows} from './browse.mjs';
import {cartRows} from './carts.mjs';
import {checkoutRows} from './checkout.mjs';
import {fastifyRows} from './fastify.mjs';
import {mixRows} from './mix.mjs';
import {historyRows} from './history.mjs';
import {hotRows} from './hot.mjs';
import {importRows} from './import.mjs';
import {loginRows} from './logins.mjs';
import {idNumber} from './souk.mjs';

const CONNECTIONS = 64;

/* ---- Requests per CPU-second against nginx ----------------------------------------------------------------------- */

const headSize = answer => answer.headers.reduce((n, [name, value]) => n + name.length + value.length + 4, 0);

/* The load of both sides: the same but for the paths, and every body must have the expected size. */
function loadOptions(bed, pids, asked, sizes) {
    return {...asked, size: `${sizes[0]}-${sizes[1]}`, connections: CONNECTIONS, warmup: 1, seconds: bed.seconds, pid: pids};
}

function show(options) {
    return `load ${Object.entries(options).filter(([name]) => name !== 'pid').map(([name, value]) =>
        `--${name}${value === true ? '' : ` ${typeof value === 'string' && value.includes('/') && fs.existsSync(value) ? path.basename(value) : value}`}`).join(' ')}`;
}

function besideOf(reports, extra = {}) {
    const beside = {};
    for (const [side, list] of Object.entries(reports)) {
        beside[`${side}, requests/s`] = median(list.map(r => r.rate));
        beside[`${side}, p50 / p99 µs`] = `${median(list.map(r => r.latency_us.p50)).toFixed(0)} / ${median(list.map(r => r.latency_us.p99)).toFixed(0)}`;
        beside[`${side}, share of its core that the load used`] = median(list.map(r => r.load_cpu_share));
    }
    return {...beside, ...extra};
}

/* The most that anybody else used of a core while one of the reports was made. */
export const othersOf = reports => Math.max(...Object.values(reports).flat().map(r => r.others_cpu_share ?? 0));

/* Souk's answer to `example` is what nginx returns; Souk is asked as `asked` says. */
async function againstNginx(bed, server, example, asked, sizes) {
    const answer = await askFor(200, server.port, example);
    const nginx = await startNginx(bed.work, answer);
    try {
        const theirs = await askFor(200, nginx.port, example);
        if (!theirs.body.equals(answer.body)) throw new Void('nginx does not answer the bytes that Souk answers');
        const size = answer.body.length;
        const ours = loadOptions(bed, [server.pid], asked, sizes ?? [size, size]);
        const other = loadOptions(bed, [nginx.pid], {path: example}, [size, size]);
        const reports = await alternate(bed.rounds, {
            Souk: () => loadUndisturbed(bed.programs, server.port, ours),
            nginx: () => loadUndisturbed(bed.programs, nginx.port, other)});
        return outcome(reports, show(ours), {
            'body, bytes': sizes ? `${size} (Souk's: ${sizes[0]} to ${sizes[1]})` : String(size),
            'header lines, bytes': `Souk ${headSize(answer)}, nginx ${headSize(theirs)}`});
    } finally {
        await nginx.stop();
    }
}

function outcome(reports, command, extra) {
    const rounds = Object.fromEntries(Object.entries(reports).map(([side, list]) => [side, list.map(r => r.requests_per_cpu_s)]));
    const souk = median(rounds.Souk), opponent = median(rounds.nginx);
    return {souk, opponent, value: souk / opponent, rounds, others: othersOf(reports), beside: besideOf(reports, extra), command};
}

async function withSouk(bed, options, f) {
    const data = await bed.souk.seeded();
    const server = await bed.souk.serve(options.folder ?? data.folder, options);
    try {
        return await f(server, data);
    } finally {
        await server.stop();
    }
}

/* The same products by a key and by nobody, both read from the database; the key sees what all see. */
const token = bed => withSouk(bed, {env: {SOUK_CACHE_BYTES: '0'}}, async (server, data) => {
    const {target, sizes} = await typicalProduct(server.port, data);
    const made = await askFor(201, server.port, '/v1/keys', {Authorization: `Bearer ${data.key}`, 'Content-Type': 'application/json'},
        'POST', '{"name":"bench","scopes":["media:read"]}');
    const header = [`Authorization: Bearer ${JSON.parse(made.body).token}`];
    const anonymous = loadOptions(bed, [server.pid], {paths: productPaths(bed, data)}, sizes);
    const known = {...anonymous, header};
    await askFor(200, server.port, target);
    const reports = await alternate(bed.rounds, {
        Souk: () => loadUndisturbed(bed.programs, server.port, known),
        anonymous: () => loadUndisturbed(bed.programs, server.port, anonymous)});
    const rounds = Object.fromEntries(Object.entries(reports).map(([side, list]) => [side, list.map(r => r.requests_per_cpu_s)]));
    const souk = median(rounds.Souk), opponent = median(rounds.anonymous);
    return {souk, opponent, value: souk / opponent, rounds, others: othersOf(reports), beside: besideOf(reports),
        command: show({...known, header: ['Authorization: …']})};
});

const livez = bed => withSouk(bed, {}, server => againstNginx(bed, server, '/livez', {path: '/livez'}));

/* The page in memory whose size is nearest to 1.2 KB, of those that every Souk has. */
async function inMemory(bed) {
    const candidates = ['/docs', '/docs/errors', '/v1', '/openapi.json', '/'];
    return withSouk(bed, {}, async server => {
        const sizes = [];
        for (const target of candidates) {
            const answer = await askFor(200, server.port, target).catch(() => undefined);
            if (answer && answer.headers.some(([name]) => name.toLowerCase() === 'etag')) sizes.push([target, answer.body.length]);
        }
        const [target] = sizes.sort((a, b) => Math.abs(a[1] - 1200) - Math.abs(b[1] - 1200))[0] ?? [];
        if (!target) throw new Void('no answer in memory with an ETag was found');
        return againstNginx(bed, server, target, {path: target});
    });
}

const productPaths = (bed, data) => writeLines(bed, 'products.txt', data.products.map(id => `/v1/products/${id}`));

/* The product of a sample whose size is the median, and the smallest and largest that may come (titles differ). */
async function typicalProduct(port, data) {
    const step = Math.max(1, Math.floor(data.products.length / 200));
    const sizes = [];
    for (let i = 0; i < data.products.length; i += step) {
        const target = `/v1/products/${data.products[i]}`;
        sizes.push([(await askFor(200, port, target)).body.length, target]);
    }
    sizes.sort((a, b) => a[0] - b[0]);
    const [size, target] = sizes[sizes.length >> 1];
    return {target, sizes: [Math.floor(size * 0.7), Math.ceil(size * 1.3)]};
}

const product = bed => withSouk(bed, {}, async (server, data) => {
    const {target, sizes} = await typicalProduct(server.port, data);
    return againstNginx(bed, server, target, {paths: productPaths(bed, data)}, sizes);
});

/* As many products as a shop's front has in view, all of nearly one size, so that nginx's one document stands for them. */
const CACHED = 1000;
const CACHE_ON = {SOUK_CACHE_BYTES: String(64 << 20)};

async function nearMedian(port, data) {
    const sizes = [];
    for (let i = 0; i < 4 * CACHED; i++) {
        const target = `/v1/products/${data.products[Math.floor(i * data.products.length / (4 * CACHED))]}`;
        sizes.push([(await askFor(200, port, target)).body.length, target]);
    }
    sizes.sort((a, b) => a[0] - b[0]);
    const from = (sizes.length - CACHED) >> 1, chosen = sizes.slice(from, from + CACHED);
    return {example: chosen[CACHED >> 1][1], targets: chosen.map(([, target]) => target), sizes: [chosen[0][0], chosen[CACHED - 1][0]]};
}

const cached = bed => withSouk(bed, {env: CACHE_ON}, async (server, data) => {
    const {example, targets, sizes} = await nearMedian(server.port, data);
    const before = await scrape(server.port, data.key);
    const figures = await againstNginx(bed, server, example, {paths: writeLines(bed, 'cached.txt', targets)}, sizes);
    const after = await scrape(server.port, data.key);
    const missed = ['miss', 'stale', 'alone'].map(result => `souk_cache_requests_total{result="${result}"}`);
    const grown = missed.reduce((n, name) => n + sample(after, name) - sample(before, name), 0);
    if (grown > 0) throw new Void(`${grown} of the answers did not come from memory`);
    return figures;
});

/* ---- Absolute rates ------------------------------------------------------------------------------------------------ */

const list = bed => withSouk(bed, {}, async server => {
    const target = '/v1/products?limit=20';
    const page = JSON.parse((await askFor(200, server.port, target)).body);
    if (page.data.length !== 20 || !page.data.every(p => p.variants.every(v => v.prices.length > 0 && ['in', 'low', 'out'].includes(v.availability))))
        throw new Void('the list is not 20 products with prices and availability');
    const options = {path: target, connections: CONNECTIONS, warmup: 1, seconds: bed.seconds, pid: [server.pid]};
    const reports = await alternate(bed.rounds, {Souk: () => loadUndisturbed(bed.programs, server.port, options)});
    const rates = reports.Souk.map(r => r.rate);
    return {souk: median(rates), value: median(rates), rounds: {Souk: rates}, others: othersOf(reports),
        beside: besideOf(reports), command: show(options)};
});

/* ---- Writes ----------------------------------------------------------------------------------------------------------- */

const LOCATION = 'loc_0000000000001';

/* The statements of PUT /v1/variants/{id}/stock/{location} (src/modules/inventory/{change,store}.c), as SQLite sees them, when the
 * level is there, there is plenty before and after, and nobody waits: shoppers see no difference, so nothing is published. A list
 * of one id is the id. */
const WRITE_STATEMENTS = `
-- first pragma journal_mode = wal
-- first pragma synchronous = full
-- first pragma cache_size = -8192
-- first pragma foreign_keys = on
-- first pragma temp_store = memory
-- first pragma mmap_size = 1073741824
update stock_levels set reserved = reserved where variant_id = :id
-- perhaps insert into stock_levels (product_id, variant_id, location_id, on_hand, reserved, updated_at) select i.product_id, i.variant_id, p.id, 0, 0, :now from stock_items i cross join locations p where i.variant_id = :id and p.id = 1 on conflict (product_id, variant_id, location_id) do nothing
select l.variant_id as variant, l.product_id as product, l.location_id as location, l.on_hand, l.reserved, l.safety, l.incoming, i.policy, coalesce(i.backorder_limit, -1) as backorder_limit, i.available_at, i.waiting, i.availability from stock_levels l join stock_items i on i.variant_id = l.variant_id join locations p on p.id = l.location_id where l.variant_id = :id order by l.variant_id, p.priority, p.id
select id, owner_kind, owner_id, variant_id as variant, location_id as location, quantity, expires_at, created_at from stock_reservations where variant_id = :id and expires_at <= :now order by variant_id, id
insert into stock_movements (id, variant_id, location_id, change, reason, reference, actor, at) values (:now * 4096 + :n % 4096, :id, 1, :n, 'counted', '', 'key_0000000000001', :now)
update stock_levels set on_hand = 1000 + :n, reserved = 0, safety = 0, incoming = 0, updated_at = :now where variant_id = :id and location_id = 1
select variant_id as variant, location_id as location, on_hand, reserved, safety, incoming, updated_at from stock_levels where variant_id = :id and location_id = 1
`;

/* The sum of all samples of a metric's name in Prometheus text. */
export function metric(text, name) {
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))].map(m => Number(m[1]));
    if (values.length === 0) throw new Void(`/metrics has no ${name}`);
    return values.reduce((a, b) => a + b, 0);
}

/* One series, by its name with its labels. */
function sample(text, series) {
    const line = text.split('\n').find(line => line.startsWith(`${series} `));
    if (!line) throw new Void(`/metrics has no ${series}`);
    return Number(line.slice(series.length + 1));
}

const scrape = async (port, key) => (await askFor(200, port, '/metrics', {Authorization: `Bearer ${key}`})).body.toString();

/* One measurement of both write rows: Souk and the bare statements by turns, each on a copy of the data of its own. */
async function measureWrites(bed) {
    if (bed.writes) return bed.writes;
    const data = await bed.souk.seeded();
    const mine = copyFolder(data.folder, path.join(bed.work, 'data-writes'));
    const theirs = copyFolder(data.folder, path.join(bed.work, 'data-batch'));
    const paths = writeLines(bed, 'stock.txt', data.plenty.map(id => `/v1/variants/${id}/stock/${LOCATION}`));
    const ids = writeLines(bed, 'variants.txt', data.plenty.map(id => String(idNumber(id))));
    const statements = path.join(bed.work, 'writes.sql');
    fs.writeFileSync(statements, WRITE_STATEMENTS.trimStart());
    return withSouk(bed, {folder: mine}, async server => {
        const options = {method: 'PUT', paths, header: [`Authorization: Bearer ${data.key}`, 'Content-Type: application/json'],
            body: '{"on_hand":{n}}', 'number-from': 1000, connections: CONNECTIONS, warmup: 1, seconds: bed.seconds, pid: [server.pid]};
        const scrapes = [];
        const reports = await alternate(bed.rounds, {
            Souk: async () => {
                const before = await scrape(server.port, data.key);
                const report = await loadUndisturbed(bed.programs, server.port, options);
                scrapes.push([before, await scrape(server.port, data.key)]);
                return report;
            },
            SQLite: () => JSON.parse(run(path.join(bed.programs, 'sqlite_batch'),
                [path.join(theirs, 'souk.db'), statements, ids, '64', '1', String(bed.seconds)], {core: SERVER_CORE}))});
        const shown = show({...options, header: ['Authorization: …', 'Content-Type: application/json']});
        bed.writes = {reports, scrapes, command: shown};
        return bed.writes;
    });
}

async function batchSize(bed) {
    const {scrapes, reports, command} = await measureWrites(bed);
    const grown = ([before, after], name) => metric(after, name) - metric(before, name);
    const batch = scrapes.map(pair => grown(pair, 'souk_db_batch_members_sum') / grown(pair, 'souk_db_batch_members_count'));
    const souk = median(batch);
    return {souk, opponent: CONNECTIONS, value: souk / CONNECTIONS, rounds: {Souk: batch}, others: othersOf(reports), command,
        beside: besideOf({Souk: reports.Souk})};
}

async function writes(bed) {
    const {reports, command} = await measureWrites(bed);
    const rounds = {Souk: reports.Souk.map(r => r.rate), 'SQLite in one process': reports.SQLite.map(r => r.rate)};
    const souk = median(rounds.Souk), opponent = median(rounds['SQLite in one process']);
    return {souk, opponent, value: souk / opponent, rounds, others: othersOf(reports), command, beside: besideOf({Souk: reports.Souk},
        {'Souk, writes per CPU-second': median(reports.Souk.map(r => r.requests_per_cpu_s)),
            'SQLite in one process, writes per CPU-second': median(reports.SQLite.map(r => r.writes / r.cpu_s))})};
}

/* ---- Idle connections, start, memory, seeding --------------------------------------------------------------------------- */

const IDLE = 10000;

/* Each report comes from a server of its own: memory that one run left behind would hide the growth of the next. */
function loadFresh(bed, serve, load_core, optionsOf) {
    return undisturbed(() => withSouk(bed, serve, (server, data) =>
        load(bed.programs, server.port, optionsOf(server, data), {core: load_core})));
}

async function measureIdle(bed) {
    if (bed.idle) return bed.idle;
    const reports = [];
    let shown;
    for (let round = 0; round < Math.min(bed.rounds, 3); round++)
        reports.push(await loadFresh(bed, {}, LOAD_CORE, (server, data) => {
            const options = {paths: productPaths(bed, data), connections: 200, idle: IDLE, sources: 200, warmup: 1,
                seconds: bed.seconds, pid: [server.pid]};
            shown = show(options);
            return options;
        }));
    bed.idle = {reports, command: shown};
    return bed.idle;
}

async function idleMemory(bed) {
    const {reports, command} = await measureIdle(bed);
    const grown = reports.map(r => (r.rss_anon_kib.idle - r.rss_anon_kib.before) / IDLE);
    return {souk: median(grown), value: median(grown), rounds: {Souk: grown}, command,
        beside: {'RssAnon before and with them, MB': reports.map(r => `${(r.rss_anon_kib.before / 1024).toFixed(1)} → ${(r.rss_anon_kib.idle / 1024).toFixed(1)}`).join(', ')}};
}

async function idleLatency(bed) {
    const {reports, command} = await measureIdle(bed);
    const p99 = reports.map(r => r.latency_us.p99 / 1000);
    return {souk: median(p99), value: median(p99), rounds: {Souk: p99}, others: othersOf({reports}), command, beside: besideOf({Souk: reports})};
}

async function start(bed) {
    const data = await bed.souk.seeded();
    const port = await freePort();
    const target = `/v1/products/${data.products[0]}`;
    const args = ['10', `127.0.0.1:${port}`, target, bed.souk.program, 'serve', '--listen', `127.0.0.1:${port}`, '--data', data.folder];
    const log = fs.openSync(path.join(bed.work, 'start.log'), 'w');
    const report = JSON.parse(run(path.join(bed.programs, 'start'), args, {stdio: ['ignore', 'pipe', log]}).split('\n').find(l => l.startsWith('{"median_ms"')));
    fs.closeSync(log);
    return {souk: report.median_ms, value: report.median_ms,
        beside: {'fastest and slowest of 10, ms': `${report.min_ms}, ${report.max_ms}`, 'asked for': 'a product by its id',
            products: data.all, variants: data.variants.length}};
}

async function memoryIdle(bed) {
    const figures = [];
    for (let round = 0; round < Math.min(bed.rounds, 3); round++)
        await withSouk(bed, {core: null}, async server => {
            await sleep(1000);
            figures.push(rssAnonKib(server.pid) / 1024);
        });
    return {souk: median(figures), value: median(figures), rounds: {Souk: figures}};
}

/* What a shop has that sets nothing. */
const CACHE_AS_USUAL = {SOUK_CACHE_BYTES: undefined};

async function memoryBusy(bed) {
    const reports = [];
    let shown;
    for (let round = 0; round < Math.min(bed.rounds, 3); round++)
        reports.push(await loadFresh(bed, {core: null, env: CACHE_AS_USUAL}, undefined, (server, data) => {
            const options = {paths: productPaths(bed, data), connections: 256, sources: 16, warmup: 1, seconds: bed.seconds,
                pid: [server.pid]};
            shown = show(options);
            return options;
        }));
    const figures = reports.map(r => r.rss_anon_kib.max / 1024);
    return {souk: median(figures), value: median(figures), rounds: {Souk: figures}, beside: besideOf({Souk: reports}), command: shown};
}

async function seed(bed) {
    const seconds = [];
    const folder = path.join(bed.work, 'data-seed');
    for (let round = 0; round < Math.min(bed.rounds, 3); round++) {
        fs.rmSync(folder, {recursive: true, force: true});
        seconds.push(bed.souk.seed(folder));
    }
    const bytes = fs.readdirSync(folder).map(name => fs.statSync(path.join(folder, name)).size).reduce((a, b) => a + b, 0);
    fs.rmSync(folder, {recursive: true, force: true});
    return {souk: median(seconds), value: median(seconds), rounds: {Souk: seconds}, beside: {'size of the folder, MB': bytes / 1e6}};
}

/* ---- The table -------------------------------------------------------------------------------------------------------- */

const cores = `The server has core ${SERVER_CORE}, the load core ${LOAD_CORE}.`;
const tools = {metric, typicalProduct, productPaths, besideOf, othersOf, show, cores, scrape, sample, withSouk};

export const rows = [
    {name: 'livez', title: '`/livez` against nginx `return 200`', unit: 'requests per CPU-second', floor: 1.0, aim: 1.2, better: 'more', measure: livez,
        about: `The same bytes, with metrics, request id and ETag on Souk's side and an access log on neither. ${cores}`},
    {name: 'in-memory', title: 'an answer in memory of about 1.2 KB against nginx `return 200`', unit: 'requests per CPU-second', floor: 1.0, aim: 1.2, better: 'more', measure: inMemory,
        about: `As \`livez\`, with a larger body. ${cores}`},
    {name: 'product', title: 'product by id, SQLite, 100,000 products, against nginx `return 200` of one such document', unit: 'requests per CPU-second', floor: 0.3, aim: 0.5, better: 'more', measure: product,
        about: `Souk reads products of 5 variants, 2 prices each, 3 images and 4 attributes at random; nginx returns one of median size from memory. ${cores}`},
    {name: 'token', title: 'product by id with a valid key against the same without one, both from SQLite', unit: 'requests per CPU-second', floor: 0.8, aim: 0.9, better: 'more', measure: token,
        about: `The key is remembered after its first request. ${cores}`},
    {name: 'cached', title: 'product by id from the answer cache, against nginx `return 200` of one such document', unit: 'requests per CPU-second', floor: 1.0, aim: 1.25, better: 'more', measure: cached,
        about: `A thousand products of 5 variants, asked for at random, each one kept since it was asked for before; nginx returns one of them. The row is void if a single answer is read from the database. ${cores}`},
    ...mixRows(tools),
    ...fastifyRows(tools),
    ...cartRows(tools),
    {name: 'list', title: 'list of the 20 newest with prices and availability, SQLite, one core', unit: 'requests/s', floor: 4000, aim: 10000, better: 'more', absolute: true, measure: list,
        about: `\`/v1/products?limit=20\`. ${cores}`},
    ...browseRows(tools),
    ...checkoutRows(tools),
    ...historyRows(tools),
    ...hotRows,
    {name: 'batch', title: 'writes of 64 clients: members of a group commit against writes in flight', unit: 'members', floor: 0.5, aim: 0.8, better: 'more', measure: batchSize,
        about: `Each client sets the stock of a random variant, of which there is plenty before and after. The members come from \`/metrics\`. ${cores}`},
    {name: 'writes', title: 'writes of 64 clients against the same statements in one process in batches of 64', unit: 'writes/s', floor: 0.4, aim: 0.6, better: 'more', measure: writes,
        about: `\`bench/peers/sqlite_batch.c\`: the same SQLite, pragmas and statements without a server, on the same core by turns. ${cores}`},
    {name: 'idle-memory', title: '10,000 idle keep-alive connections: growth of RssAnon each', unit: 'KiB', floor: 8, aim: 2, better: 'less', absolute: true, measure: idleMemory,
        about: 'Each connection has asked for one product; read two seconds after the last one was opened.'},
    {name: 'idle-latency', title: 'p99 of 200 active connections among them', unit: 'ms', floor: 20, aim: 5, better: 'less', absolute: true, measure: idleLatency,
        about: `Closed loop, products by id: the server is saturated. ${cores}`},
    {name: 'start', title: 'start with 100,000 products, warm, to the first 200', unit: 'ms', floor: 150, aim: 50, better: 'less', absolute: true, measure: start,
        about: 'From exec to the first product by id, median of 10; not pinned.'},
    {name: 'memory-idle', title: 'RssAnon idle', unit: 'MB', floor: 40, aim: 15, better: 'less', absolute: true, measure: memoryIdle,
        about: 'One second after the start with 100,000 products; not pinned.'},
    {name: 'memory-busy', title: 'RssAnon under 256 connections', unit: 'MB', floor: 120, aim: 64, better: 'less', absolute: true, measure: memoryBusy,
        about: 'The largest of ten readings a second while 256 connections read products by id, with the answer cache as it is by default; not pinned.'},
    {name: 'seed', title: 'seeding 100,000 products, SQLite', unit: 's', floor: 20, aim: 8, better: 'less', absolute: true, measure: seed,
        about: 'The wall clock of `souk seed` on an empty folder; not pinned.'},
    ...loginRows(tools),
    ...importRows,
];
