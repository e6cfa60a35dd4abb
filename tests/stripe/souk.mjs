// Souk against the stub of Stripe, which lives in this process: what it has charged is the truth, and is compared with what Souk says. Webhooks
// are signed by Stripe's own package.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import https from 'node:https';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import Stripe from 'stripe';
import {Report} from '../oauth/report.mjs';
import {cleanEnvironment, PATIENCE_MS} from '../lib/environment.mjs';
import {makePlace, startServer} from '../golden/lib/server.mjs';
import {StripeStub} from './stub.mjs';

const key = 'sk_test_51StubOfStripe', secret = 'whsec_stub';
const program = process.env.SOUK ?? 'build/souk';
const stub = await new StripeStub().start();
const place = makePlace(process.env.SOUK_TEST_DRIVER ?? 'sqlite', process.env.SOUK_TEST_PG);
const limits = Object.fromEntries(['READS', 'WRITES', 'KEY_REQUESTS'].map((name) => [`SOUK_LIMITS_${name}_PER_MINUTE`, '0']));
const settings = {serve: [], env: {...limits, SOUK_PAYMENTS_STRIPE_KEY: key, SOUK_PAYMENTS_STRIPE_WEBHOOK_SECRET: secret,
    SOUK_PAYMENTS_STRIPE_URL: stub.url}};
let server = await startServer(program, place, settings);
const admin = server.admin;
const report = new Report();
const stripe = new Stripe(key);
let logs = '', orders = 0;

/* {status, body} of a request of staff. */
async function ask(method, path, body, headers = {}) {
    const answer = await fetch(server.address + path, {method, body: body && JSON.stringify(body),
        headers: {authorization: `Bearer ${admin}`, ...(body && {'content-type': 'application/json'}), ...headers}});
    const text = await answer.text();
    return {status: answer.status, body: text ? JSON.parse(text) : null};
}

async function get(path) {
    const {status, body} = await ask('GET', path);
    assert.equal(status, 200);
    return body;
}

/* An order of its own for each payment, so that it can be found. */
const newOrder = () => `ord_${String(++orders).padStart(13, '0')}`;
const take = (order, more = {}, headers = {}) => ask('POST', '/v1/payments',
    {order, provider: 'stripe', method: 'pm_card_visa', currency: 'EUR', amount: 1900, ...more}, headers);
const paymentOf = async (order) => (await get(`/v1/payments?subject=${order}`)).data[0];

/* Until `look` says something. */
async function wait(look) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > end) throw new Error('it did not come');
        await pause(20);
    }
}

const waitFor = (order, state) => wait(async () => {
    const payment = await paymentOf(order);
    return payment?.state === state && payment;
});

/* As Stripe sends it; the answer's status. */
async function deliver(event, {by = secret, at} = {}) {
    const payload = JSON.stringify(event);
    const header = stripe.webhooks.generateTestHeaderString({payload, secret: by, ...(at && {timestamp: at})});
    const answer = await fetch(`${server.address}/v1/payments/webhooks/stripe`,
        {method: 'POST', body: payload, headers: {'content-type': 'application/json; charset=utf-8', 'stripe-signature': header}});
    await answer.text();
    return answer.status;
}

const eventsOf = (intent) => stub.events.filter(({data: {object}}) => object.id === intent || object.payment_intent === intent);
const intentOf = (payment) => stub.intents.get(payment.provider_ref);

await report.case('a card is charged once', async () => {
    const {status, body} = await take(newOrder());
    assert.equal(status, 201);
    assert.deepEqual([body.state, body.captured], ['captured', 1900]);
    assert.deepEqual([intentOf(body).status, stub.charged(), stub.intents.size], ['succeeded', 1900, 1]);
    assert.equal(intentOf(body).metadata.payment, body.id);
    const [create, capture] = stub.requests;
    assert.equal(create.headers['stripe-version'], '2024-06-20');
    assert.ok(create.key && capture.key && create.key !== capture.key);
});

await report.case('a card that is declined is not', async () => {
    const order = newOrder(), before = stub.charged();
    const {status, body} = await take(order, {method: 'pm_card_visa_chargeDeclinedInsufficientFunds'});
    assert.deepEqual([status, body.code], [402, 'provider_declined']);
    assert.match(body.detail, /insufficient_funds/);
    const payment = await paymentOf(order);
    assert.deepEqual([payment.state, payment.decline_code, stub.charged() - before], ['failed', 'insufficient_funds', 0]);
});

await report.case('a payment that needs its customer goes on when he has done it', async () => {
    const order = newOrder(), before = stub.charged();
    const {status, body} = await take(order, {method: 'pm_card_authenticationRequired'});
    assert.deepEqual([status, body.state], [202, 'requires_action']);
    assert.ok(!('client_secret' in body), 'a secret of the browser\'s is not for lists');
    stub.authenticate(body.provider_ref);
    for (const event of eventsOf(body.provider_ref)) assert.equal(await deliver(event), 204);
    assert.equal((await waitFor(order, 'captured')).captured, 1900);
    assert.equal(stub.charged() - before, 1900);
});

await report.case('a payment whose customer does not manage it has failed, and cannot succeed later', async () => {
    const order = newOrder();
    const {body} = await take(order, {method: 'pm_card_authenticationRequired'});
    stub.authenticate(body.provider_ref, false);
    for (const event of eventsOf(body.provider_ref)) assert.equal(await deliver(event), 204);
    await waitFor(order, 'failed');
    await wait(() => intentOf(body).status === 'canceled');
});

await report.case('events twice and in any order come to the same', async () => {
    const order = newOrder();
    const {body: payment} = await take(order);
    stub.refundByHand(payment.provider_ref, 300);
    const events = eventsOf(payment.provider_ref);
    assert.ok(events.length >= 4);
    for (const event of [...events].reverse()) assert.equal(await deliver(event), 204);
    for (const event of events) assert.equal(await deliver(event), 204);
    await Promise.all(events.map((event) => deliver(event)));
    const after = await waitFor(order, 'partially_refunded');
    assert.deepEqual([after.captured, after.refunded], [1900, 300]);
    const {data} = await get(`/v1/payments/${payment.id}/refunds`);
    assert.deepEqual(data.map(({amount, state}) => [amount, state]), [[300, 'succeeded']]);
});

await report.case('an answer that is lost is asked for again, and nobody pays twice', async () => {
    const before = stub.charged(), intents = stub.intents.size;
    stub.script.lose = 1;
    const {status, body} = await take(newOrder());
    assert.deepEqual([status, body.state], [201, 'captured']);
    assert.deepEqual([stub.charged() - before, stub.intents.size - intents], [1900, 1]);
    const returned = stub.returned();
    stub.script.lose = 1;
    const refund = await ask('POST', `/v1/payments/${body.id}/refunds`, {amount: 500});
    assert.deepEqual([refund.status, refund.body.state], [201, 'succeeded']);
    assert.equal(stub.returned() - returned, 500);
});

await report.case('what Stripe cannot do now is done later', async () => {
    const before = stub.charged();
    stub.script.fail = 2;
    const {status, body} = await take(newOrder());
    assert.deepEqual([status, body.state, stub.charged() - before], [201, 'captured', 1900]);
});

await report.case('no more is given back than was paid, however many ask at once', async () => {
    const {body: payment} = await take(newOrder());
    const before = stub.returned();
    const answers = await Promise.all(Array.from({length: 8}, () => ask('POST', `/v1/payments/${payment.id}/refunds`, {amount: 600})));
    assert.deepEqual(answers.map(({status}) => status).sort(), [201, 201, 201, 409, 409, 409, 409, 409]);
    assert.equal(stub.returned() - before, 1800);
    assert.equal((await get(`/v1/payments/${payment.id}`)).refunded, 1800);
});

await report.case('what is held is given up', async () => {
    const {body: payment} = await take(newOrder(), {capture_now: false});
    assert.equal(payment.state, 'authorised');
    const {status, body} = await ask('POST', `/v1/payments/${payment.id}/void`);
    assert.deepEqual([status, body.state, intentOf(payment).status], [200, 'voided', 'canceled']);
});

await report.case('a capture that was made at Stripe is known here', async () => {
    const {body: payment} = await take(newOrder(), {capture_now: false});
    await new Stripe(key, {host: '127.0.0.1', port: stub.port, protocol: 'http'}).paymentIntents.capture(payment.provider_ref, {amount_to_capture: 1000});
    const {status, body} = await ask('POST', `/v1/payments/${payment.id}/capture`, {});
    assert.deepEqual([status, body.state, body.captured], [200, 'captured', 1000]);
});

await report.case('only Stripe is believed, and only in time', async () => {
    const event = {...stub.events[0], id: 'evt_forged'};
    assert.equal(await deliver(event, {by: 'whsec_other'}), 400);
    assert.equal(await deliver(event, {at: Math.floor(Date.now() / 1000) - 400}), 400);
    assert.equal(await deliver(event), 204);
});

await report.case('a shop that is killed while Stripe is asked goes on where it was', async () => {
    const order = newOrder(), before = stub.charged(), intents = stub.intents.size;
    stub.script.hold = 1;
    const lost = take(order).catch(() => null);
    await wait(() => stub.holding() === 1);
    logs += server.log();
    await server.kill();
    stub.release();
    await lost;
    server = await startServer(program, place, settings);
    const payment = await waitFor(order, 'captured');
    assert.deepEqual([payment.captured, stub.charged() - before, stub.intents.size - intents], [1900, 1900, 1]);
});

await report.case('a card is saved by Stripe\'s own form, and removed', async () => {
    const run = spawnSync(program, ['user', 'add', 'ann@shop.example', '-', '--name', 'Ann', '--data', join(place.folder, 'data')],
        {env: {...cleanEnvironment(), ...place.env}, input: 'a password of hers\n', encoding: 'utf8'});
    assert.equal(run.status, 0, run.stderr);
    const {data: [ann]} = await get('/v1/users?q=ann@shop.example').catch(() => get('/v1/users'));
    const path = `/v1/users/${ann.id}/payment-methods`;
    const {status, body} = await ask('POST', path, {provider: 'stripe'});
    assert.equal(status, 201);
    assert.equal(body.id, null);
    const setup = [...stub.setups.values()].find(({client_secret}) => client_secret === body.client_secret);
    stub.finishSetup(setup.id, 'pm_card_visa');
    const event = stub.events.find(({type}) => type === 'setup_intent.succeeded');
    assert.equal(await deliver(event), 204);
    assert.equal(await deliver(event), 204);
    const {data: [saved]} = await wait(async () => { const list = await get(path); return list.data.length > 0 && list; });
    assert.deepEqual([saved.kind, saved.brand, saved.last4, saved.expires], ['card', 'visa', '4242', '2030-08']);
    await ask('POST', path, {provider: 'stripe'});
    assert.equal(stub.customers.size, 1); // he is known there now
    assert.equal((await ask('DELETE', `${path}/${saved.id}`)).status, 204);
    assert.equal(stub.methods.get(setup.payment_method).customer, null);
    assert.deepEqual((await get(path)).data, []);
});

await report.case('a Stripe that cannot show who it is gets nothing', async () => {
    const file = (name) => join(place.folder, name);
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
        '-days', '2', '-keyout', file('key.pem'), '-out', file('cert.pem')], {encoding: 'utf8'});
    assert.equal(made.status, 0, made.stderr);
    let asked = 0;
    const impostor = https.createServer({key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem'))}, (request, response) => {
        asked++;
        response.end('{"id": "cus_1"}');
    });
    await new Promise((done) => impostor.listen(0, '127.0.0.1', done));
    const other = makePlace('sqlite'), url = `https://127.0.0.1:${impostor.address().port}`;
    const shop = await startServer(program, other, {...settings, env: {...settings.env, SOUK_PAYMENTS_STRIPE_URL: url}});
    const added = spawnSync(program, ['user', 'add', 'ann@shop.example', '-', '--name', 'Ann', '--data', join(other.folder, 'data')],
        {env: cleanEnvironment(), input: 'a password of hers\n', encoding: 'utf8'});
    assert.equal(added.status, 0, added.stderr);
    const headers = {authorization: `Bearer ${shop.admin}`, 'content-type': 'application/json'};
    const {data: [ann]} = await (await fetch(`${shop.address}/v1/users`, {headers})).json();
    const answer = await fetch(`${shop.address}/v1/users/${ann.id}/payment-methods`, {method: 'POST', headers, body: '{"provider": "stripe"}'});
    assert.equal((await answer.json()).code, 'provider_unavailable');
    assert.equal(asked, 0);
    await shop.stop();
    impostor.closeAllConnections();
    impostor.close();
    other.remove();
});

await report.case('the laws hold, and the account\'s key stands in no log', async () => {
    const run = spawnSync(program, ['check', '--data', join(place.folder, 'data')], {env: {...cleanEnvironment(), ...place.env}, encoding: 'utf8'});
    assert.equal(run.status, 0, run.stdout + run.stderr);
    logs += server.log();
    for (const word of [key, secret, '_secret_stub']) assert.ok(!logs.includes(word), word);
});

const how = await server.stop();
report.result('the server ends well', how === '', `${how}\n${server.log()}`);
await stub.stop();
place.remove();
process.exit(report.end());
