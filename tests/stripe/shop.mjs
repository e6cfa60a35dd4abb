// A shop that is paid by the stub of Stripe, and what its tests ask of it.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import Stripe from 'stripe';
import {cleanEnvironment, PATIENCE_MS} from '../lib/environment.mjs';
import {makePlace, startServer} from '../golden/lib/server.mjs';
import {StripeStub} from './stub.mjs';

export const key = 'sk_test_51StubOfStripe', secret = 'whsec_stub';
export const program = process.env.SOUK ?? 'build/souk';
const limits = Object.fromEntries(['READS', 'WRITES', 'KEY_REQUESTS'].map((name) => [`SOUK_LIMITS_${name}_PER_MINUTE`, '0']));
const signer = new Stripe(key);

/* Until `look` says something. */
export async function wait(look) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > end) throw new Error('it did not come');
        await pause(20);
    }
}

export class Shop {
    logs = '';

    async start() {
        this.stub = await new StripeStub().start();
        this.place = makePlace(process.env.SOUK_TEST_DRIVER ?? 'sqlite', process.env.SOUK_TEST_PG);
        this.settings = {serve: [], env: {...limits, SOUK_PAYMENTS_STRIPE_KEY: key, SOUK_PAYMENTS_STRIPE_WEBHOOK_SECRET: secret,
            SOUK_PAYMENTS_STRIPE_URL: this.stub.url, SOUK_JOBS_LEASE_S: '2'}};
        this.server = await startServer(program, this.place, this.settings);
        this.admin = this.server.admin;
        return this;
    }

    /* SIGKILL, unless it is gone already, and up again, perhaps with further arguments. */
    async kill(meanwhile = () => {}, serve = []) {
        this.logs += this.server.log();
        await this.server.kill();
        await meanwhile();
        this.server = await startServer(program, this.place, {...this.settings, serve});
    }

    /* {status, body}; as staff, unless the headers say otherwise. */
    async ask(method, path, body, headers = {}) {
        const given = {authorization: `Bearer ${this.admin}`, ...(body && {'content-type': 'application/json'}), ...headers};
        const answer = await fetch(this.server.address + path, {method, body: body && JSON.stringify(body),
            headers: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))});
        const text = await answer.text();
        return {status: answer.status, body: text ? JSON.parse(text) : null};
    }

    async get(path, headers) {
        const {status, body} = await this.ask('GET', path, undefined, headers);
        assert.equal(status, 200, `GET ${path}: ${JSON.stringify(body)}`);
        return body;
    }

    /* As Stripe sends it; the answer's status. */
    async deliver(event, {by = secret, at} = {}) {
        const payload = JSON.stringify(event);
        const header = signer.webhooks.generateTestHeaderString({payload, secret: by, ...(at && {timestamp: at})});
        const answer = await fetch(`${this.server.address}/v1/payments/webhooks/stripe`,
            {method: 'POST', body: payload, headers: {'content-type': 'application/json; charset=utf-8', 'stripe-signature': header}});
        await answer.text();
        return answer.status;
    }

    eventsOf(intent) {
        return this.stub.events.filter(({data: {object}}) => object.id === intent || object.payment_intent === intent);
    }

    command(...words) {
        return spawnSync(program, [...words, '--data', join(this.place.folder, 'data')], {env: {...cleanEnvironment(), ...this.place.env}, encoding: 'utf8'});
    }

    /* The shop's laws, and that its secrets stand in no log; then the end. */
    async end(report) {
        await report.case('the laws hold, and the account\'s key stands in no log', async () => {
            const run = this.command('check');
            assert.equal(run.status, 0, run.stdout + run.stderr);
            this.logs += this.server.log();
            for (const word of [key, secret, '_secret_stub']) assert.ok(!this.logs.includes(word), word);
        });
        const how = await this.server.stop();
        report.result('the server ends well', how === '', `${how}\n${this.server.log()}`);
        await this.stub.stop();
        this.place.remove();
    }
}
