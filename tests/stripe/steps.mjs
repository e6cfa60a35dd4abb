// Checkouts that are paid at the stub of Stripe, and a bank's page or a death in between, at every step: a customer pays exactly for the order that
// he has.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {Report} from '../oauth/report.mjs';
import {startServer} from '../golden/lib/server.mjs';
import {Shop, program, wait} from './shop.mjs';

const price = 1900;
const shop = await new Shop().start();
const {stub} = shop, report = new Report();
const ask = (...request) => shop.ask(...request);

const {body: {variants: [{id: variant}]}} = await ask('POST', '/v1/products', {title: 'Cup', status: 'active',
    variants: [{sku: 'CUP', prices: [{currency: 'EUR', amount: price}]}]});
await ask('PUT', `/v1/variants/${variant}/stock/loc_0000000000001`, {on_hand: 1000});
const reserved = async () => (await ask('GET', `/v1/variants/${variant}/stock`)).body.data[0].reserved;

async function say(cart, method) {
    const {status} = await ask('PATCH', `/v1/carts/${cart.id}/checkout`, {email: 'ann@example.com', shipping_rate: 'standard',
        shipping_address: {name: 'Ann', line1: 'Long Lane 1', city: 'Berlin', country: 'DE'}, payment: {provider: 'stripe', method}}, cart.own);
    assert.equal(status, 200);
}

async function fill(method, what = variant) {
    const {body} = await ask('POST', '/v1/carts', {});
    const cart = {id: body.id, own: {'cart-token': body.token}, key: `k-${body.id}`};
    assert.equal((await ask('POST', `/v1/carts/${cart.id}/lines`, {lines: [{variant: what}]}, cart.own)).status, 200);
    await say(cart, method);
    return cart;
}

const complete = (cart, key = cart.key) => ask('POST', `/v1/carts/${cart.id}/checkout/complete`, {expected_total: price, currency: 'EUR'},
    {...cart.own, 'idempotency-key': key});
const show = async (cart) => (await ask('GET', `/v1/carts/${cart.id}`, undefined, cart.own)).body;

/* Until it is known what came of it. */
const completeAtLast = (cart) => wait(async () => {
    const answer = await complete(cart).catch(() => null);
    return answer && answer.body?.code !== 'in_flight' && answer.status !== 503 && answer;
});

const lastIntent = () => [...stub.intents.values()].at(-1);
const eventsOf = ({id}) => stub.events.filter(({data: {object}}) => object.id === id);

/* How much more was charged, and how much more is promised, since the last time. */
let charged = 0, promised = 0;
async function since() {
    const now = [stub.charged() - charged, (await reserved()) - promised, stub.held()];
    charged = stub.charged(), promised = await reserved();
    return now;
}

await report.case('a card that is declined buys nothing, and another one does', async () => {
    const cart = await fill('pm_card_visa_chargeDeclinedInsufficientFunds');
    const {status, body} = await complete(cart);
    assert.deepEqual([status, body.code], [402, 'payment_declined']);
    assert.match(body.detail, /insufficient_funds/);
    assert.equal((await show(cart)).status, 'open');
    assert.deepEqual(await since(), [0, 0, 0]);
    await say(cart, 'pm_card_visa');
    assert.equal((await complete(cart, `${cart.key}-2`)).status, 201);
    assert.deepEqual(await since(), [price, 1, 0]);
});

await report.case('a bank\'s page is waited for, and the order comes by itself', async () => {
    const cart = await fill('pm_card_authenticationRequired');
    const {status, body} = await complete(cart);
    assert.deepEqual([status, body.status, body.order], [202, 'requires_action', null]);
    assert.ok(body.action.client_secret);
    assert.equal((await show(cart)).status, 'checkout');
    assert.equal((await ask('POST', `/v1/carts/${cart.id}/lines`, {lines: [{variant}]}, cart.own)).status, 409);
    assert.equal((await complete(cart)).status, 202);
    stub.authenticate(lastIntent().id);
    for (const event of eventsOf(lastIntent())) assert.equal(await shop.deliver(event), 204);
    await wait(async () => (await show(cart)).status === 'ordered');
    const done = await completeAtLast(cart);
    assert.deepEqual([done.status, done.body.status], [201, 'completed']);
    assert.deepEqual(await since(), [price, 1, 0]);
});

await report.case('or when it is asked for again, without any webhook', async () => {
    const cart = await fill('pm_card_authenticationRequired');
    assert.equal((await complete(cart)).status, 202);
    stub.authenticate(lastIntent().id);
    const {status, body} = await complete(cart);
    assert.deepEqual([status, body.status], [201, 'completed']);
    assert.deepEqual(await since(), [price, 1, 0]);
});

await report.case('who does not pass the bank\'s page has bought nothing', async () => {
    const cart = await fill('pm_card_authenticationRequired');
    assert.equal((await complete(cart)).status, 202);
    stub.authenticate(lastIntent().id, false);
    for (const event of eventsOf(lastIntent())) assert.equal(await shop.deliver(event), 204);
    await wait(async () => (await show(cart)).status === 'open');
    assert.deepEqual(await since(), [0, 0, 0]);
    assert.equal((await complete(cart)).status, 402);
});

await report.case('who gives up at his bank\'s page pays in another way', async () => {
    const cart = await fill('pm_card_authenticationRequired');
    assert.equal((await complete(cart)).status, 202);
    assert.equal((await ask('POST', `/v1/carts/${cart.id}/checkout/cancel`, undefined, {...cart.own, 'cart-token': 'AAAAAAAAAAAAAAAAAAAAAA'})).status, 404);
    assert.equal((await show(cart)).status, 'checkout');
    assert.equal((await ask('POST', `/v1/carts/${cart.id}/checkout/cancel`, undefined, cart.own)).status, 200);
    await wait(async () => (await show(cart)).status === 'open');
    assert.equal(lastIntent().status, 'canceled');
    assert.equal((await complete(cart)).status, 402);
    await say(cart, 'pm_card_visa');
    assert.equal((await complete(cart, `${cart.key}-2`)).status, 201);
    assert.deepEqual(await since(), [price, 1, 0]);
    assert.equal((await ask('POST', `/v1/carts/${cart.id}/checkout/cancel`, undefined, cart.own)).body.cart.status, 'ordered');
});

await report.case('what was taken at Stripe by hand goes back, when the goods are gone', async () => {
    const {body: {id, variants: [rare]}} = await ask('POST', '/v1/products', {title: 'Vase', status: 'active',
        variants: [{sku: 'VASE', prices: [{currency: 'EUR', amount: price}]}]});
    await ask('PUT', `/v1/variants/${rare.id}/stock/loc_0000000000001`, {on_hand: 1});
    const cart = await fill('pm_card_authenticationRequired', rare.id);
    assert.equal((await complete(cart)).status, 202);
    const intent = lastIntent();
    assert.equal((await ask('DELETE', `/v1/products/${id}`)).status, 204);
    stub.authenticate(intent.id);
    stub.take(intent.id);
    const {status, body} = await completeAtLast(cart);
    assert.deepEqual([status, body.code], [409, 'sold_out']);
    const back = await wait(() => [...stub.refunds.values()].find((refund) => refund.payment_intent === intent.id));
    assert.equal(back.amount, price);
    assert.equal((await show(cart)).status, 'open');
    await wait(async () => (await shop.get(`/v1/payments/${intent.metadata.payment}`)).state === 'refunded');
    assert.deepEqual(await since(), [price, 0, 0]);
});

const faults = JSON.parse(spawnSync(program, ['faults', '--json'], {encoding: 'utf8'}).stdout)
    .map(({name}) => name).filter((name) => name.startsWith('checkout.') || name === 'saga.called');
for (const fault of faults) {
    const method = /undo/.test(fault) ? 'pm_card_visa_chargeDeclinedInsufficientFunds' : 'pm_card_visa';
    await report.case(`killed at ${fault}: who pays has an order, and who has an order pays once`, async () => {
        const cart = await fill(method);
        await shop.server.stop();
        shop.server = await startServer(program, shop.place, {...shop.settings, serve: ['--fault', `${fault}=kill`]});
        await complete(cart).catch(() => null);
        await shop.kill();
        const {status} = await completeAtLast(cart);
        assert.equal(status, /undo/.test(fault) ? 402 : 201);
        await wait(() => stub.held() === 0);
        assert.deepEqual(await since(), status === 201 ? [price, 1, 0] : [0, 0, 0]);
    });
}

await shop.end(report);
process.exit(report.end());
