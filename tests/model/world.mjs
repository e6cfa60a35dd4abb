// A shop under test, beside the model of what it should be.

import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {cleanEnvironment} from '../lib/environment.mjs';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';
import {Mismatch} from './engine.mjs';

const program = process.env.SOUK ?? 'build/souk';
const driver = process.env.SOUK_TEST_DRIVER ?? 'sqlite';
const REQUESTS_KEPT = 400; // of the log that a failure prints

export class World {
    static async begin(settings) {
        const world = new World();
        world.settings = settings;
        world.place = makePlace(driver, process.env.SOUK_TEST_PG);
        world.log = [];
        world.requests = 0;
        await world.start();
        world.admin = world.server.admin;
        return world;
    }

    async start() {
        this.server = await startServer(program, this.place, this.settings);
        this.client = makeClient(this.server.port);
    }

    /* The server ends, well or by SIGKILL, and comes again on what it has left. */
    async restart(signal) {
        this.client.close();
        if (signal === 'SIGKILL') await this.server.kill();
        else this.same('the server ends well', await this.server.stop(), '');
        await this.start();
    }

    async end() {
        this.client.close();
        await this.server.kill();
        this.place.remove();
    }

    souk(words, input = '') {
        const run = spawnSync(program, [...words, '--data', join(this.place.folder, 'data')],
            {env: {...cleanEnvironment(), ...this.place.env, ...this.settings.env}, encoding: 'utf8', input});
        return {status: run.status, text: run.stdout + run.stderr, out: run.stdout};
    }

    /* {status, value, headers}. `headers` beside who asks: the administrator's key unless they say otherwise. */
    async send(method, path, body, headers = {}) {
        const given = {authorization: `Bearer ${this.admin}`, ...(body === undefined ? {} : {'content-type': 'application/json'}), ...headers};
        if (given.authorization === null) delete given.authorization;
        const text = body === undefined ? '' : JSON.stringify(body);
        const answer = await this.client.send(method, path, given, text);
        const value = /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(answer.body) : answer.body;
        this.requests++;
        this.log.push(`${method} ${path} ${text}\n    → ${answer.status} ${answer.body.slice(0, 600)}`);
        if (this.log.length > REQUESTS_KEPT) this.log.shift();
        return {status: answer.status, value, headers: answer.headers};
    }

    /* The answer's value, which must have that status, and of a refusal that code. */
    async want(status, code, method, path, body, headers) {
        const answer = await this.send(method, path, body, headers);
        if (answer.status !== status || (code && answer.value.code !== code))
            throw new Mismatch(`${method} ${path} ${JSON.stringify(body) ?? ''}: ${status} ${code ?? ''} was expected; ${answer.status} ${JSON.stringify(answer.value)}`);
        return answer.value;
    }

    same(what, is, wanted) {
        if (JSON.stringify(is) !== JSON.stringify(wanted))
            throw new Mismatch(`${what}: ${JSON.stringify(wanted)} by the model, ${JSON.stringify(is)} in the shop`);
    }

    /* The laws, by the shop's own command. */
    check() {
        const {status, text} = this.souk(['check']);
        if (status !== 0) throw new Mismatch(`souk check: ${text}`);
    }
}
