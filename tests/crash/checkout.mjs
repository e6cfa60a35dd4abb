// Checkouts over HTTP, many at the same time, and with a server that dies at every step: what is there once is sold once, an
// order that was acknowledged is there, once, and the laws hold. On PostgreSQL two processes sell from one shop.
//
// The fault points are those of the saga's steps, the list taken from `souk faults`: a new step is killed without a new test.

import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {PATIENCE_MS} from '../lib/environment.mjs';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';

const CONNECTIONS = 24;
const program = process.env.SOUK ?? 'build/souk';
const driver = process.env.SOUK_TEST_DRIVER ?? 'sqlite';
const place = makePlace(driver, process.env.SOUK_TEST_PG);
const other = {...place, folder: join(place.folder, 'other')};
const serve = ['--log-requests=false'], env = {SOUK_LIMITS_WRITES_PER_MINUTE: '0'};
let servers = [], clients = [], admin = '', number = 0, failed = false;

function report(good, name, detail = '') {
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
    if (!good) console.log(`# ${detail}`);
    failed ||= !good;
}

async function open(fault = []) {
    servers = [await startServer(program, place, {serve: [...serve, ...fault], env})];
    admin ||= servers[0].admin;
    if (driver === 'postgresql') {
        mkdirSync(join(other.folder, 'data'), {recursive: true, mode: 0o700});
        cpSync(join(place.folder, 'data', 'master.key'), join(other.folder, 'data', 'master.key'));
        servers.push(await startServer(program, other, {serve, env}));
    }
    clients = Array.from({length: CONNECTIONS}, (_, i) => makeClient(servers[i % servers.length].port));
}

async function close() {
    for (const client of clients) client.close();
    const ends = await Promise.all(servers.map((server) => server.stop()));
    return ends.filter((end) => end !== '' && !/SIGKILL/.test(end));
}

async function send(client, method, path, body, headers = {}) {
    const answer = await client.send(method, path, {...headers, ...(body ? {'content-type': 'application/json'} : {})}, body ? JSON.stringify(body) : '');
    return {status: answer.status, value: /^[{[]/.test(answer.body) ? JSON.parse(answer.body) : answer.body};
}

const asAdmin = () => ({authorization: `Bearer ${admin}`});

async function product(title, on_hand) {
    const made = await send(clients[0], 'POST', '/v1/products', {title, status: 'active',
        variants: [{sku: title, prices: [{currency: 'EUR', amount: 1000}]}]}, asAdmin());
    const {id} = made.value.variants[0];
    await send(clients[0], 'PUT', `/v1/variants/${id}/stock/loc_0000000000001`, {on_hand}, asAdmin());
    return id;
}

/* A cart that lacks nothing but its buyer's word. Guests' carts are limited by address, so staff make them. */
async function fill(client, variants, method, quantity = 1) {
    const made = await send(client, 'POST', '/v1/carts', {}, asAdmin());
    const cart = {id: made.value.id, token: made.value.token, key: `k-${made.value.id}`, method};
    const own = {'cart-token': cart.token};
    const put = await send(client, 'POST', `/v1/carts/${cart.id}/lines`, {lines: variants.map((variant) => ({variant, quantity}))}, own);
    if (put.status !== 200) throw new Error(`lines: ${put.status} ${JSON.stringify(put.value)}`);
    const said = await send(client, 'PATCH', `/v1/carts/${cart.id}/checkout`, {email: 'ann@example.com', shipping_rate: 'standard',
        shipping_address: {name: 'Ann', line1: 'Long Lane 1', city: 'Berlin', country: 'DE'}, payment: {provider: 'test', method}}, own);
    if (said.status !== 200) throw new Error(`checkout: ${said.status} ${JSON.stringify(said.value)}`);
    cart.total = said.value.cart.totals.total;
    return cart;
}

const complete = (client, cart, key = cart.key) => send(client, 'POST', `/v1/carts/${cart.id}/checkout/complete`,
    {expected_total: cart.total, currency: 'EUR'}, {'cart-token': cart.token, 'idempotency-key': key});

/* Until it is known what came of it. */
async function completeAtLast(client, cart, key) {
    for (const giveUp = Date.now() + PATIENCE_MS; ;) {
        const answer = await complete(client, cart, key);
        if ((answer.value?.code !== 'in_flight' && answer.status !== 503) || Date.now() > giveUp) return answer;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

async function each(things, act) {
    let next = 0;
    const out = [];
    await Promise.all(clients.map(async (client) => {
        while (next < things.length) {
            const i = next++;
            out[i] = await act(client, things[i], i);
        }
    }));
    return out;
}

const levels = async (variant) => (await send(clients[0], 'GET', `/v1/variants/${variant}/stock`, null, asAdmin())).value.data[0];

function command(...words) {
    return spawnSync(program, [...words, '--data', join(place.folder, 'data')], {env: {...process.env, ...place.env}, encoding: 'utf8'});
}

/* ---- Many buyers of few things ---- */

async function soldOut(buyers, units) {
    const scarce = await product(`${units} for ${buyers}`, units), plenty = await product(`plenty for ${buyers}`, 5000);
    const carts = await each(Array(buyers).fill(0), (client, _, i) => fill(client, i % 2 ? [scarce, plenty] : [plenty, scarce],
        i % 8 === 7 ? 'tok_lost' : 'tok_ok'));
    const answers = await each(carts, (client, cart) => completeAtLast(client, cart, cart.key));
    const sold = answers.filter(({status}) => status === 201);
    const refused = answers.filter(({status, value}) => status === 409 && ['sold_out', 'cart_changed'].includes(value.code));
    report(sold.length === units && refused.length === buyers - units, `${buyers} buyers of ${units}: ${units} have an order, the others are told`,
        `${sold.length} sold, ${refused.length} refused, ${JSON.stringify(answers.find((one) => ![201, 409].includes(one.status)) ?? '')}`);
    report(refused.every(({value}) => value.errors.length > 0), 'and of what too little is there', JSON.stringify(refused[0]));
    const orders = new Set(sold.map(({value}) => value.order.id));
    report(orders.size === units && sold.every(({value}) => value.order.state === 'paid'), 'each order is one, and paid', JSON.stringify(sold[0]));
    const [level, beside] = [await levels(scarce), await levels(plenty)];
    report(level.on_hand === units && level.reserved === units && beside.reserved === units, 'what is promised is what was sold, of both',
        JSON.stringify([level, beside]));
}

async function oneCart(method) {
    const variant = await product(`once by ${method}`, 50);
    const cart = await fill(clients[0], [variant], method, 2);
    const keys = Array.from({length: 100}, (_, i) => (i % 2 ? cart.key : `${cart.key}-${i}`));
    const answers = await each(keys, (client, key) => completeAtLast(client, cart, key));
    const orders = new Set(answers.map(({value}) => value.order?.id));
    report(orders.size === 1 && answers.every(({status}) => status === 201), `one cart completed 100 times (${method}): one order, told to all`,
        `${[...orders]} ${JSON.stringify(answers.find(({status}) => status !== 201) ?? '')}`);
    report((await levels(variant)).reserved === 2, 'and its goods are promised once', JSON.stringify(await levels(variant)));
}

/* ---- Dying ---- */

const FLOWS = 48; // carts that are completed while a server dies: twice as many as are sent at once, so that some have been told
const METHODS = ['tok_ok', 'tok_lost', 'tok_declined', 'tok_lost', 'tok_capture_declined', 'tok_lost'];

const isGone = (error) => /ECONNRESET|ECONNREFUSED|EPIPE|socket hang up/.test(`${error.code} ${error.message}`);

/* Completes carts while the server lives; what it was told of each. */
async function completeWhileItLives(carts) {
    const told = new Map();
    await each(carts, async (client, cart) => {
        try {
            const answer = await complete(client, cart);
            if (answer.status === 201) told.set(cart.id, answer.value.order.id);
        } catch (error) {
            if (!isGone(error)) throw error;
        }
    });
    return told;
}

/* What is wrong with what is there afterwards. */
async function judge(carts, told) {
    const problems = [];
    await each(carts, async (client, cart) => {
        const answer = await completeAtLast(client, cart, cart.key);
        const paid = !/declined/.test(cart.method);
        if (answer.status !== (paid ? 201 : 402)) problems.push(`${cart.id} by ${cart.method}: ${answer.status} ${JSON.stringify(answer.value)}`);
        if (told.has(cart.id) && told.get(cart.id) !== answer.value.order?.id)
            problems.push(`${cart.id} was acknowledged as ${told.get(cart.id)}, is ${answer.value.order?.id}`);
    });
    return problems;
}

async function dieAt(fault, pass, carts) {
    await open(['--fault', `${fault}=kill@${pass}`]);
    const told = await completeWhileItLives(carts);
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.kill()));
    await open();
    const problems = await judge(carts, told);
    const under_way = JSON.parse(command('sagas', 'list', '--json').stdout);
    if (under_way.length) problems.push(`under way: ${JSON.stringify(under_way)}`);
    problems.push(...await close());
    const check = command('check');
    if (check.status !== 0) problems.push(check.stdout + check.stderr);
    report(problems.length === 0, `killed at ${fault}, pass ${pass}: ${told.size} of ${carts.length} acknowledged, all there once, and the laws hold`, problems.slice(0, 5).join('\n# '));
}

await open();
await soldOut(12, 1);
await soldOut(100, 7);
await soldOut(1000, 100);
await oneCart('tok_ok');
await oneCart('tok_lost');
const faults = JSON.parse(spawnSync(program, ['faults', '--json'], {encoding: 'utf8'}).stdout)
    .filter((row) => row.name.startsWith('checkout.')).map((row) => row.name);
report(faults.length >= 16, 'each step has its points', faults.join(' '));
const variant = await product('for those who die', 5000);
const carts = await each(Array.from({length: faults.length * FLOWS}, (_, i) => METHODS[i % METHODS.length]), (client, method) => fill(client, [variant], method));
const ends = await close();
report(ends.length === 0, 'the servers end well', ends.join(' '));
const check = command('check');
report(check.status === 0, 'and the laws hold', check.stdout + check.stderr);
/* Undoing is for some; and where two processes sell, one of them sees half. */
const passes = (fault, i) => (/undo/.test(fault) ? 2 : driver === 'postgresql' ? 12 : 25) + i % 5;
for (const [i, fault] of faults.entries()) await dieAt(fault, passes(fault, i), carts.slice(i * FLOWS, (i + 1) * FLOWS));
place.remove();
console.log(`1..${number}`);
process.exitCode = failed ? 1 : 0;
