// Souk against the stub of Stripe, which lives in this process: what it has charged is the truth, and is compared with what Souk says. Webhooks
// are signed by Stripe's own package.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import https from 'node:https';
import {join} from 'node:path';
import Stripe from 'stripe';
import {Report} from '../oauth/report.mjs';
import {cleanEnvironment} from '../lib/environment.mjs';
import {makePlace, startServer} from '../golden/lib/server.mjs';
import {key, program, Shop, wait} from './shop.mjs';

const shop = await new Shop().start();
const {stub} = shop, report = new Report();
let orders = 0;

/* An order of its own for each payment, so that it can be found. */
const newOrder = () => `ord_${String(++orders).padStart(13, '0')}`;
const take = (order, more = {}, headers = {}) => shop.ask('POST', '/v1/payments',
    {order, provider: 'stripe', method: 'pm_card_visa', currency: 'EUR', amount: 1900, ...more}, headers);
const paymentOf = async (order) => (await shop.get(`/v1/payments?subject=${order}`)).data[0];

const waitFor = (order, state) => wait(async () => {
    const payment = await paymentOf(order);
    return payment?.state === state && payment;
});

const intentOf = (payment) => stub.intents.get(payment.provider_ref);

/* Somebody who keeps a card. */
function addAnn(place) {
    const run = spawnSync(program, ['user', 'add', 'ann@shop.example', '-', '--name', 'Ann', '--data', join(place.folder, 'data')],
        {env: {...cleanEnvironment(), ...place.env}, input: 'a password of hers\n', encoding: 'utf8'});
    assert.equal(run.status, 0, run.stderr);
}

/* Logs in, and deletes his account. */
async function leave(email, password) {
    const post = (path, body, headers) => fetch(shop.server.address + path,
        {method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json', ...headers}});
    const answer = await post('/v1/sessions', {email, password});
    const cookie = answer.headers.get('set-cookie').match(/souk=[^;]+/)[0];
    const {csrf_token} = await (await fetch(`${shop.server.address}/v1/sessions/current`, {headers: {cookie}})).json();
    const {status} = await post('/v1/account/deletion', {password}, {cookie, 'x-csrf-token': csrf_token});
    assert.equal(status, 204);
}

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
    for (const event of shop.eventsOf(body.provider_ref)) assert.equal(await shop.deliver(event), 204);
    assert.equal((await waitFor(order, 'captured')).captured, 1900);
    assert.equal(stub.charged() - before, 1900);
});

await report.case('a payment whose customer does not manage it has failed, and cannot succeed later', async () => {
    const order = newOrder();
    const {body} = await take(order, {method: 'pm_card_authenticationRequired'});
    stub.authenticate(body.provider_ref, false);
    for (const event of shop.eventsOf(body.provider_ref)) assert.equal(await shop.deliver(event), 204);
    await waitFor(order, 'failed');
    await wait(() => intentOf(body).status === 'canceled');
});

await report.case('events twice and in any order come to the same', async () => {
    const order = newOrder();
    const {body: payment} = await take(order);
    stub.refundByHand(payment.provider_ref, 300);
    const events = shop.eventsOf(payment.provider_ref);
    assert.ok(events.length >= 4);
    for (const event of [...events].reverse()) assert.equal(await shop.deliver(event), 204);
    for (const event of events) assert.equal(await shop.deliver(event), 204);
    await Promise.all(events.map((event) => shop.deliver(event)));
    const after = await waitFor(order, 'partially_refunded');
    assert.deepEqual([after.captured, after.refunded], [1900, 300]);
    const {data} = await shop.get(`/v1/payments/${payment.id}/refunds`);
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
    const refund = await shop.ask('POST', `/v1/payments/${body.id}/refunds`, {amount: 500});
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
    const answers = await Promise.all(Array.from({length: 8}, () => shop.ask('POST', `/v1/payments/${payment.id}/refunds`, {amount: 600})));
    assert.deepEqual(answers.map(({status}) => status).sort(), [201, 201, 201, 409, 409, 409, 409, 409]);
    assert.equal(stub.returned() - before, 1800);
    assert.equal((await shop.get(`/v1/payments/${payment.id}`)).refunded, 1800);
});

await report.case('what is held is given up', async () => {
    const {body: payment} = await take(newOrder(), {capture_now: false});
    assert.equal(payment.state, 'authorised');
    const {status, body} = await shop.ask('POST', `/v1/payments/${payment.id}/void`);
    assert.deepEqual([status, body.state, intentOf(payment).status], [200, 'voided', 'canceled']);
});

await report.case('a capture that was made at Stripe is known here', async () => {
    const {body: payment} = await take(newOrder(), {capture_now: false});
    await new Stripe(key, {host: '127.0.0.1', port: stub.port, protocol: 'http'}).paymentIntents.capture(payment.provider_ref, {amount_to_capture: 1000});
    const {status, body} = await shop.ask('POST', `/v1/payments/${payment.id}/capture`, {});
    assert.deepEqual([status, body.state, body.captured], [200, 'captured', 1000]);
});

await report.case('only Stripe is believed, and only in time', async () => {
    const event = {...stub.events[0], id: 'evt_forged'};
    assert.equal(await shop.deliver(event, {by: 'whsec_other'}), 400);
    assert.equal(await shop.deliver(event, {at: Math.floor(Date.now() / 1000) - 400}), 400);
    assert.equal(await shop.deliver(event), 204);
});

await report.case('a shop that is killed while Stripe is asked goes on where it was', async () => {
    const order = newOrder(), before = stub.charged(), intents = stub.intents.size;
    stub.script.hold = 1;
    const lost = take(order).catch(() => null);
    await wait(() => stub.holding() === 1);
    await shop.kill(() => stub.release());
    await lost;
    const payment = await waitFor(order, 'captured');
    assert.deepEqual([payment.captured, stub.charged() - before, stub.intents.size - intents], [1900, 1900, 1]);
});

await report.case('a shop that dies before it notes what Stripe has said looks again', async () => {
    const order = newOrder(), {body: payment} = await take(order);
    await shop.kill(() => {}, ['--fault', 'payments.looked=kill@1']);
    stub.refundByHand(payment.provider_ref, 400);
    await shop.deliver(shop.eventsOf(payment.provider_ref).at(-1)).catch(() => null); // it may die before it answers
    await wait(() => shop.server.gone());
    await shop.kill();
    assert.equal((await waitFor(order, 'partially_refunded')).refunded, 400);
    assert.equal((await shop.get(`/v1/payments/${payment.id}/refunds`)).data.length, 1);
});

await report.case('a card is saved by Stripe\'s own form, and removed', async () => {
    addAnn(shop.place);
    const {data: [ann]} = await shop.get('/v1/users');
    const path = `/v1/users/${ann.id}/payment-methods`;
    const {status, body} = await shop.ask('POST', path, {provider: 'stripe'});
    assert.equal(status, 201);
    assert.equal(body.id, null);
    const setup = [...stub.setups.values()].find(({client_secret}) => client_secret === body.client_secret);
    stub.finishSetup(setup.id, 'pm_card_visa');
    const event = stub.events.find(({type}) => type === 'setup_intent.succeeded');
    assert.equal(await shop.deliver(event), 204);
    assert.equal(await shop.deliver(event), 204);
    const {data: [saved]} = await wait(async () => { const list = await shop.get(path); return list.data.length > 0 && list; });
    assert.deepEqual([saved.kind, saved.brand, saved.last4, saved.expires], ['card', 'visa', '4242', '2030-08']);
    await shop.ask('POST', path, {provider: 'stripe'});
    assert.equal(stub.customers.size, 1); // he is known there now
    assert.equal((await shop.ask('DELETE', `${path}/${saved.id}`)).status, 204);
    assert.equal(stub.methods.get(setup.payment_method).customer, null);
    assert.deepEqual((await shop.get(path)).data, []);
    await leave('ann@shop.example', 'a password of hers');
    await wait(() => stub.customers.size === 0); // who is gone is forgotten there, too
});

await report.case('a Stripe that cannot show who it is gets nothing', async () => {
    const file = (name) => join(shop.place.folder, name);
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
    const server = await startServer(program, other, {...shop.settings, env: {...shop.settings.env, SOUK_PAYMENTS_STRIPE_URL: url}});
    addAnn(other);
    const headers = {authorization: `Bearer ${server.admin}`, 'content-type': 'application/json'};
    const {data: [ann]} = await (await fetch(`${server.address}/v1/users`, {headers})).json();
    const answer = await fetch(`${server.address}/v1/users/${ann.id}/payment-methods`, {method: 'POST', headers, body: '{"provider": "stripe"}'});
    assert.equal((await answer.json()).code, 'provider_unavailable');
    assert.equal(asked, 0);
    await server.stop();
    impostor.closeAllConnections();
    impostor.close();
    other.remove();
});

await shop.end(report);
process.exit(report.end());
