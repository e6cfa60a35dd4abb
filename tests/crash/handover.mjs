// Restarts the server three times under load by SIGUSR2. Every request comes on a connection of its own, and every one
// must be answered well: what arrives while nobody accepts waits in the listening socket that both processes hold.

import http from 'node:http';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {makePlace, startServer} from '../golden/lib/server.mjs';

const CLIENTS = 16;
const HANDOVERS = 3;
const WAIT_MS = 20_000;
const program = process.env.SOUK ?? 'build/souk';
const place = makePlace(process.env.SOUK_TEST_DRIVER ?? 'sqlite', process.env.SOUK_TEST_PG);
const owner = () => Number(/\d+/.exec(readFileSync(join(place.folder, 'data', 'souk.lock'), 'utf8'))?.[0] ?? 0);

function get(port, path) {
    return new Promise((done, fail) => {
        const request = http.get({host: '127.0.0.1', port, path, agent: false, timeout: WAIT_MS}, (answer) => {
            answer.resume();
            answer.on('end', () => done(answer.statusCode));
            answer.on('error', fail);
        });
        request.on('timeout', () => request.destroy(new Error('no answer')));
        request.on('error', fail);
    });
}

/* Until `happened()`; looks again after each answer of the load, so that no time is guessed. */
async function until(happened, what) {
    const deadline = Date.now() + WAIT_MS;
    while (!happened()) {
        if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
        await new Promise((done) => setTimeout(done, 20));
    }
}

const server = await startServer(program, place, {serve: ['--log-requests=false'], env: {}});
let running = true, answered = 0;
const lost = [];
const client = async () => {
    while (running) {
        try {
            const status = await get(server.port, answered % 2 ? '/v1/products' : '/livez');
            if (status !== 200) lost.push(`status ${status}`);
            answered++;
        } catch (error) {
            lost.push(`${error.code ?? ''} ${error.message}`);
        }
    }
};
const clients = Array.from({length: CLIENTS}, client);
let number = 0;
const report = (good, name) => console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);

let pid = owner();
for (let i = 0; i < HANDOVERS; i++) {
    const before = answered, old = pid;
    await until(() => answered > before + 200, 'answers');
    process.kill(old, 'SIGUSR2');
    await until(() => owner() !== old && owner() !== 0, 'a successor that owns the folder');
    pid = owner();
    const after = answered;
    await until(() => answered > after + 200, 'answers of the successor');
    report(pid !== old, `handover ${i + 1}: a new process answers`);
}
running = false;
await Promise.all(clients);
report(lost.length === 0, `no connection was lost in ${HANDOVERS} handovers`);
for (const one of lost.slice(0, 5)) console.log(`# ${one}`);
process.kill(pid, 'SIGTERM');
await until(() => { try { process.kill(pid, 0); return false; } catch { return true; } }, 'the end of the last process');
place.remove();
console.log(`1..${number}`);
process.exitCode = lost.length ? 1 : 0;
