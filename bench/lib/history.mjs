// What a customer who has bought ten thousand times waits for: a page of his orders, any of them.

import fs from 'node:fs';
import path from 'node:path';

import {LOAD_CORE, SERVER_CORE, Void, alternate, askFor, load, loadUndisturbed, manyAtOnce, median, sleep, writeLines} from './machine.mjs';
import {withEmptyPostgres} from './postgres.mjs';
import {administratorKey, settled} from './souk.mjs';

const ORDERS = 10000, OTHERS = 2500; // of the customer, and of nobody, between his
const PAGE = 20;
const MAKERS = 48;
const RATE = 200, CONNECTIONS = 8;   // as for the lists (browse.mjs): what an answer takes, not how long it waits

const SETTINGS = {SOUK_LIMITS_WRITES_PER_MINUTE: '0'};
const LINES = [{title: 'Tea', sku: 'TEA-1', quantity: 2, unit_price: 1250}, {title: 'Cup', sku: 'CUP-2', quantity: 1, unit_price: 990},
    {title: 'Gift wrapping', quantity: 1, unit_price: 300}];
const PERSON = {email: 'ann@shop.example', shipping_address: {name: 'Ann Lee', line1: 'Main Street 1', city: 'Berlin', postal_code: '10115', country: 'DE'}};

/* The shop's only customer: his id. He is there when his password is hashed, after the answer. */
async function register(port, staff) {
    await askFor(202, port, '/v1/accounts', {'Content-Type': 'application/json'}, 'POST', JSON.stringify({email: PERSON.email, password: 'a password of mine', name: 'Ann'}));
    for (const end = Date.now() + 10000; Date.now() < end; await sleep(20)) {
        const {data} = JSON.parse((await askFor(200, port, '/v1/users?limit=100', staff)).body);
        const user = data.find(({email}) => email === PERSON.email);
        if (user) return user.id;
    }
    throw new Void('nobody has registered');
}

/* By telephone: what is sold so needs no stock. */
async function buy(port, staff, customer) {
    const every = (ORDERS + OTHERS) / OTHERS, headers = {...staff, 'Content-Type': 'application/json'};
    const order = {...PERSON, currency: 'EUR', shipping: 490, shipping_rate: 'standard', lines: LINES};
    const his = JSON.stringify({...order, customer}), nobodys = JSON.stringify(order);
    await manyAtOnce(MAKERS, ORDERS + OTHERS, (i, agent) => askFor(201, port, '/v1/orders', headers, 'POST', i % every === 0 ? nobodys : his, agent));
}

/* The targets of all pages, found by walking from the first to the last. */
async function pagesOf(port, staff, customer) {
    const first = `/v1/users/${customer}/orders?limit=${PAGE}`, targets = [];
    for (let target = first; target;) {
        const page = JSON.parse((await askFor(200, port, target, staff)).body);
        if (page.data.length !== PAGE || page.data.some(order => order.items !== 4)) throw new Void(`${target} is no page of ${PAGE} orders`);
        targets.push(target);
        target = page.has_more && `${first}&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
    if (targets.length !== ORDERS / PAGE) throw new Void(`${targets.length} pages of ${PAGE} are not ${ORDERS} orders`);
    return targets;
}

/* `base`: PostgreSQL's. */
async function measure(bed, tools, name, base) {
    const folder = path.join(bed.work, name);
    fs.rmSync(folder, {recursive: true, force: true});
    const server = await bed.souk.serve(folder, {core: base ? null : SERVER_CORE, env: {...SETTINGS, ...(base && {DATABASE_URL: base.url})}});
    try {
        const key = await administratorKey(server), staff = {Authorization: `Bearer ${key}`}, customer = await register(server.port, staff);
        await buy(server.port, staff, customer);
        await settled(server.port, key);
        base?.settle();
        const asked = {paths: writeLines(bed, `${name}.txt`, await pagesOf(server.port, staff, customer)), connections: CONNECTIONS, rate: RATE, warmup: 2, seconds: 2 * bed.seconds};
        const options = {...asked, header: `Authorization: ${staff.Authorization}`, pid: base ? [server.pid, base.pid] : [server.pid]}, core = base ? undefined : LOAD_CORE;
        await load(bed.programs, server.port, {path: '/v1/products?limit=1', connections: 64, warmup: 0, seconds: 2}, {core}); // opens all connections to the database
        const reports = await alternate(bed.rounds, {Souk: () => loadUndisturbed(bed.programs, server.port, options, {core})});
        const ms = reports.Souk.map(report => report.latency_us.p99 / 1000);
        return {souk: median(ms), value: median(ms), rounds: {Souk: ms}, others: tools.othersOf(reports), command: tools.show(asked),
            beside: {'Souk, p50, ms': median(reports.Souk.map(report => report.latency_us.p50 / 1000)), ...tools.besideOf(reports)}};
    } finally {
        await server.stop();
        fs.rmSync(folder, {recursive: true, force: true});
    }
}

export function historyRows(tools) {
    const row = (name, database, where, run) => ({name, title: `a page of ${PAGE} of a customer's ${ORDERS.toLocaleString('en-US')} orders, ${database}: p99`, unit: 'ms', floor: 5, aim: 1,
        better: 'less', absolute: true, measure: run,
        about: `\`/v1/users/{id}/orders\`, all ${ORDERS / PAGE} pages at random, asked for by staff with a key; p50 is below. Open loop, ${RATE} requests a second. ${where}`});
    return [
        row('history', 'SQLite', tools.cores, bed => measure(bed, tools, 'data-history')),
        row('history-pg', 'PostgreSQL', 'Nothing is pinned.', bed => withEmptyPostgres(bed, 'pg-history', base => measure(bed, tools, 'data-history-pg', base))),
    ];
}
