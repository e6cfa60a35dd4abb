// Several writers of one thing at the same time. Of a product: each change counts, none is lost, and If-Match lets one
// through. Of the tree of categories: it stays a tree of so many levels. Of a collection: nobody's product is lost.
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

/* Of a cart: what is put into it at once is all in it, in one line; and of two who change what they have seen, one does. */
async function cartsAreFilled() {
    const mug = await product({title: 'Mug', variants: [{sku: 'mug', prices: [{currency: 'EUR', amount: 100}]}]});
    const variant = mug.variants[0].id;
    await send(clients[0], 'PUT', `/v1/variants/${variant}/stock/loc_0000000000001`, {on_hand: 1000});
    const made = await send(clients[0], 'POST', '/v1/carts', {}), path = `/v1/carts/${made.value.id}`;
    const own = {'cart-token': made.value.token};
    const added = await together((client, i) => send(client, 'POST', `${path}/lines`, {lines: [{variant, quantity: i + 1}]}, own));
    const now = async () => (await send(clients[0], 'GET', path, null, own)).value;
    const full = await now();
    report(tally(added) === Array(WRITERS).fill('200').join(' '), 'all may put something into a cart at once', tally(added));
    report(full.lines.length === 1 && full.lines[0].quantity === WRITERS * (WRITERS + 1) / 2 && full.version === 1 + WRITERS, 'all of it is in one line', JSON.stringify(full));
    const seen = await together((client, i) => send(client, 'PATCH', `${path}/lines/${full.lines[0].id}`, {quantity: i + 1, version: full.version}, own));
    const won = seen.findIndex(({status}) => status === 200);
    report(tally(seen) === ['200', ...Array(WRITERS - 1).fill('409')].join(' '), 'of those who have seen one version of a cart, one may change it', tally(seen));
    report((await now()).lines[0].quantity === won + 1, 'the cart is as that one left it');
}

async function category(title, parent = null) {
    return (await send(clients[0], 'POST', '/v1/categories', {title, parent})).value.id;
}

/* What is below a category, itself first. */
const family = async (root) => (await send(clients[0], 'GET', `/v1/categories?root=${root}`)).value.data;

async function noRing() {
    const root = await category('Ring');
    const [one, other] = [await category('One', root), await category('Other', root)];
    const answers = await together((client, i) => send(client, 'PATCH', `/v1/categories/${i % 2 ? one : other}`, {parent: i % 2 ? other : one}));
    const half = WRITERS / 2, tree = await family(root);
    report(tally(answers) === [...Array(half).fill('200'), ...Array(half).fill('409')].join(' '), 'of two categories that move below each other, one does', tally(answers));
    report(tree.length === 3 && tree[1].depth === 1 && tree[2].depth === 2, 'both are in the tree', JSON.stringify(tree));
}

async function soManyLevels() {
    const top = await category('Level 1');
    let lowest = top;
    for (let level = 2; level <= 9; level++) lowest = await category(`Level ${level}`, lowest);
    const [middle, last] = [await category('Middle'), await category('Last')];
    const answers = await together((client, i) => send(client, 'PATCH', `/v1/categories/${i % 2 ? middle : last}`, {parent: i % 2 ? lowest : middle}));
    const half = WRITERS / 2, levels = Math.max(...(await family(top)).map(({depth}) => depth + 1), ...(await family(last)).map(({depth}) => depth + 1));
    report(tally(answers) === [...Array(half).fill('200'), ...Array(half).fill('409')].join(' '), 'of two moves that are too deep together, one is done', tally(answers));
    report(levels === 10 || levels === 9, 'no category is deeper than it may be', `${levels} levels`);
}

async function siblingsMakeRoom() {
    const root = await category('Siblings');
    const answers = await together((client) => send(client, 'POST', '/v1/categories', {title: 'Same', parent: root, position: 0}));
    const tree = (await family(root)).slice(1);
    report(tally(answers) === Array(WRITERS).fill('201').join(' '), 'all may be the first of their siblings', tally(answers));
    report(tree.map(({position}) => position).join(' ') === tree.map((_, i) => i).join(' ') && tree.length === WRITERS, 'their positions have no gap', JSON.stringify(tree));
    report(new Set(tree.map(({handle}) => handle)).size === WRITERS, 'each has a handle of its own', JSON.stringify(tree));
}

async function addedWhileDeleted() {
    const root = await category('Doomed');
    const answers = await together((client, i) => i ? send(client, 'POST', '/v1/categories', {title: 'Child', parent: root}) : send(client, 'DELETE', `/v1/categories/${root}`));
    const added = answers.slice(1).filter(({status}) => status === 201).length;
    report(answers[0].status === (added ? 409 : 204) && answers.slice(1).every(({status}) => status === 201 || status === 422), 'a category gets children or goes', tally(answers));
}

async function membersMeet() {
    const made = await Promise.all(clients.map((client, i) => send(client, 'POST', '/v1/products', {title: `Member ${i}`})));
    const ids = made.map(({value}) => value.id);
    const collection = (await send(clients[0], 'POST', '/v1/collections', {title: 'Together'})).value.id, path = `/v1/collections/${collection}`;
    const added = await together((client, i) => send(client, 'POST', `${path}/products`, {products: [ids[i], ids[0]]}));
    const members = (await send(clients[0], 'GET', `${path}/products`)).value.products;
    report(tally(added) === Array(WRITERS - 1).fill('200').concat('422').join(' '), 'products are added at the same time', tally(added));
    report([...members].sort().join(' ') === [...ids].sort().join(' '), 'none is lost, and none is in it twice', JSON.stringify(members));
    const orders = clients.map((_, i) => [...ids.slice(i), ...ids.slice(0, i)]);
    const replaced = await together((client, i) => send(client, 'PUT', `${path}/products`, {products: orders[i]}));
    const now = (await send(clients[0], 'GET', `${path}/products`)).value.products.join(' '), {version} = (await send(clients[0], 'GET', path)).value;
    report(tally(replaced) === Array(WRITERS).fill('200').join(' ') && orders.some((order) => order.join(' ') === now), 'the order is that of one of those who set it', now);
    report(version === 1 + (WRITERS - 1) + WRITERS, 'each change has counted', `version ${version}`);
}

await oneWins();
await allCount();
await variantsMeet();
await changedWhileDeleted();
await countedWhileDeleted();
await cartsAreFilled();
await noRing();
await soManyLevels();
await siblingsMakeRoom();
await addedWhileDeleted();
await membersMeet();
for (const client of clients) client.close();
const end = await server.stop();
report(end === '', 'the server ends well', end);
place.remove();
console.log(`1..${number}`);
process.exitCode = failed || end ? 1 : 0;
