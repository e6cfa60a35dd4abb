// People buy while the shop is killed again and again, by SIGKILL at random moments; on PostgreSQL two processes sell from one
// shop, and one of them dies. Whoever gets no answer asks again, as any client should: with the same Idempotency-Key where money moves.
//
// In the end every order that somebody was told of is there, once, and paid; there is none that nobody was told of; what is promised is
// what was sold; the numbers of orders have no gap; what the payment provider's stub has taken is what those orders cost; and
// the laws hold (`souk check`). The stub lives in this process: it is a witness that no kill can confuse.

import {spawnSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {cpSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {cleanEnvironment, PATIENCE_MS} from '../lib/environment.mjs';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';
import {StripeStub} from '../stripe/stub.mjs';

const KILLS = Number(process.env.SOUK_TEST_SOAK_KILLS ?? 4);
const SHOPPERS = 24;
const PRODUCTS = 8, PLENTY = 1000000, SCARCE = 60; // the last product is scarce: it is sold out one day
const program = process.env.SOUK ?? 'build/souk';
const driver = process.env.SOUK_TEST_DRIVER ?? 'sqlite';
let seed = Number(process.env.SOUK_TEST_SOAK_SEED ?? 20261122);
const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
};

/* ---- The shop ---------------------------------------------------------------------------------- */

const stripe = await new StripeStub().start();
const place = makePlace(driver, process.env.SOUK_TEST_PG);
const settings = {serve: ['--log-requests=false'], env: {
    SOUK_PAYMENTS_STRIPE_KEY: 'sk_test_soak', SOUK_PAYMENTS_STRIPE_WEBHOOK_SECRET: 'whsec_soak', SOUK_PAYMENTS_STRIPE_URL: stripe.url,
    SOUK_SHOP_SHIPPING_RATES: 'EUR 4.90 free from 50', SOUK_LIMITS_WRITES_PER_MINUTE: '0', SOUK_LIMITS_READS_PER_MINUTE: '0'}};

/* One process of the shop. `up` is settled while it answers. */
class Process {
    constructor(where) {
        this.where = where;
        this.up = this.start();
    }

    async start() {
        this.server = await startServer(program, this.where, settings);
        this.clients = Array.from({length: SHOPPERS}, () => makeClient(this.server.port));
    }

    async die() {
        const {promise, resolve} = Promise.withResolvers?.() ?? deferred();
        this.up = promise;
        await this.server.kill();
        for (const client of this.clients) client.close();
        await this.start();
        resolve();
    }
}

function deferred() {
    let resolve;
    return {promise: new Promise((done) => { resolve = done; }), resolve};
}

const processes = [new Process(place)];
await processes[0].up;
const admin = processes[0].server.admin;
if (driver === 'postgresql') {
    const other = {...place, folder: join(place.folder, 'other')};
    mkdirSync(join(other.folder, 'data'), {recursive: true, mode: 0o700});
    cpSync(join(place.folder, 'data', 'master.key'), join(other.folder, 'data', 'master.key'));
    processes.push(new Process(other));
    await processes[1].up;
}

class Lost extends Error {}

/* One answer, or Lost. */
async function ask(shopper, method, path, body, headers = {}) {
    const process = processes[(shopper + random(2)) % processes.length];
    await process.up;
    try {
        const answer = await process.clients[shopper].send(method, path, {...headers, ...(body ? {'content-type': 'application/json'} : {})}, body ? JSON.stringify(body) : '');
        return {status: answer.status, headers: answer.headers, value: answer.body.startsWith('{') ? JSON.parse(answer.body) : answer.body};
    } catch (error) {
        if (/ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|aborted/.test(`${error.code} ${error.message}`)) throw new Lost();
        throw error;
    }
}

const staff = {authorization: `Bearer ${admin}`};

async function want(status, ...request) {
    const answer = await ask(0, ...request);
    if (answer.status !== status) throw new Error(`${request.slice(0, 2).join(' ')}: ${answer.status} ${JSON.stringify(answer.value)}`);
    return answer.value;
}

const products = [];
for (let i = 0; i < PRODUCTS; i++) {
    const made = await want(201, 'POST', '/v1/products', {title: `Soap ${i}`, status: 'active', variants: [{sku: `S-${i}`, prices: [{currency: 'EUR', amount: 199 + 350 * i}]}]}, staff);
    const on_hand = i === PRODUCTS - 1 ? SCARCE : PLENTY;
    await want(200, 'PUT', `/v1/variants/${made.variants[0].id}/stock/loc_0000000000001`, {on_hand}, staff);
    products.push({id: made.variants[0].id, on_hand});
}

/* ---- The shoppers ------------------------------------------------------------------------------ */

const address = {name: 'Ann Lee', line1: 'Main Street 1', city: 'Berlin', postal_code: '10115', country: 'DE'};
const told = []; // {order, cart, total, provider, lines}
const problems = [];
let isOver = false, soldOut = 0, declined = 0;
let wakeKiller = () => {};

/* The answer to a completion, asked for until there is one. */
async function complete(shopper, cart, headers, body) {
    const key = {...headers, 'idempotency-key': randomUUID()};
    const giveUp = Date.now() + PATIENCE_MS;
    for (;;) {
        try {
            const answer = await ask(shopper, 'POST', `/v1/carts/${cart}/checkout/complete`, body, key);
            const isUnderWay = answer.status === 409 && answer.value.code === 'in_flight';
            if (!isUnderWay && answer.status !== 503) return answer;
        } catch (error) {
            if (!(error instanceof Lost)) throw error;
        }
        if (Date.now() > giveUp) throw new Error(`cart ${cart}: no end within ${PATIENCE_MS} ms`);
        await pause(20 + random(60));
    }
}

/* A cart that is ready to be bought, or Lost. */
async function fill(shopper, payment) {
    const made = await ask(shopper, 'POST', '/v1/carts', {currency: 'EUR'}, staff);
    const headers = {'cart-token': made.value.token}, path = `/v1/carts/${made.value.id}`;
    const lines = [...new Set([random(PRODUCTS), random(PRODUCTS), random(PRODUCTS)])].map((i) => ({variant: products[i].id, quantity: 1 + random(3)}));
    const filled = await ask(shopper, 'POST', `${path}/lines`, {lines}, headers);
    if (filled.status === 409) return null; // sold out: another one, next time
    const ready = await ask(shopper, 'PATCH', `${path}/checkout`,
        {email: 'ann@shop.example', shipping_address: address, shipping_rate: filled.value.shipping_rates?.[0]?.id ?? 'standard', payment}, headers);
    if (made.status !== 201 || filled.status !== 200 || ready.status !== 200)
        throw new Error(`a cart: ${made.status} ${filled.status} ${ready.status} ${JSON.stringify(ready.value)}`);
    return {id: made.value.id, headers, lines, total: ready.value.cart.totals.total};
}

/* Somebody was faster, and the shop says so of the line. */
const isGone = ({code, errors}) => code === 'cart_changed' && errors.every(({message}) => /can be had|sold out/.test(message));

async function buy(shopper) {
    const provider = random(2) ? 'stripe' : 'test', isPoor = random(8) === 0;
    const good = {stripe: 'pm_card_visa', test: 'tok_ok'}[provider], bad = {stripe: 'pm_card_chargeDeclined', test: 'tok_declined'}[provider];
    const cart = await fill(shopper, {provider, method: isPoor ? bad : good});
    if (!cart) { soldOut++; return; }
    const body = {expected_total: cart.total, currency: 'EUR'};
    let answer = await complete(shopper, cart.id, cart.headers, body);
    if (isPoor && answer.status === 402) {
        declined++;
        await ask(shopper, 'PATCH', `/v1/carts/${cart.id}/checkout`, {payment: {provider, method: good}}, cart.headers);
        answer = await complete(shopper, cart.id, cart.headers, body);
    }
    if (answer.status === 201) {
        told.push({order: answer.value.order.id, cart: cart.id, total: cart.total, provider, lines: cart.lines});
        wakeKiller();
    } else if (answer.status === 409 && (answer.value.code === 'sold_out' || isGone(answer.value))) {
        soldOut++;
    } else if (!(isPoor && answer.status === 402)) {
        problems.push(`a purchase ended with ${answer.status} ${JSON.stringify(answer.value)}`);
    }
}

async function shop(shopper) {
    while (!isOver) {
        try {
            await buy(shopper);
        } catch (error) {
            if (!(error instanceof Lost)) { problems.push(error.stack); return; }
        }
    }
}

/* After so many orders a process dies, wherever it is at that moment. */
async function killer() {
    for (let kill = 0; kill < KILLS; kill++) {
        const after = told.length + 3 + random(40);
        while (told.length < after) {
            if (problems.length) return;
            await new Promise((done) => { wakeKiller = done; });
        }
        await processes[random(processes.length)].die();
    }
}

/* ---- The end ----------------------------------------------------------------------------------- */

let number = 0, failed = false;
function report(good, name, detail = '') {
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
    if (!good) for (const line of String(detail).split('\n').slice(0, 40)) console.log(`# ${line}`);
    failed ||= !good;
}

async function allOrders() {
    const all = [];
    for (let cursor = ''; ;) {
        const page = await want(200, 'GET', `/v1/orders?limit=100${cursor && `&cursor=${cursor}`}`, undefined, staff);
        all.push(...page.data);
        if (!page.has_more) return all;
        cursor = page.next_cursor;
    }
}

/* Numbers come after the commit. */
async function numbered() {
    for (const giveUp = Date.now() + PATIENCE_MS; ; await pause(50)) {
        const all = await allOrders();
        if (all.every((order) => order.number !== null) || Date.now() > giveUp) return all;
    }
}

const gone = killer().catch((error) => problems.push(error.stack));
const shoppers = Array.from({length: SHOPPERS}, (_, i) => shop(i));
await Promise.race([gone, Promise.all(shoppers)]);
isOver = true;
await Promise.all(shoppers);
report(problems.length === 0, `${told.length} orders, ${KILLS} kills, ${soldOut} times sold out, ${declined} times declined: every purchase came to its end`, problems.join('\n'));

const orders = await numbered(), byId = new Map(orders.map((order) => [order.id, order]));
const lost = told.filter(({order}) => !byId.has(order)), unpaid = told.filter(({order}) => byId.has(order) && byId.get(order).state !== 'paid');
report(lost.length === 0, 'every order that somebody was told of is there', JSON.stringify(lost));
report(unpaid.length === 0, 'and paid', JSON.stringify(unpaid));
report(orders.length === told.length && new Set(told.map(({order}) => order)).size === told.length, 'each once, and no other', `${orders.length} in the shop, ${told.length} told of`);
report(told.every(({order, total}) => byId.get(order)?.total === total), 'at the price that was shown');
const numbers = orders.map((order) => order.number).sort((a, b) => a - b);
report(numbers.every((n, i) => n === numbers[0] + i), 'their numbers have no gap', numbers.join(' '));
for (const [i, product] of products.entries()) {
    const sold = told.flatMap(({lines}) => lines).filter(({variant}) => variant === product.id).reduce((sum, line) => sum + line.quantity, 0);
    const [level] = (await want(200, 'GET', `/v1/variants/${product.id}/stock`, undefined, staff)).data;
    if (i === 0 || i === PRODUCTS - 1 || level.reserved !== sold || level.on_hand !== product.on_hand)
        report(level.reserved === sold && level.on_hand === product.on_hand, `what was sold of product ${i} is promised, and no more`, `${sold} sold, ${JSON.stringify(level)}`);
}
const charged = told.filter(({provider}) => provider === 'stripe').reduce((sum, {total}) => sum + total, 0);
report(stripe.charged() === charged, 'the provider has taken what the orders cost', `${stripe.charged()} taken, ${charged} owed`);
report(stripe.held() === 0, 'and holds nothing', `${stripe.held()} held`);

const ends = await Promise.all(processes.map(async (process) => {
    for (const client of process.clients) client.close();
    return process.server.stop();
}));
report(ends.every((end) => end === ''), 'the servers end well', ends.join(' '));
const check = spawnSync(program, ['check', '--data', join(place.folder, 'data')], {env: {...cleanEnvironment(), ...place.env, ...settings.env}, encoding: 'utf8'});
report(check.status === 0, 'and the laws hold', check.stdout + check.stderr);
await stripe.stop();
place.remove();
console.log(`1..${number}`);
process.exitCode = failed ? 1 : 0;
