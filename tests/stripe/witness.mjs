// Stripe's own client (npm stripe) against the stub: whatever it would choke on, the stub does wrong. The calls are those that Souk
// makes.

import assert from 'node:assert/strict';
import Stripe from 'stripe';
import {Report} from '../oauth/report.mjs';
import {StripeStub} from './stub.mjs';

const stub = await new StripeStub().start();
const report = new Report();
const stripe = new Stripe('sk_test_witness', {host: '127.0.0.1', port: stub.port, protocol: 'http', apiVersion: '2024-06-20', maxNetworkRetries: 0});
const wanted = {amount: 1900, currency: 'eur', capture_method: 'manual', automatic_payment_methods: {enabled: true, allow_redirects: 'never'},
    metadata: {payment: 'pay_0000000000001'}};
const confirmed = {...wanted, payment_method: 'pm_card_visa', confirm: true};
const held = (key) => stripe.paymentIntents.create(confirmed, {idempotencyKey: key});

/* What the call is refused with. */
async function refusal(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error('it was not refused');
}

await report.case('an intent is held, captured and given back in parts', async () => {
    const intent = await held('one');
    assert.equal(intent.status, 'requires_capture');
    assert.equal(intent.amount_capturable, 1900);
    assert.equal(intent.metadata.payment, 'pay_0000000000001');
    const captured = await stripe.paymentIntents.capture(intent.id, {amount_to_capture: 1500});
    assert.deepEqual([captured.status, captured.amount_received], ['succeeded', 1500]);
    await stripe.refunds.create({payment_intent: intent.id, amount: 500, metadata: {refund: 're_0000000000001'}});
    const much = await refusal(stripe.refunds.create({payment_intent: intent.id, amount: 1001}));
    assert.equal(much.type, 'StripeInvalidRequestError');
    const listed = [];
    for await (const refund of stripe.refunds.list({payment_intent: intent.id, limit: 100})) listed.push(refund.amount);
    assert.deepEqual(listed, [500]);
});

await report.case('a key answers the same, and to another request it says so', async () => {
    const [first, again] = [await held('two'), await held('two')];
    assert.equal(first.id, again.id);
    assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
    const other = await refusal(stripe.paymentIntents.create({...confirmed, amount: 1}, {idempotencyKey: 'two'}));
    assert.equal(other.type, 'StripeIdempotencyError');
});

await report.case('a declined card is an error of the card', async () => {
    const error = await refusal(stripe.paymentIntents.create({...confirmed, payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds'}));
    assert.equal(error.type, 'StripeCardError');
    assert.equal(error.decline_code, 'insufficient_funds');
    assert.equal(error.payment_intent.status, 'requires_payment_method');
    const intent = await stripe.paymentIntents.retrieve(error.payment_intent.id);
    assert.equal(intent.last_payment_error.code, 'card_declined');
});

await report.case('what needs the customer waits for him', async () => {
    const intent = await stripe.paymentIntents.create({...confirmed, payment_method: 'pm_card_authenticationRequired'});
    assert.equal(intent.status, 'requires_action');
    assert.equal(intent.next_action.type, 'use_stripe_sdk');
    stub.authenticate(intent.id);
    assert.equal((await stripe.paymentIntents.retrieve(intent.id)).status, 'requires_capture');
});

await report.case('an intent is cancelled, and not captured any more', async () => {
    const intent = await stripe.paymentIntents.create(wanted);
    assert.equal(intent.status, 'requires_payment_method');
    assert.equal((await stripe.paymentIntents.cancel(intent.id, {cancellation_reason: 'abandoned'})).status, 'canceled');
    const error = await refusal(stripe.paymentIntents.capture(intent.id));
    assert.equal(error.code, 'payment_intent_unexpected_state');
    assert.equal(error.payment_intent.status, 'canceled');
});

await report.case('a method is saved by a setup intent', async () => {
    const customer = await stripe.customers.create({metadata: {user: 'user_0000000000001'}});
    const setup = await stripe.setupIntents.create({customer: customer.id, usage: 'on_session', metadata: {user: 'user_0000000000001'},
        automatic_payment_methods: {enabled: true, allow_redirects: 'never'}});
    stub.finishSetup(setup.id, 'pm_card_visa');
    const finished = await stripe.setupIntents.retrieve(setup.id);
    assert.equal(finished.status, 'succeeded');
    const method = await stripe.paymentMethods.retrieve(finished.payment_method);
    assert.deepEqual([method.type, method.card.brand, method.card.last4], ['card', 'visa', '4242']);
    const again = await stripe.paymentIntents.create({...wanted, customer: customer.id, payment_method: method.id, confirm: true});
    assert.equal(again.status, 'requires_capture');
    assert.equal((await stripe.paymentMethods.detach(method.id)).customer, null);
    assert.equal((await stripe.customers.del(customer.id)).deleted, true);
    assert.equal((await refusal(stripe.customers.del(customer.id))).code, 'resource_missing');
});

await report.case('events are those that Stripe\'s client believes', async () => {
    const event = stub.events.find(({type}) => type === 'payment_intent.succeeded'), payload = JSON.stringify(event), secret = 'whsec_witness';
    const header = stripe.webhooks.generateTestHeaderString({payload, secret});
    assert.equal(stripe.webhooks.constructEvent(payload, header, secret).data.object.object, 'payment_intent');
});

await report.case('a wrong key is refused, and a server that is broken says so', async () => {
    const stranger = new Stripe('pk_test_x', {host: '127.0.0.1', port: stub.port, protocol: 'http', maxNetworkRetries: 0});
    assert.equal((await refusal(stranger.customers.create({}))).type, 'StripeAuthenticationError');
    stub.script.fail = 1;
    assert.equal((await refusal(held('three'))).type, 'StripeAPIError');
    stub.script.lose = 2; // the client asks once more by itself when a connection is cut
    assert.equal((await refusal(held('four'))).type, 'StripeConnectionError');
    const before = stub.intents.size;
    await held('four'); // it was done, and its answer was lost
    assert.equal(stub.intents.size, before);
});

await stub.stop();
process.exit(report.end());
