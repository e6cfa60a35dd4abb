// Kills the server with SIGKILL while 64 clients create products, starts it again, and asks: is every product there
// that was acknowledged, and is every product that is there whole (with its variant and its price)?
//
// Kills come from outside after a number of acknowledgements that a seeded generator chooses, and from inside at every
// fault point of the database, the list taken from `souk faults`: a new step is killed without a new test.

import {spawnSync} from 'node:child_process';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';

const WRITERS = 64;
const ROUNDS = Number(process.env.SOUK_TEST_CRASH_ROUNDS ?? 4); // kills from outside
const program = process.env.SOUK ?? 'build/souk';
const driver = process.env.SOUK_TEST_DRIVER ?? 'sqlite';

let seed = Number(process.env.SOUK_TEST_CRASH_SEED ?? 20261121);
const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % below;
};

const product = (name) => ({
    title: name, handle: name, status: 'active', options: [{name: 'Size', values: ['S']}],
    variants: [{sku: name, options: ['S'], prices: [{currency: 'EUR', amount: 100}]}],
});

/* One client: creates products until the server is gone; notes what was acknowledged, and what it had asked. */
async function write(server, admin, writer, round, asked, acknowledged, onAnswer) {
    const client = makeClient(server.port);
    const headers = {authorization: `Bearer ${admin}`, 'content-type': 'application/json'};
    try {
        for (let n = 0; ; n++) {
            const name = `r${round}-w${writer}-n${n}`;
            asked.add(name);
            const answer = await client.send('POST', '/v1/products', headers, JSON.stringify(product(name)));
            if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
            acknowledged.set(name, JSON.parse(answer.body).id);
            onAnswer();
        }
    } catch (error) {
        if (!/ECONNRESET|ECONNREFUSED|EPIPE|socket hang up/.test(`${error.code} ${error.message}`)) throw error;
    } finally {
        client.close();
    }
}

const whole = (found, name) => found.handle === name && found.variants.length === 1 && found.variants[0].sku === name &&
    found.variants[0].prices.length === 1 && found.variants[0].prices[0].amount === 100;

/* Everything that the server now has, by handle. */
async function readAll(server) {
    const client = makeClient(server.port);
    const all = new Map();
    for (let target = '/v1/products?limit=100'; target;) {
        const answer = await client.send('GET', target, {}, '');
        if (answer.status !== 200) throw new Error(`${target}: ${answer.status} ${answer.body}`);
        const page = JSON.parse(answer.body);
        for (const found of page.data) all.set(found.handle, found);
        target = page.has_more ? `/v1/products?limit=100&cursor=${page.next_cursor}` : '';
    }
    client.close();
    return all;
}

function judge(all, asked, acknowledged) {
    const problems = [];
    for (const [name, id] of acknowledged) {
        const found = all.get(name);
        if (!found) problems.push(`${name} was acknowledged and is lost`);
        else if (found.id !== id) problems.push(`${name} is ${found.id}, was acknowledged as ${id}`);
    }
    for (const [name, found] of all) {
        if (!asked.has(name)) problems.push(`${name} is there and was never asked for`);
        else if (!whole(found, name)) problems.push(`${name} is not whole: ${JSON.stringify(found)}`);
    }
    return problems;
}

/* A server that will die at the N-th pass of the fault point, or '' for none. A start passes some points too, and more of them the
 * longer it takes: where it dies of that, later passes are meant. */
async function startMortal(place, fault) {
    for (let pass = 12 + random(20); ; pass *= 2) {
        const serve = ['--log-requests=false', ...(fault ? ['--fault', `${fault}=kill@${pass}`] : [])];
        try {
            return await startServer(program, place, {serve, env: {}});
        } catch (error) {
            if (!fault || !/ended at its start \(SIGKILL\)/.test(error.message)) throw error;
        }
    }
}

async function main() {
    const place = makePlace(driver, process.env.SOUK_TEST_PG);
    const faults = JSON.parse(spawnSync(program, ['faults', '--json'], {encoding: 'utf8'}).stdout)
        .filter((row) => row.name.startsWith('db.') && (driver === 'postgresql' || !row.moment.startsWith('PostgreSQL')))
        .map((row) => row.name);
    const deaths = [...Array(ROUNDS).fill(''), ...faults];
    const asked = new Set(), acknowledged = new Map();
    let admin = '', number = 0, failed = false;
    const report = (problems, name) => {
        console.log(`${problems.length ? 'not ok' : 'ok'} ${++number} - ${name}`);
        for (const problem of problems.slice(0, 10)) console.log(`# ${problem}`);
        failed ||= problems.length > 0;
    };
    for (const [round, fault] of deaths.entries()) {
        const server = await startMortal(place, fault);
        admin ||= server.admin;
        const until = 100 + random(1500), before = acknowledged.size;
        let left = until;
        const writers = Array.from({length: WRITERS}, (_, writer) => write(server, admin, writer, round, asked, acknowledged,
            () => { if (!fault && --left === 0) server.kill(); }));
        await Promise.all(writers);
        await server.kill(); // its sockets are gone before its hold on the folder is
        const again = await startServer(program, place, {serve: ['--log-requests=false'], env: {}});
        const all = await readAll(again);
        const stopped = await again.stop();
        const problems = judge(all, asked, acknowledged);
        if (stopped) problems.push(`after the restart: ${stopped}`);
        if (!fault && acknowledged.size - before < until) problems.push('the server ended before it was killed');
        const how = fault ? `died at ${fault}` : `killed after ${until} acknowledgements`;
        report(problems, `${how}: ${acknowledged.size} acknowledged so far, all there and whole`);
    }
    place.remove();
    console.log(`1..${number}`);
    process.exitCode = failed ? 1 : 0;
}

await main();
