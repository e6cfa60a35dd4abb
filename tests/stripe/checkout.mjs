// Carts that are bought by Stripe. What is compared in the end: each cart that was bought is one order, charged once, with what it comes to; each
// that was not is charged nothing, and nothing is held.

import assert from 'node:assert/strict';
import {Report} from '../oauth/report.mjs';
import {Shop, wait} from './shop.mjs';

const shop = await new Shop().start();
const {stub} = shop, report = new Report();
const address = {name: 'Ann', line1: 'Long Lane 1', postal_code: '10115', city: 'Berlin', country: 'DE'};
let number = 0;

const {body: product} = await shop.ask('POST', '/v1/products', {title: 'Cup', status: 'active',
    variants: [{sku: 'CUP', prices: [{currency: 'EUR', amount: 1250}]}]});
const variant = product.variants[0].id;
const stock = (on_hand) => shop.ask('PUT', `/v1/variants/${variant}/stock/loc_0000000000001`, {on_hand});
await stock(500);

/* A cart with two cups, of somebody who pays so: {id, headers, total}. */
async function fill(method = 'pm_card_visa') {
    const guest = {authorization: ''};
    const {body: cart} = await shop.ask('POST', '/v1/carts', {note: ''}, guest);
    const headers = {...guest, 'cart-token': cart.token}, path = `/v1/carts/${cart.id}`;
    assert.equal((await shop.ask('POST', `${path}/lines`, {lines: [{variant, quantity: 2}]}, headers)).status, 200);
    const {status, body} = await shop.ask('PATCH', `${path}/checkout`, {email: 'ann@shop.example', shipping_address: address,
        shipping_rate: 'standard', payment: {provider: 'stripe', method}}, headers);
    assert.deepEqual([status, body.ready], [200, true], JSON.stringify(body));
    return {id: cart.id, headers, total: body.cart.totals.total};
}

const complete = (cart, name) => shop.ask('POST', `/v1/carts/${cart.id}/checkout/complete`, {expected_total: cart.total, currency: 'EUR'},
    {...cart.headers, 'idempotency-key': name ?? `key-${++number}`});

/* The answer, once nobody else is at it. */
const settled = (cart, name) => wait(async () => {
    const answer = await complete(cart, name).catch(() => null);
    return answer && answer.body.code !== 'in_flight' && answer;
});

/* What the stub has of the cart's payments. */
const intentsSince = (before) => [...stub.intents.values()].slice(before);
const chargedSince = (before) => intentsSince(before).reduce((sum, {amount_received}) => sum + amount_received, 0);
const heldSince = (before) => intentsSince(before).reduce((sum, {amount_capturable}) => sum + amount_capturable, 0);

await report.case('a cart is bought, and its card charged once', async () => {
    const before = stub.intents.size, cart = await fill();
    const {status, body} = await complete(cart);
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(body.order.totals.total, cart.total);
    assert.deepEqual([chargedSince(before), heldSince(before)], [cart.total, 0]);
});

await report.case('a card that is declined buys nothing', async () => {
    const before = stub.intents.size, cart = await fill('pm_card_chargeDeclined');
    const {status, body} = await complete(cart);
    assert.deepEqual([status, body.code], [402, 'payment_declined']);
    assert.deepEqual([chargedSince(before), heldSince(before)], [0, 0]);
});

await report.case('buyers and webhooks race, and each cart is one order', async () => {
    const before = stub.intents.size, told = stub.events.length;
    const carts = await Promise.all(Array.from({length: 6}, () => fill()));
    const buying = carts.map((cart) => Promise.all([complete(cart), complete(cart), complete(cart)]));
    const all = Promise.all(buying);
    let done = false, at = told;
    all.finally(() => { done = true; });
    while (!done || at < stub.events.length) {
        const events = stub.events.slice(at);
        at += events.length;
        await Promise.all([...events, ...events].reverse().map((event) => shop.deliver(event)));
        await new Promise((next) => setImmediate(next));
    }
    await all;
    const orders = new Set();
    for (const cart of carts) orders.add((await settled(cart)).body.order.id);
    assert.equal(orders.size, carts.length);
    await wait(() => heldSince(before) === 0);
    assert.equal(chargedSince(before), carts.reduce((sum, {total}) => sum + total, 0));
    assert.equal(intentsSince(before).filter(({status}) => status === 'succeeded').length, carts.length);
});

await report.case('who must prove himself to his bank buys when he has', async () => {
    const before = stub.intents.size, cart = await fill('pm_card_authenticationRequired');
    const {status, body} = await complete(cart, 'bank-1');
    assert.equal(status, 202, JSON.stringify(body));
    const [intent] = intentsSince(before);
    assert.equal(body.action.client_secret, intent.client_secret);
    stub.authenticate(intent.id);
    for (const event of shop.eventsOf(intent.id)) assert.equal(await shop.deliver(event), 204);
    const bought = await settled(cart, 'bank-1');
    const order = await wait(async () => (bought.status === 201 ? bought : await settled(cart, 'bank-1')).status === 201);
    assert.ok(order);
    await wait(() => chargedSince(before) === cart.total);
    assert.equal(intentsSince(before).length, 1);
});

await report.case('an answer that is lost is no second charge', async () => {
    const before = stub.intents.size, cart = await fill();
    stub.script.lose = 1;
    assert.equal((await settled(cart, 'lost-1')).status, 201);
    await wait(() => chargedSince(before) === cart.total);
    assert.equal(intentsSince(before).length, 1);
});

for (const [when, hold] of [['the card is held', 1], ['the money is taken', 2]])
    await report.case(`a shop that is killed while ${when} has one order and one charge`, async () => {
        const before = stub.intents.size, cart = await fill(), name = `kill-${hold}`;
        stub.script.skip = hold - 1;
        stub.script.hold = 1;
        const lost = complete(cart, name).catch(() => null);
        await wait(() => stub.holding() === 1);
        await shop.kill(() => stub.release());
        await lost;
        assert.equal((await settled(cart, name)).status, 201);
        await wait(() => chargedSince(before) === cart.total && heldSince(before) === 0);
        assert.equal(intentsSince(before).length, 1);
    });

await report.case('what is sold out meanwhile is not charged', async () => {
    const before = stub.intents.size;
    const carts = await Promise.all(Array.from({length: 4}, () => fill()));
    const {data: [level]} = await shop.get(`/v1/variants/${variant}/stock`);
    await stock(level.reserved + 3); // one cart wants two
    const answers = await Promise.all(carts.map((cart) => settled(cart)));
    assert.deepEqual(answers.map(({status}) => status).sort(), [201, 409, 409, 409]);
    await wait(() => heldSince(before) === 0);
    assert.equal(chargedSince(before), carts[0].total);
});

await shop.end(report);
process.exit(report.end());
