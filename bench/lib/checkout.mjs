// Buying: carts of guests, made beforehand through the API, are completed by 64 clients, each once. On SQLite the figure stands for itself; on
// PostgreSQL it is held against a team's hand-written equal (bench/peers/fastify/checkout.mjs) on the same server.
//
// The shop has sold before: a planner that takes its tables to be empty reads them whole. Every round has carts of its own, and so has every repetition of a disturbed one. After the last, the orders are counted: as many must be there
// as answers came, and the laws must hold (`souk check`). What Souk does after its answer (numbers, mails, events) it does beside the next
// checkouts; before the opponent's turn it is waited for.

import fs from 'node:fs';
import path from 'node:path';

import {Void, alternate, askFor, load, manyAtOnce, median, run, undisturbed, writeLines} from './machine.mjs';
import {noteVersions, startFastify} from './fastify.mjs';
import {withEmptyPostgres} from './postgres.mjs';
import {administratorKey, settled} from './souk.mjs';
import {idText} from '../peers/fastify/spelling.mjs';

const CONNECTIONS = 64;
const PRODUCTS = 250, OF_EACH = 4, VARIANTS = PRODUCTS * OF_EACH;
const LINES = 3, PRICE = 1250, SHIPPING = 490, TOTAL = LINES * PRICE + SHIPPING;
const PLENTY = 100000000;      // of each variant: none comes near its end
const CARTS_A_SECOND = 2000;   // made for each second of a round
const MAKERS = 48;             // connections by which they are made
const SOLD_BEFORE = 4000;      // checkouts that are not measured
const WARMUP = 0.3;            // seconds of a round that are not counted
const LONGEST = 60;            // seconds that a round may take
const COMPLETE = '/v1/carts/{id:cart}/checkout/complete';

/* Mails go to the console, as lines: a file for each, as development mode has it, is the folder's price and not the shop's. The opponent
   sends none. */
const SETTINGS = {SOUK_LIMITS_WRITES_PER_MINUTE: '0', SOUK_SHOP_SHIPPING_RATES: `EUR ${SHIPPING / 100}`, SOUK_MAIL_TRANSPORT: 'console'};
const JSON_BODY = {'Content-Type': 'application/json'};
const SAID = JSON.stringify({email: 'ann@shop.example', shipping_rate: 'standard', payment: {provider: 'test', method: 'tok_ok'},
    shipping_address: {name: 'Ann Lee', line1: 'Main Street 1', city: 'Berlin', postal_code: '10115', country: 'DE'}});

/* The three variants of the nth cart: each as often as the others, never one twice. */
export const variantsOf = n => Array.from({length: LINES}, (_, k) => (n * LINES + k * 337) % VARIANTS);

/* ---- A shop of Souk's ------------------------------------------------------------------------------------------------- */

class Shop {
    constructor(server, key) {
        Object.assign(this, {server, key, port: server.port, made: 0, rounds: 0, answered: 0});
    }

    async #tell(status, method, target, body, headers, agent) {
        const answer = await askFor(status, this.port, target, {...JSON_BODY, ...headers}, method, body, agent);
        return JSON.parse(answer.body);
    }

    /* f(i, tell) for each i below n, MAKERS at a time. */
    async #each(n, f) {
        const staff = {Authorization: `Bearer ${this.key}`};
        await manyAtOnce(MAKERS, n, (i, agent) => f(i, (...args) => this.#tell(...args, agent), staff));
    }

    async open() {
        const all = [];
        await this.#each(PRODUCTS, async (i, tell, staff) => {
            const variants = Array.from({length: OF_EACH}, (_, k) => ({sku: `B-${i}-${k}`, options: [String(k)], prices: [{currency: 'EUR', amount: PRICE}]}));
            const options = [{name: 'Size', values: variants.map(variant => variant.options[0])}];
            const product = await tell(201, 'POST', '/v1/products', JSON.stringify({title: `Thing ${i}`, status: 'active', options, variants}), staff);
            for (const {id} of product.variants) {
                await tell(200, 'PUT', `/v1/variants/${id}/stock/loc_0000000000001`, JSON.stringify({on_hand: PLENTY}), staff);
                all.push(id);
            }
        });
        this.variants = all;
        return this;
    }

    /* So many carts that only wait to be completed; the lines of the load's file. */
    async carts(n) {
        const lines = [], first = this.made;
        this.made += n;
        await this.#each(n, async (i, tell, staff) => {
            const {id, token} = await tell(201, 'POST', '/v1/carts', '{"currency":"EUR"}', staff), mine = {'Cart-Token': token};
            const wanted = variantsOf(first + i).map(k => ({variant: this.variants[k], quantity: 1}));
            await tell(200, 'POST', `/v1/carts/${id}/lines`, JSON.stringify({lines: wanted}), mine);
            const {ready, cart} = await tell(200, 'PATCH', `/v1/carts/${id}/checkout`, SAID, mine);
            if (!ready || cart.totals.total !== TOTAL) throw new Void(`cart ${id} is not ready, or does not cost ${TOTAL}`);
            lines.push(`/v1/carts/${id}/checkout/complete\tCart-Token: ${token}`);
        });
        return lines;
    }

    async metrics() {
        return (await askFor(200, this.port, '/metrics', {Authorization: `Bearer ${this.key}`})).body.toString();
    }

    settle() {
        return settled(this.port, this.key);
    }

    /* All orders, by pages. */
    async orders() {
        let n = 0;
        for (let cursor = ''; ;) {
            const page = JSON.parse((await askFor(200, this.port, `/v1/orders?limit=100${cursor}`, {Authorization: `Bearer ${this.key}`})).body);
            n += page.data.length;
            if (!page.has_more) return n;
            cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
        }
    }
}

/* ---- Measuring ---------------------------------------------------------------------------------------------------------- */

const cartsOf = bed => Math.round(bed.seconds * CARTS_A_SECOND);

function asked(bed, lines, round, pids) {
    return {method: 'POST', paths: writeLines(bed, 'checkout.txt', lines), once: true, header: ['Content-Type: application/json', `Idempotency-Key: ${round}-{n}`],
        body: JSON.stringify({expected_total: TOTAL, currency: 'EUR'}), expect: 201, connections: CONNECTIONS, warmup: WARMUP, seconds: LONGEST, pid: pids};
}

const complete = (bed, port, lines, round, pids) => load(bed.programs, port, asked(bed, lines, round, pids), {core: undefined});

/* n carts of Souk's are bought. */
async function sell(bed, shop, lines, pids) {
    const report = await complete(bed, shop.port, lines, ++shop.rounds, pids);
    shop.answered += report.answered;
    return report;
}

/* One round of Souk's: the report, and what /metrics tells of it for each checkout. */
async function round(bed, shop, pids, {metric, sample}, prepared = () => {}) {
    const lines = await shop.carts(cartsOf(bed));
    await shop.settle();
    prepared();
    const before = await shop.metrics();
    const report = await sell(bed, shop, lines, pids);
    const after = await shop.metrics();
    const grown = (name, of) => (of(after, name) - of(before, name)) / report.answered;
    const transactions = lane => sample(after, `souk_db_transactions_total{lane="${lane}",outcome="fine"}`) - sample(before, `souk_db_transactions_total{lane="${lane}",outcome="fine"}`);
    report.beside = {
        statements: grown(`souk_http_request_statements_sum{method="POST",route="${COMPLETE}"}`, sample),
        all: grown('souk_db_statements_total', metric),
        writes: transactions('write') / report.answered,
        commits: grown('souk_db_commit_duration_seconds_count', metric)};
    return report;
}

function besideSouk(reports) {
    const of = key => median(reports.map(report => report.beside[key]));
    return {'Souk, statements of a checkout': of('statements'), 'Souk, statements a checkout, jobs and events included': of('all'),
        'Souk, writing transactions a checkout, jobs and events included': of('writes'), 'Souk, commits a checkout': of('commits'),
        'Souk, checkouts per CPU-second': median(reports.map(report => report.requests_per_cpu_s))};
}

/* What f(shop) resolves to, of a new shop. Void unless in the end there are as many orders as answers, and the laws hold. */
async function withShop(bed, name, env, f) {
    const folder = path.join(bed.work, name);
    fs.rmSync(folder, {recursive: true, force: true});
    const server = await bed.souk.serve(folder, {core: null, env: {...SETTINGS, ...env}});
    let outcome;
    try {
        const shop = await new Shop(server, await administratorKey(server)).open();
        await sell(bed, shop, await shop.carts(SOLD_BEFORE), []);
        outcome = await f(shop);
        const orders = await shop.orders();
        if (orders !== shop.answered) throw new Void(`${shop.answered} checkouts were answered, and there are ${orders} orders`);
        outcome.beside['Souk, orders counted afterwards'] = orders;
    } finally {
        await server.stop();
    }
    run(bed.souk.program, ['check', '--data', folder], {env: {...process.env, DATABASE_URL: undefined, ...SETTINGS, ...env}});
    fs.rmSync(folder, {recursive: true, force: true});
    return outcome;
}

const shown = (bed, tools) => tools.show(asked(bed, [], 'ROUND', []));

const onSqlite = (bed, tools) => withShop(bed, 'data-checkout', {}, async shop => {
    const reports = await alternate(bed.rounds, {Souk: () => undisturbed(() => round(bed, shop, [shop.server.pid], tools))});
    const rates = reports.Souk.map(report => report.rate);
    return {souk: median(rates), value: median(rates), rounds: {Souk: rates}, others: tools.othersOf(reports), command: shown(bed, tools),
        beside: {...tools.besideOf(reports), ...besideSouk(reports.Souk)}};
});

/* ---- Against Fastify ---------------------------------------------------------------------------------------------------- */

/* The opponent's shop: as many variants, carts and lines, at the same prices, in tables of its own. */
class Peer {
    constructor(bed, base) {
        Object.assign(this, {bed, base, made: 0, rounds: 0, answered: 0});
        base.psql('-f', path.join(bed.bench, 'peers/fastify/checkout.sql'));
        this.sql(`select peer.open_shop(${VARIANTS}, ${PRICE}, ${PLENTY})`);
    }

    sql(text) {
        return this.base.psql('-c', text);
    }

    carts(n) {
        const lines = this.sql(`select id || ' ' || token from peer.make_carts(${this.made}, ${n}, ${VARIANTS}, ${LINES}, ${SHIPPING})`).split('\n');
        this.made += n;
        return lines.map(line => line.split(' ')).map(([id, token]) => `/v1/carts/${idText('cart', id)}/checkout/complete\tCart-Token: ${token}`);
    }

    async sell(n, port, pids) {
        const lines = this.carts(n);
        this.base.settle();
        const report = await complete(this.bed, port, lines, ++this.rounds, pids);
        this.answered += report.answered;
        return report;
    }

    /* Void unless all that must be there for so many answers is there. */
    reckon() {
        const counts = this.sql('select * from peer.reckoning()').split('|').map(Number);
        const expected = [1, LINES, 1, 2, 1, 1, 1, LINES].map(each => each * this.answered);
        if (counts.some((count, i) => count !== expected[i]))
            throw new Void(`the opponent has answered ${this.answered} checkouts and made ${counts.join(', ')} rows`);
    }
}

async function byTurns(bed, tools, shop, base) {
    const {url, pid} = base, peer = new Peer(bed, base), fastify = await startFastify(bed, {DATABASE_URL: url});
    noteVersions(bed);
    try {
        await peer.sell(SOLD_BEFORE, fastify.port, []);
        const reports = await alternate(bed.rounds, {
            Souk: () => undisturbed(() => round(bed, shop, [shop.server.pid, pid], tools, base.settle)),
            Fastify: async () => {
                await shop.settle();
                return undisturbed(() => peer.sell(cartsOf(bed), fastify.port, [fastify.pid, pid]));
            }});
        peer.reckon();
        return {reports, theirs: peer.answered};
    } finally {
        await fastify.stop();
    }
}

const against = (bed, tools, base) => withShop(bed, 'data-checkout-pg', {DATABASE_URL: base.url}, async shop => {
    const {reports, theirs} = await byTurns(bed, tools, shop, base);
    const rounds = Object.fromEntries(Object.entries(reports).map(([side, list]) => [side, list.map(report => report.rate)]));
    const souk = median(rounds.Souk), opponent = median(rounds.Fastify);
    return {souk, opponent, value: souk / opponent, rounds, others: tools.othersOf(reports), command: shown(bed, tools),
        beside: {...tools.besideOf(reports), ...besideSouk(reports.Souk),
            'Fastify, checkouts per CPU-second': median(reports.Fastify.map(report => report.requests_per_cpu_s)),
            'Fastify, orders counted afterwards': theirs}};
});

/* ---- The table ------------------------------------------------------------------------------------------------------------ */

export function checkoutRows(tools) {
    const what = `${CONNECTIONS} clients complete carts of ${LINES} lines (${VARIANTS.toLocaleString('en-US')} variants, of all there is plenty), each once, paid by the \`test\` provider. Every answer has waited for the disk.`;
    const whole = 'the order with its lines, the payment, two entries of the ledger, the promise of the goods, and its event';
    return [
        {name: 'checkout', title: 'complete checkout of three lines, SQLite', unit: 'checkouts/s', floor: 2000, aim: 5000, better: 'more', absolute: true,
            measure: bed => onSqlite(bed, tools),
            about: `${what} With each answer stand ${whole}; numbers, mails and news are made beside. The orders are counted afterwards, and the laws checked. Server and load share all cores.`},
        {name: 'checkout-pg', title: 'complete checkout of three lines on PostgreSQL against a hand-written Fastify + pg, one process a core', unit: 'checkouts/s', floor: 1, aim: 2.5,
            better: 'more', measure: bed => withEmptyPostgres(bed, 'pg-checkout', base => against(bed, tools, base)),
            about: `${what} The opponent (\`bench/peers/fastify/checkout.mjs\`) writes ${whole} in one transaction, on the same PostgreSQL by turns. What both have made is counted afterwards. The servers, PostgreSQL and the load share all cores.`},
    ];
}
