// A stub of Stripe, as far as Souk uses it: PaymentIntents with manual capture, SetupIntents, customers, refunds, events; by
// https://docs.stripe.com/api, version 2024-06-20. witness.mjs holds it against Stripe's own client.
//
// What it knows lives in this process and not in Souk's: so it is the witness of what was charged, however often Souk is
// killed. It honours Idempotency-Key as Stripe does: the same answer to the same request, an error when the request is
// another one, 409 while the first is under way.
//
// What goes wrong is scripted: `lose` answers (done, and the connection is cut), `fail` with 500 before anything is done, `hold`
// answers (behind so many to `skip`) until they are let go.

import http from 'node:http';
import {createHash} from 'node:crypto';

const KEY = /^sk_test_[A-Za-z0-9]+$/;

/* Stripe's own tokens for trying. */
const methods = {
    pm_card_visa: {brand: 'visa', last4: '4242'},
    pm_card_mastercard: {brand: 'mastercard', last4: '4444'},
    pm_card_chargeDeclined: {brand: 'visa', last4: '0002', decline: 'generic_decline'},
    pm_card_visa_chargeDeclinedInsufficientFunds: {brand: 'visa', last4: '9995', decline: 'insufficient_funds'},
    pm_card_authenticationRequired: {brand: 'visa', last4: '3184', action: true},
};

class Refusal extends Error {
    constructor(status, error) {
        super(error.message);
        this.status = status;
        this.body = {error: {message: '', ...error}};
    }
}

const invalid = (message, more = {}) => new Refusal(400, {type: 'invalid_request_error', message, ...more});
const missing = (what, id) => new Refusal(404, {type: 'invalid_request_error', code: 'resource_missing', message: `No such ${what}: '${id}'`});

/* "metadata[payment]=x" → {metadata: {payment: 'x'}}. */
function parseForm(text) {
    const form = {};
    for (const [name, value] of new URLSearchParams(text)) {
        const path = name.split(/\[|\]\[|\]/).filter((part) => part !== '');
        const last = path.pop();
        let at = form;
        for (const part of path) at = at[part] ??= {};
        at[last] = value;
    }
    return form;
}

export class StripeStub {
    #server;
    #sequence = 0;
    #answers = new Map(); // by Idempotency-Key
    #held = [];
    intents = new Map();
    setups = new Map();
    customers = new Map();
    methods = new Map();
    refunds = new Map();
    events = [];
    requests = []; // {method, path, key, replayed}
    script = {lose: 0, fail: 0, skip: 0, hold: 0};

    async start() {
        this.#server = http.createServer((request, response) => this.#serve(request, response));
        await new Promise((done) => this.#server.listen(0, '127.0.0.1', done));
        this.port = this.#server.address().port;
        this.url = `http://127.0.0.1:${this.port}`;
        return this;
    }

    stop() {
        this.#server.closeAllConnections();
        return new Promise((done) => this.#server.close(done));
    }

    /* What customers have really paid, and got back. */
    charged() { return [...this.intents.values()].reduce((sum, intent) => sum + intent.amount_received, 0); }
    returned() { return [...this.refunds.values()].filter(({status}) => status === 'succeeded').reduce((sum, refund) => sum + refund.amount, 0); }
    held() { return [...this.intents.values()].reduce((sum, intent) => sum + intent.amount_capturable, 0); }

    /* Lets go the answers that `hold` has kept. */
    release() { for (const go of this.#held.splice(0)) go(); }
    holding() { return this.#held.length; }

    /* The customer does what his bank asks of him, or does not manage to. */
    authenticate(id, succeeds = true) {
        const intent = this.intents.get(id);
        if (succeeds) this.#hold(intent);
        else this.#decline(intent, 'authentication_required', 'payment_intent_authentication_failure');
    }

    /* The customer gives his card to Stripe's script in the browser. */
    pay(id, token) {
        const intent = this.intents.get(id);
        intent.payment_method = this.#method(token).id;
        this.#confirm(intent);
    }

    finishSetup(id, token) {
        const setup = this.setups.get(id), method = this.#method(token, setup.customer);
        Object.assign(setup, {status: 'succeeded', payment_method: method.id});
        this.#tell('setup_intent.succeeded', setup);
    }

    /* Somebody gives money back in Stripe's own pages. */
    refundByHand(id, amount) { return this.#refund({payment_intent: id, amount: String(amount)}); }

    #id(prefix) { return `${prefix}_stub${String(++this.#sequence).padStart(8, '0')}`; }

    #tell(type, object) {
        this.events.push({id: this.#id('evt'), object: 'event', api_version: '2024-06-20', created: Math.floor(Date.now() / 1000),
            livemode: false, pending_webhooks: 1, request: {id: null, idempotency_key: null}, type, data: {object: structuredClone(object)}});
    }

    #method(token, customer = null) {
        const known = this.methods.get(token);
        if (known) return known;
        const card = methods[token];
        if (!card) throw missing('PaymentMethod', token);
        const {brand, last4} = card;
        const method = {id: this.#id('pm'), object: 'payment_method', type: 'card', customer, livemode: false, metadata: {},
            card: {brand, last4, exp_month: 8, exp_year: 2030, funding: 'credit', country: 'US'}, billing_details: {}, created: 1};
        Object.defineProperty(method, 'behaviour', {value: card});
        this.methods.set(method.id, method);
        return method;
    }

    #hold(intent) {
        Object.assign(intent, {status: 'requires_capture', amount_capturable: intent.amount, next_action: null, last_payment_error: null,
            latest_charge: this.#id('ch')});
        this.#tell('payment_intent.amount_capturable_updated', intent);
    }

    #decline(intent, decline_code, code = 'card_declined') {
        const error = {type: 'card_error', code, decline_code, message: 'Your card was declined.', doc_url: 'https://docs.stripe.com/'};
        Object.assign(intent, {status: 'requires_payment_method', last_payment_error: error, next_action: null, payment_method: null});
        this.#tell('payment_intent.payment_failed', intent);
        return new Refusal(402, {...error, payment_intent: structuredClone(intent)});
    }

    #confirm(intent) {
        const {behaviour} = this.methods.get(intent.payment_method);
        if (behaviour.decline) throw this.#decline(intent, behaviour.decline);
        if (!behaviour.action) return this.#hold(intent);
        Object.assign(intent, {status: 'requires_action', next_action: {type: 'use_stripe_sdk', use_stripe_sdk: {type: 'stripe_3ds2_fingerprint'}}});
        return this.#tell('payment_intent.requires_action', intent);
    }

    #createIntent(form) {
        const amount = Number(form.amount);
        if (!Number.isSafeInteger(amount) || amount < 1) throw invalid('Invalid integer: amount', {param: 'amount'});
        if (!/^[a-z]{3}$/.test(form.currency ?? '')) throw invalid('Missing required param: currency.', {param: 'currency'});
        if (form.capture_method !== 'manual') throw invalid('This stub captures by hand only.', {param: 'capture_method'});
        if (form.customer && !this.customers.has(form.customer)) throw missing('customer', form.customer);
        const id = this.#id('pi');
        const intent = {id, object: 'payment_intent', amount, amount_capturable: 0, amount_received: 0, amount_details: {tip: {}},
            automatic_payment_methods: form.automatic_payment_methods ? {enabled: true, allow_redirects: 'never'} : null, canceled_at: null,
            cancellation_reason: null, capture_method: 'manual', client_secret: `${id}_secret_stub`, confirmation_method: 'automatic', created: 1,
            currency: form.currency, customer: form.customer ?? null, description: null, last_payment_error: null, latest_charge: null,
            livemode: false, metadata: form.metadata ?? {}, next_action: null, payment_method: null, payment_method_types: ['card'],
            processing: null, receipt_email: null, setup_future_usage: null, shipping: null, status: 'requires_payment_method'};
        if (form.payment_method) intent.payment_method = this.#method(form.payment_method).id;
        if (intent.payment_method && form.confirm !== 'true') intent.status = 'requires_confirmation';
        this.intents.set(id, intent);
        this.#tell('payment_intent.created', intent);
        if (form.confirm === 'true') this.#confirm(intent);
        return intent;
    }

    #unexpected(intent, verb) {
        return invalid(`This PaymentIntent could not be ${verb} because it has a status of ${intent.status}.`,
            {code: 'payment_intent_unexpected_state', payment_intent: structuredClone(intent)});
    }

    /* Somebody takes the money in Stripe's own pages. */
    take(id) { this.#capture(this.intents.get(id), {}); }

    #capture(intent, form) {
        const amount = Number(form.amount_to_capture ?? intent.amount_capturable);
        if (intent.status !== 'requires_capture') throw this.#unexpected(intent, 'captured');
        if (!(amount >= 1 && amount <= intent.amount_capturable)) throw invalid('The amount is more than can be captured.', {code: 'amount_too_large'});
        Object.assign(intent, {status: 'succeeded', amount_received: amount, amount_capturable: 0});
        this.#tell('payment_intent.succeeded', intent);
        return intent;
    }

    #cancel(intent, form) {
        if (['succeeded', 'canceled', 'processing'].includes(intent.status)) throw this.#unexpected(intent, 'canceled');
        Object.assign(intent, {status: 'canceled', amount_capturable: 0, canceled_at: 1, cancellation_reason: form.cancellation_reason ?? null});
        this.#tell('payment_intent.canceled', intent);
        return intent;
    }

    #refund(form) {
        const intent = this.intents.get(form.payment_intent);
        if (!intent) throw missing('payment_intent', form.payment_intent);
        const before = [...this.refunds.values()].filter((refund) => refund.payment_intent === intent.id && refund.status === 'succeeded');
        const left = intent.amount_received - before.reduce((sum, refund) => sum + refund.amount, 0);
        const amount = Number(form.amount ?? left);
        if (left === 0) throw invalid('Charge has already been refunded.', {code: 'charge_already_refunded'});
        if (!(amount >= 1 && amount <= left)) throw invalid('Refund amount is greater than unrefunded amount on charge.', {param: 'amount'});
        const refund = {id: this.#id('re'), object: 'refund', amount, charge: intent.latest_charge, created: 1, currency: intent.currency,
            metadata: form.metadata ?? {}, payment_intent: intent.id, reason: null, receipt_number: null, status: 'succeeded'};
        this.refunds.set(refund.id, refund);
        this.#tell('refund.created', refund);
        this.#tell('charge.refunded', {id: intent.latest_charge, object: 'charge', payment_intent: intent.id, amount_refunded: intent.amount_received - left + amount});
        return refund;
    }

    #createSetup(form) {
        if (form.customer && !this.customers.has(form.customer)) throw missing('customer', form.customer);
        const id = this.#id('seti');
        const setup = {id, object: 'setup_intent', client_secret: `${id}_secret_stub`, created: 1, customer: form.customer ?? null,
            last_setup_error: null, livemode: false, metadata: form.metadata ?? {}, next_action: null, payment_method: null,
            payment_method_types: ['card'], status: 'requires_payment_method', usage: form.usage ?? 'off_session'};
        this.setups.set(id, setup);
        return setup;
    }

    #createCustomer(form) {
        const customer = {id: this.#id('cus'), object: 'customer', created: 1, email: form.email ?? null, livemode: false, metadata: form.metadata ?? {}};
        this.customers.set(customer.id, customer);
        return customer;
    }

    #deleteCustomer({id}) {
        this.customers.delete(id);
        for (const method of this.methods.values()) if (method.customer === id) method.customer = null;
        return {id, object: 'customer', deleted: true};
    }

    #listRefunds(query) {
        const of = query.get('payment_intent');
        const data = [...this.refunds.values()].filter((refund) => !of || refund.payment_intent === of).reverse();
        return {object: 'list', url: '/v1/refunds', has_more: false, data};
    }

    #route(method, path, query, form) {
        const [, version, what, id, verb] = path.split('/');
        if (version !== 'v1') throw missing('path', path);
        const found = (map, name) => map.get(id) ?? (() => { throw missing(name, id); })();
        switch (`${method} ${what}${id ? '/id' : ''}${verb ? `/${verb}` : ''}`) {
            case 'POST customers': return this.#createCustomer(form);
            case 'DELETE customers/id': return this.#deleteCustomer(found(this.customers, 'customer'));
            case 'POST payment_intents': return this.#createIntent(form);
            case 'GET payment_intents/id': return found(this.intents, 'payment_intent');
            case 'POST payment_intents/id/capture': return this.#capture(found(this.intents, 'payment_intent'), form);
            case 'POST payment_intents/id/cancel': return this.#cancel(found(this.intents, 'payment_intent'), form);
            case 'POST setup_intents': return this.#createSetup(form);
            case 'GET setup_intents/id': return found(this.setups, 'setupintent');
            case 'GET payment_methods/id': return found(this.methods, 'PaymentMethod');
            case 'POST payment_methods/id/detach': return Object.assign(found(this.methods, 'PaymentMethod'), {customer: null});
            case 'POST refunds': return this.#refund(form);
            case 'GET refunds': return this.#listRefunds(query);
            default: throw missing('path', path);
        }
    }

    /* {status, text}: the answer, by the rules of Idempotency-Key. */
    #answer(request, target, body) {
        const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
        const print = createHash('sha256').update(`${request.method} ${target.pathname}\n${body}`).digest('hex');
        const before = key && this.#answers.get(key);
        this.requests.push({method: request.method, path: target.pathname, key, replayed: Boolean(before), headers: request.headers});
        if (before && before.print !== print)
            return {status: 400, text: JSON.stringify({error: {type: 'idempotency_error', message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.'}})};
        if (before) return {...before, replayed: true};
        const answer = {print};
        try {
            if (!KEY.test((request.headers.authorization ?? '').replace(/^Bearer /, '')))
                throw new Refusal(401, {type: 'invalid_request_error', message: 'Invalid API Key provided'});
            Object.assign(answer, {status: 200, text: JSON.stringify(this.#route(request.method, target.pathname, target.searchParams, parseForm(body)))});
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            Object.assign(answer, {status: error.status, text: JSON.stringify(error.body)});
        }
        if (key && answer.status !== 401) this.#answers.set(key, answer);
        return answer;
    }

    async #serve(request, response) {
        let body = '';
        for await (const bytes of request) body += bytes;
        const target = new URL(request.url, this.url);
        const send = ({status, text, replayed}) => {
            response.writeHead(status, {'content-type': 'application/json', 'request-id': this.#id('req'), ...(replayed && {'idempotent-replayed': 'true'})});
            response.end(text);
        };
        if (this.script.fail > 0) {
            this.script.fail--;
            send({status: 500, text: JSON.stringify({error: {type: 'api_error', message: 'Something went wrong.'}})});
            return;
        }
        const answer = this.#answer(request, target, body);
        if (this.script.lose > 0) {
            this.script.lose--;
            request.socket.destroy();
        } else if (this.script.skip > 0) {
            this.script.skip--;
            send(answer);
        } else if (this.script.hold > 0) {
            this.script.hold--;
            this.#held.push(() => send(answer));
        } else {
            send(answer);
        }
    }
}
