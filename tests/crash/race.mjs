// Several writers of one product at the same time: each change counts, none is lost, and If-Match lets one through.
//
// Each commit is held up for a moment, so that on PostgreSQL, where every writer has a transaction of its own, those who
// come meanwhile find the change under way and not yet to be seen.

import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';

const WRITERS = 8;
const program = process.env.SOUK ?? 'build/souk';
const place = makePlace(process.env.SOUK_TEST_DRIVER ?? 'sqlite', process.env.SOUK_TEST_PG);
const server = await startServer(program, place, {serve: ['--fault', 'db.commit.before=delay:100'], env: {}});
const clients = Array.from({length: WRITERS}, () => makeClient(server.port));
let number = 0, failed = false;

function report(good, name, detail = '') {
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
    if (!good) console.log(`# ${detail}`);
    failed ||= !good;
}

async function send(client, method, path, body, headers = {}) {
    const all = {authorization: `Bearer ${server.admin}`, ...(body ? {'content-type': 'application/json'} : {}), ...headers};
    const answer = await client.send(method, path, all, body ? JSON.stringify(body) : '').catch((error) => ({status: 0, headers: {}, body: String(error)}));
    return {status: answer.status, etag: answer.headers.etag, value: answer.body.startsWith('{') ? JSON.parse(answer.body) : answer.body};
}

const together = (write) => Promise.all(clients.map(write));
const tally = (answers) => answers.map(({status}) => status).sort().join(' ');

async function product(body) {
    const made = await send(clients[0], 'POST', '/v1/products', {status: 'active', ...body});
    const path = `/v1/products/${made.value.id}`;
    return {path, etag: made.etag, variants: made.value.variants, now: async () => (await send(clients[0], 'GET', path)).value};
}

async function oneWins() {
    const cup = await product({title: 'Cup'});
    const answers = await together((client, i) => send(client, 'PATCH', cup.path, {description: `by ${i}`}, {'if-match': cup.etag}));
    report(tally(answers) === ['200', ...Array(WRITERS - 1).fill('412')].join(' '), 'of those who have seen one version, one may change it', tally(answers));
    const won = answers.find(({status}) => status === 200)?.value, now = await cup.now();
    report(now.version === 2 && now.description === won?.description, 'the product is as that one left it', JSON.stringify(now));
}

async function allCount() {
    const plate = await product({title: 'Plate', tags: ['old']});
    const fields = [{title: 'Dish'}, {description: 'Round.'}, {tags: ['new']}, {attributes: [{name: 'Glaze', value: 'Ash'}]}];
    const answers = await together((client, i) => send(client, 'PATCH', plate.path, fields[i % fields.length]));
    const now = await plate.now();
    report(tally(answers) === Array(WRITERS).fill('200').join(' '), 'changes without If-Match are all taken', tally(answers));
    report(now.version === 1 + WRITERS && new Set(answers.map(({value}) => value.version)).size === WRITERS, 'each has a version of its own', JSON.stringify(now));
    report(now.title === 'Dish' && now.description === 'Round.' && now.tags[0] === 'new' && now.attributes.length === 1, 'none undoes another', JSON.stringify(now));
}

async function variantsMeet() {
    const sizes = Array.from({length: WRITERS}, (_, i) => `size ${i}`);
    const shirt = await product({title: 'Shirt', options: [{name: 'Size', values: sizes}]});
    const answers = await together((client, i) => send(client, 'POST', `${shirt.path}/variants`, {options: [sizes[i % 4]]}));
    const shown = await clients[0].send('GET', shirt.path, {}, '').then(({body}) => JSON.parse(body));
    report(tally(answers) === [...Array(4).fill('201'), ...Array(4).fill('422')].join(' '), 'the rules see variants that others are adding', tally(answers));
    report(shown.variants.length === 4 && shown.version === 5, 'what shoppers see has them all', JSON.stringify(shown));
}

async function changedWhileDeleted() {
    const sock = await product({title: 'Sock', variants: [{sku: 'sock'}]});
    const path = `/v1/variants/${sock.variants[0].id}`;
    const answers = await together((client, i) => i ? send(client, 'PATCH', path, {barcode: `${i}`}) : send(client, 'DELETE', path));
    report(answers[0].status === 204 && answers.every(({status}) => [200, 204, 404].includes(status)), 'a variant that is deleted meanwhile is not found', tally(answers));
    report((await sock.now()).variants?.length === 0, 'it is gone');
}

async function countedWhileDeleted() {
    const hat = await product({title: 'Hat', variants: [{sku: 'hat'}]});
    const stock = `/v1/variants/${hat.variants[0].id}/stock`;
    const answers = await together((client, i) => i ? send(client, 'PUT', `${stock}/loc_0000000000001`, {on_hand: i}) : send(client, 'DELETE', hat.path));
    report(answers[0].status === 204 && answers.every(({status}) => [200, 204, 404].includes(status)), 'stock of what is deleted meanwhile is counted or not found', tally(answers));
    report((await send(clients[0], 'GET', stock)).status === 404, 'no stock is left of it');
}

await oneWins();
await allCount();
await variantsMeet();
await changedWhileDeleted();
await countedWhileDeleted();
for (const client of clients) client.close();
const end = await server.stop();
report(end === '', 'the server ends well', end);
place.remove();
console.log(`1..${number}`);
process.exitCode = failed || end ? 1 : 0;
