// Many buyers of few things at the same time: exactly as many are sold as there are, everybody else is told so, and the books
// fit afterwards. On PostgreSQL two processes sell from one shop.

import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';

const CONNECTIONS = 24;
const program = process.env.SOUK ?? 'build/souk';
const driver = process.env.SOUK_TEST_DRIVER ?? 'sqlite';
const place = makePlace(driver, process.env.SOUK_TEST_PG);
const settings = {serve: ['--log-requests=false'], env: {}};
const servers = [await startServer(program, place, settings)];
if (driver === 'postgresql') {
    const other = {...place, folder: join(place.folder, 'other')};
    mkdirSync(join(other.folder, 'data'), {recursive: true, mode: 0o700});
    cpSync(join(place.folder, 'data', 'master.key'), join(other.folder, 'data', 'master.key'));
    servers.push(await startServer(program, other, settings));
}
const key = servers[0].admin;
const clients = Array.from({length: CONNECTIONS}, (_, i) => makeClient(servers[i % servers.length].port));
let number = 0, failed = false;

function report(good, name, detail = '') {
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
    if (!good) console.log(`# ${detail}`);
    failed ||= !good;
}

async function send(client, method, path, body) {
    const headers = {authorization: `Bearer ${key}`, ...(body ? {'content-type': 'application/json'} : {})};
    const answer = await client.send(method, path, headers, body ? JSON.stringify(body) : '');
    return {status: answer.status, value: answer.body.startsWith('{') ? JSON.parse(answer.body) : answer.body};
}

async function product(title, on_hand) {
    const made = await send(clients[0], 'POST', '/v1/products', {title, status: 'active', variants: [{sku: title}]});
    const {id} = made.value.variants[0];
    await send(clients[0], 'PUT', `/v1/variants/${id}/stock/loc_0000000000001`, {on_hand});
    return id;
}

/* `buyers` want one of each; the answers. */
async function buy(buyers, variants) {
    let left = buyers;
    const answers = [];
    await Promise.all(clients.map(async (client) => {
        while (left-- > 0)
            answers.push(await send(client, 'POST', '/v1/stock-holds', {lines: variants.map((variant) => ({variant, quantity: 1}))}));
    }));
    return answers;
}

async function soldOut(buyers, units) {
    const scarce = await product(`${units} for ${buyers}`, units), plenty = await product(`plenty for ${buyers}`, 5000);
    const variants = [scarce, plenty];
    if (buyers % 8) variants.reverse(); // whichever is named first
    const answers = await buy(buyers, variants);
    const sold = answers.filter(({status}) => status === 201), refused = answers.filter(({status, value}) => status === 409 && value.code === 'stock_short');
    report(sold.length === units && refused.length === buyers - units, `${buyers} buyers of ${units}: ${units} get one, the others are told`,
        `${sold.length} sold, ${refused.length} refused, ${JSON.stringify(answers.find((one) => ![201, 409].includes(one.status)) ?? '')}`);
    const named = refused.every(({value}) => value.errors.length === 1 && value.errors[0].pointer === `/lines/${variants.indexOf(scarce)}/quantity`);
    report(named, 'and of which line too little is there', JSON.stringify(refused[0]));
    const [level] = (await send(clients[0], 'GET', `/v1/variants/${scarce}/stock`)).value.data, [other] = (await send(clients[0], 'GET', `/v1/variants/${plenty}/stock`)).value.data;
    report(level.on_hand === units && level.reserved === units && other.reserved === units, 'what is promised is what was sold, of both', JSON.stringify([level, other]));
    const shown = JSON.parse((await clients[0].send('GET', `/v1/variants/${scarce}`, {}, '')).body);
    report(shown.availability === 'out', 'shoppers are told that it is gone', JSON.stringify(shown));
    return sold.map(({value}) => value.id);
}

/* Some leave, some are let go, by several at once. */
async function endAll(holds) {
    const once = (i, id) => i % 2 ? ['POST', `/v1/stock-holds/${id}/ship`] : ['DELETE', `/v1/stock-holds/${id}`];
    const answers = await Promise.all(holds.flatMap((id, i) => [0, 1].map((k) => send(clients[(2 * i + k) % CONNECTIONS], ...once(i, id)))));
    const done = answers.filter(({status}) => status === 204).length, gone = answers.filter(({status}) => status === 404).length;
    report(done === holds.length && gone === holds.length, 'a hold ends once, though two end it', `${done} ended, ${gone} were gone`);
}

await soldOut(12, 1);
const holds = await soldOut(100, 7);
await soldOut(1000, 100);
await endAll(holds);
for (const client of clients) client.close();
const ends = await Promise.all(servers.map((server) => server.stop()));
report(ends.every((end) => end === ''), 'the servers end well', ends.join(' '));
const check = spawnSync(program, ['check', '--data', join(place.folder, 'data')], {env: {...process.env, ...place.env}, encoding: 'utf8'});
report(check.status === 0, 'and the laws hold', check.stdout + check.stderr);
place.remove();
console.log(`1..${number}`);
process.exitCode = failed ? 1 : 0;
