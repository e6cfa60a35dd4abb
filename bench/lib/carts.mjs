// Adding to a cart: how many a second, against a team's hand-written equal on PostgreSQL.

import path from 'node:path';
import {isDeepStrictEqual} from 'node:util';

import {Void, alternate, askFor, copyFolder, loadUndisturbed, median, writeLines} from './machine.mjs';
import {withBoth} from './fastify.mjs';
import {idNumber} from './souk.mjs';

const CARTS = 4000; // so many that two clients seldom meet in one
const CONNECTIONS = 64;
const PLENTY = 100000000; // of the variants, so that none sells out

/* Carts are made from many addresses, as in a shop. */
const UNLIMITED = {SOUK_LIMITS_WRITES_PER_MINUTE: '0', SOUK_HTTP_TRUSTED_PROXIES: '127.0.0.1'};
const JSON_BODY = {'Content-Type': 'application/json'};
const wanted = variants => JSON.stringify({lines: variants.map(variant => ({variant, quantity: 1}))});

async function makeCart(port, n, variants) {
    const headers = {...JSON_BODY, 'X-Forwarded-For': `2001:db8:${(n >> 8).toString(16)}:${(n & 255).toString(16)}::1`};
    const cart = JSON.parse((await askFor(201, port, '/v1/carts', headers, 'POST', '{}')).body);
    await askFor(200, port, `/v1/carts/${cart.id}/lines`, {...headers, 'Cart-Token': cart.token}, 'POST', wanted(variants));
    return cart;
}

/* Carts with two lines each, some at a time. */
async function makeCarts(port, variants) {
    const carts = [], AT_ONCE = 16;
    for (let n = 0; n < CARTS; n += AT_ONCE)
        carts.push(...await Promise.all(Array.from({length: AT_ONCE}, (_, i) => makeCart(port, n + i, variants))));
    return carts;
}

const add = ({port}, cart, variant) => askFor(200, port, `/v1/carts/${cart.id}/lines`, {...JSON_BODY, 'Cart-Token': cart.token}, 'POST', wanted([variant]));

/* What both sides say of a cart. */
const seen = cart => ({total: cart.total ?? cart.totals.total, lines: cart.lines.map(({variant, product, quantity, title, sku, options, image, unit_price, subtotal}) =>
    ({variant, product, quantity, title, sku, options, image, unit_price, subtotal})).sort((a, b) => (a.variant < b.variant ? -1 : 1))});

async function sameAnswer(sides, cart, variant) {
    const [ours, theirs] = await Promise.all([sides.souk, sides.fastify].map(async side => seen(JSON.parse((await add(side, cart, variant)).body))));
    if (!isDeepStrictEqual(ours, theirs)) throw new Void(`the answers differ:\n${JSON.stringify(ours)}\n${JSON.stringify(theirs)}`);
}

/* What is put into the carts, and what is in them: not about to sell out. */
function chosen(shop) {
    const [variant, ...others] = [shop.plenty[0], shop.plenty[1000], shop.plenty[2000]];
    if (!variant || others.some(other => !other)) throw new Void('too few variants are in plenty');
    return {variant, others};
}

function asked(bed, carts, variant, extra) {
    return {method: 'POST', paths: writeLines(bed, 'carts.txt', carts.map(cart => `/v1/carts/${cart.id}/lines\tCart-Token: ${cart.token}`)),
        header: ['Content-Type: application/json'], body: wanted([variant]), connections: CONNECTIONS, warmup: 2, seconds: bed.seconds, ...extra};
}

/* Both have the same carts; the opponent's lines are a table of its own. */
const PEER_LINES = `drop table if exists peer.cart_lines;
    create table peer.cart_lines (cart_id bigint, variant_id bigint, quantity bigint not null, primary key (cart_id, variant_id));
    insert into peer.cart_lines select cart_id, variant_id, quantity from cart_lines; vacuum analyze carts, cart_lines, peer.cart_lines`;

/* How long one waits while the server is not full: each side once more, at half of the rate that it has reached, in an open loop. */
async function atHalf(bed, rates, side) {
    const halves = Object.entries(rates).map(([name, list]) => [name, Math.round(median(list) / 2)]);
    const reports = await alternate(bed.rounds, Object.fromEntries(halves.map(([name, rate]) => [name, () => side(name, {rate})])));
    const middle = (name, which) => median(reports[name].map(r => r.latency_us[which])).toFixed(0);
    return Object.fromEntries(halves.map(([name, rate]) => [`${name}, p50 / p99 µs at half of its rate`, `${middle(name, 'p50')} / ${middle(name, 'p99')} at ${rate}/s`]));
}

function prepareBase(base, {variant, others}) {
    const ids = [variant, ...others].map(id => idNumber(id)).join(', ');
    base.sql(`update stock_levels set on_hand = ${PLENTY} where variant_id in (${ids})`);
}

export function cartRows({besideOf, othersOf, show}) {
    const against = bed => withBoth(bed, false, async sides => {
        const goods = chosen(sides.base.shop);
        prepareBase(sides.base, goods);
        const carts = await makeCarts(sides.souk.port, goods.others);
        for (const statement of PEER_LINES.split(';')) sides.base.sql(statement);
        await sameAnswer(sides, carts[0], goods.variant);
        const side = (name, extra = {}) => loadUndisturbed(bed.programs, sides[name.toLowerCase()].port,
            asked(bed, carts, goods.variant, {pid: sides.pids[name.toLowerCase()], ...extra}), {core: undefined});
        const reports = await alternate(bed.rounds, {Souk: () => side('Souk'), Fastify: () => side('Fastify')});
        const rounds = Object.fromEntries(Object.entries(reports).map(([name, list]) => [name, list.map(r => r.rate)]));
        const souk = median(rounds.Souk), opponent = median(rounds.Fastify);
        const calm = await atHalf(bed, rounds, side);
        const perCpu = name => median(reports[name].map(r => r.requests_per_cpu_s));
        return {souk, opponent, value: souk / opponent, rounds, others: othersOf(reports),
            beside: {...besideOf(reports), ...calm, 'Souk with PostgreSQL, requests per CPU-second': perCpu('Souk'),
                'Fastify with PostgreSQL, requests per CPU-second': perCpu('Fastify')},
            command: show(asked(bed, carts, goods.variant, {}))};
    }, UNLIMITED);

    const onSqlite = async bed => {
        const data = await bed.souk.seeded(), folder = copyFolder(data.folder, path.join(bed.work, 'data-carts'));
        const server = await bed.souk.serve(folder, {core: null, env: UNLIMITED}), goods = chosen(data);
        try {
            for (const variant of [goods.variant, ...goods.others])
                await askFor(200, server.port, `/v1/variants/${variant}/stock/loc_0000000000001`, {...JSON_BODY, Authorization: `Bearer ${data.key}`}, 'PUT',
                    JSON.stringify({on_hand: PLENTY}));
            const options = asked(bed, await makeCarts(server.port, goods.others), goods.variant, {pid: [server.pid]});
            const side = (name, extra = {}) => loadUndisturbed(bed.programs, server.port, {...options, ...extra}, {core: undefined});
            const reports = await alternate(bed.rounds, {Souk: () => side('Souk')});
            const rates = reports.Souk.map(r => r.rate), rounds = {Souk: rates};
            return {souk: median(rates), value: median(rates), rounds, others: othersOf(reports), beside: {...besideOf(reports), ...await atHalf(bed, rounds, side)},
                command: show(options)};
        } finally {
            await server.stop();
        }
    };

    const what = `${CARTS.toLocaleString('en-US')} guests' carts of two lines, a third is added, and then more of it; the answer is the whole cart at today's prices. ${CONNECTIONS} clients; every commit waits for the disk. In that closed loop each waits for all the others; so the latency stands beside it of half as many adds a second, in an open loop.`;
    return [
        {name: 'cart', title: 'add to a cart on PostgreSQL against a hand-written Fastify + pg, one process a core', unit: 'adds/s', floor: 2, aim: 5, better: 'more', measure: against,
            about: `${what} Answers compared before. The servers, PostgreSQL and the load share all cores.`},
        {name: 'cart-sqlite', title: 'add to a cart on SQLite', unit: 'adds/s', floor: 2000, aim: 5000, better: 'more', absolute: true, measure: onSqlite,
            about: `${what} Server and load share all cores. Floor and aim are not the issue's: it holds this row against the opponent of the row above.`},
    ];
}
