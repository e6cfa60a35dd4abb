// Pins the number of SQL statements of each endpoint, as /metrics counts them: a statement in a loop, or one that an
// innocent change adds to a hot path, shows here and not on somebody's bill. The same numbers on both databases.
// A request with a key costs one statement more (whose key is it): each has a fresh one, since a key that was seen lately
// is remembered.

import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {makeClient, makePlace, seed, startServer} from '../golden/lib/server.mjs';
import {cleanEnvironment} from '../lib/environment.mjs';

const program = process.env.SOUK ?? 'build/souk';
const driver = process.env.SOUK_TEST_DRIVER ?? 'sqlite';
const place = makePlace(driver, process.env.SOUK_TEST_PG);
seed(program, place, 60);
const server = await startServer(program, place, {serve: ['--log-requests=false'], env: {}});
const client = makeClient(server.port);
let number = 0, failed = false;

/* Statements of this route so far. */
async function counted(method, route) {
    const {body} = await client.send('GET', '/metrics', {authorization: `Bearer ${server.admin}`}, '');
    const line = `souk_http_request_statements_sum{method="${method}",route="${route}"} `;
    return Number(body.split('\n').find((text) => text.startsWith(line))?.slice(line.length) ?? NaN);
}

/* One that nobody has seen. */
async function freshKey() {
    const {body} = await client.send('POST', '/v1/keys', {authorization: `Bearer ${server.admin}`, 'content-type': 'application/json'},
        JSON.stringify({name: 'cost', scopes: ['*']}));
    return JSON.parse(body).token;
}

/* `counts`: a number, or one for each database where the index of words is written. */
async function costs(counts, method, route, path, {key = false, body, status = 200, headers = {}} = {}) {
    const statements = counts[driver] ?? counts;
    const before = await counted(method, route);
    const all = {...(key ? {authorization: `Bearer ${await freshKey()}`} : {}), ...(body ? {'content-type': 'application/json'} : {}), ...headers};
    const answer = await client.send(method, path, all, body instanceof Buffer ? body : body ? JSON.stringify(body) : '');
    const took = await counted(method, route) - before;
    const good = answer.status === status && took === statements;
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${statements} statements: ${method} ${path.replace(/(prod|var|cat|coll|cart|line)_\w+/g, '…')}${key ? ' with a key' : ''}`);
    if (!good) console.log(`# took ${took}, status ${answer.status} ${answer.body.slice(0, 300)}`);
    failed ||= !good;
    return /json$/.test(answer.headers['content-type'] ?? '') ? JSON.parse(answer.body) : null;
}

const page = await costs(1, 'GET', '/v1/products', '/v1/products?limit=20');
const one = page.data[0].id;
await costs(1, 'GET', '/v1/products', '/v1/products?limit=50');
await costs(4, 'GET', '/v1/products', '/v1/products?limit=50&currency=EUR');
await costs(5, 'GET', '/v1/products', '/v1/products?status=active&limit=50', {key: true});
await costs(1, 'GET', '/v1/products/{id:prod}', `/v1/products/${one}`);
await costs(5, 'GET', '/v1/products/{id:prod}', `/v1/products/${one}?currency=EUR`);
await costs(5, 'GET', '/v1/products/{id:prod}', `/v1/products/${one}`, {key: true});
await costs(0, 'GET', '/v1/products', '/v1/products?limit=1000', {status: 422});
await costs(0, 'GET', '/livez', '/livez');
await costs(1, 'POST', '/v1/products', '/v1/products', {key: true, body: {title: ''}, status: 422});
/* Whose key; product; variant, price, its item and its level; document, words (three or four), facts, what has changed, the
 * event; four for the answer. */
const made = await costs({sqlite: 18, postgresql: 17}, 'POST', '/v1/products', '/v1/products', {key: true, status: 201, body: {
    title: 'Cup', status: 'active', variants: [{sku: 'c1', prices: [{currency: 'EUR', amount: 100}]}]}});
/* Whose key; its version, and four to read it; product, its categories; old documents and facts; translations, document,
 * words, facts, what has changed, the event. */
await costs({sqlite: 18, postgresql: 17}, 'PATCH', '/v1/products/{id:prod}', `/v1/products/${made.id}`, {key: true, body: {title: 'Mug'}});
const cup = made.variants[0].id;
const level = [`PUT`, '/v1/variants/{id:var}/stock/{location:loc}', `/v1/variants/${cup}/stock/loc_0000000000001`];
/* Whose key; a level that is not there, held, read with what has expired. */
await costs(5, 'PUT', '/v1/variants/{id:var}/stock/{location:loc}', `/v1/variants/var_0000000000001/stock/loc_0000000000001`,
    {key: true, body: {on_hand: 3}, status: 404});
/* Whose key; the level is made if there is none, held, read with what has expired, written, why, read; and since the variant
 * can be had now: the item, the product is held, four to read it, published with seven: its words are as they were; two events in one. */
await costs(22, ...level, {key: true, body: {on_hand: 3}});
await costs(8, ...level, {key: true, body: {on_hand: 4}});
/* From few to plenty: no variant is back, so one event. */
await costs(22, ...level, {key: true, body: {on_hand: 100}});
/* A reservation while plenty is left: whose key; what is promised to him already, the guarded update, the promise. Lines of one
 * variant are one. PostgreSQL looks, in the round trip of the first, whether far more is left than all others can take. */
const hold = (...quantities) => ({key: true, status: 201, body: {lines: quantities.map((quantity) => ({variant: cup, quantity}))}});
await costs({sqlite: 4, postgresql: 5}, 'POST', '/v1/stock-holds', '/v1/stock-holds', hold(1));
await costs({sqlite: 4, postgresql: 5}, 'POST', '/v1/stock-holds', '/v1/stock-holds', hold(1, 2));
/* Nearly sold out: the guarded update finds too little; looked at with what has expired and what is his; held, and the same again;
 * the promise, the level, the item; the product held, four to read it, published with seven; two events in one. */
await costs({sqlite: 26, postgresql: 27}, 'POST', '/v1/stock-holds', '/v1/stock-holds', hold(91));
/* Sold out: nothing is held. */
await costs({sqlite: 6, postgresql: 7}, 'POST', '/v1/stock-holds', '/v1/stock-holds', {...hold(6), status: 409});
/* A tree of categories: read whole by one statement, a category with its way by two. */
await costs(1, 'GET', '/v1/categories', '/v1/categories');
/* Whose key; the tree taken and read; the category, room for it, the news; two to read it for the answer. */
const root = await costs(8, 'POST', '/v1/categories', '/v1/categories', {key: true, status: 201, body: {title: 'Root'}});
const leaf = await costs(8, 'POST', '/v1/categories', '/v1/categories', {key: true, status: 201, body: {title: 'Leaf', parent: root.id}});
await costs(2, 'GET', '/v1/categories/{id:cat}', `/v1/categories/${leaf.id}`);
await costs(3, 'GET', '/v1/categories/by-handle/{handle}', '/v1/categories/by-handle/leaf');
await costs(9, 'PATCH', '/v1/categories/{id:cat}', `/v1/categories/${leaf.id}`, {key: true, body: {title: 'Leaves'}});
await costs(14, 'PATCH', '/v1/categories/{id:cat}', `/v1/categories/${leaf.id}`, {key: true, body: {parent: null}});
/* Collections: a page by one statement. */
const coll = await costs(3, 'POST', '/v1/collections', '/v1/collections', {key: true, status: 201, body: {title: 'By hand'}});
await costs(1, 'GET', '/v1/collections', '/v1/collections?limit=50');
await costs(1, 'GET', '/v1/collections/{id:coll}', `/v1/collections/${coll.id}`);
await costs(2, 'GET', '/v1/collections/by-handle/{handle}', '/v1/collections/by-handle/by-hand');
const members = `/v1/collections/${coll.id}/products`;
/* Whose key; the collection taken and read; who is in it; for each that comes: does it exist, its place; the news of all. */
await costs(7, 'POST', '/v1/collections/{id:coll}/products', members, {key: true, body: {products: [made.id]}});
await costs(5, 'POST', '/v1/collections/{id:coll}/products', members, {key: true, body: {products: [made.id]}});
await costs(3, 'GET', '/v1/collections/{id:coll}/products', members, {key: true});
await costs(2, 'GET', '/v1/price-lists', '/v1/price-lists', {key: true});
/* Whose key; how many there are, the list, the news; the key of who acts, which his first entry makes, and the entry. */
const list = await costs(7, 'POST', '/v1/price-lists', '/v1/price-lists', {key: true, status: 201, body: {name: 'Trade'}});
/* The trail: whose key, the entries, the keys of their persons. */
await costs(3, 'GET', '/v1/audit', '/v1/audit', {key: true});
await costs(3, 'GET', '/v1/audit', `/v1/audit?subject=${list.id}`, {key: true});
/* A picture with two thumbnails; the same one again; its list; a file of it. */
const form = Buffer.concat([Buffer.from('--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'),
    readFileSync('tests/golden/media/shirt.jpg'), Buffer.from('\r\n--b--\r\n')]);
const upload = {key: true, body: form, headers: {'content-type': 'multipart/form-data; boundary=b'}};
const picture = await costs(5, 'POST', '/v1/media', '/v1/media', {...upload, status: 201});
await costs(3, 'POST', '/v1/media', '/v1/media', upload);
await costs(3, 'GET', '/v1/media', '/v1/media?limit=50', {key: true});
await costs(1, 'GET', '/media/{name}', picture.url);
await costs(1, 'GET', '/media/{name}', picture.thumbnails[0].url);
/* A guest's cart is one row. */
const cart = await costs(1, 'POST', '/v1/carts', '/v1/carts', {status: 201, body: {}});
const ownCart = {headers: {'cart-token': cart.token}};
const into = ['POST', '/v1/carts/{id:cart}/lines', `/v1/carts/${cart.id}/lines`];
const few = page.data.slice(0, 3).map((product) => ({variant: product.variants[0].id}));
/* The cart opened and counted, its lines; what the catalogue offers, its stock; the line. PostgreSQL waits once, and for the
 * commit: the first four make one round trip, since what the cart holds was guessed right, and the line travels with the commit. */
const withOne = await costs(5, ...into, {...ownCart, body: {lines: few.slice(0, 1)}});
await costs(5, ...into, {...ownCart, body: {lines: few.slice(0, 1)}});
/* However many. */
await costs(5, ...into, {...ownCart, body: {lines: few.slice(1)}});
/* The row, its lines; offers, stock. */
await costs(4, 'GET', '/v1/carts/{id:cart}', `/v1/carts/${cart.id}`, ownCart);
const line = ['/v1/carts/{id:cart}/lines/{line:line}', `/v1/carts/${cart.id}/lines/${withOne.lines[0].id}`];
await costs(5, 'PATCH', ...line, {...ownCart, body: {quantity: 3}});
/* Saying it again writes no line. */
await costs(4, 'PATCH', ...line, {...ownCart, body: {quantity: 3}});
await costs(5, 'DELETE', ...line, ownCart);
/* Opened, its lines; all of them deleted. */
await costs(3, 'DELETE', '/v1/carts/{id:cart}/lines', `/v1/carts/${cart.id}/lines`, ownCart);
/* A checkout of three lines. What was said: the cart held and read (two, and two of the catalogue), what was said before, the row. */
const address = {name: 'Ann', line1: 'Long Lane 1', city: 'Berlin', country: 'DE'};
async function checkOut(key, pinned) {
    const [buyer] = [JSON.parse((await client.send('POST', '/v1/carts', {'content-type': 'application/json'}, '{}')).body)];
    const own = {headers: {'cart-token': buyer.token}}, desk = ['/v1/carts/{id:cart}/checkout', `/v1/carts/${buyer.id}/checkout`];
    await costs(5, 'POST', '/v1/carts/{id:cart}/lines', `/v1/carts/${buyer.id}/lines`, {...own, body: {lines: few}});
    await costs(5, 'GET', ...desk, own);
    const {cart: {totals}} = await costs(6, 'PATCH', ...desk, {...own,
        body: {email: 'ann@example.com', shipping_address: address, shipping_rate: 'standard', payment: {provider: 'test', method: 'tok_ok'}}});
    const complete = {headers: {'cart-token': buyer.token, 'idempotency-key': key, 'content-type': 'application/json'},
        body: {expected_total: totals.total, currency: 'EUR'}};
    const path = ['POST', '/v1/carts/{id:cart}/checkout/complete', `${desk[1]}/complete`];
    if (!pinned) return client.send('POST', path[2], complete.headers, JSON.stringify(complete.body));
    /* Every row is written once, as it is in the end.
     * validate, 6: was it here before; the cart held and read (two), offers and stock, what was said. PostgreSQL locks the subject first.
     * reserve, 4: each of the three taken, all of them promised; the savepoint around is not counted. PostgreSQL looks first whether far more
     * is left.
     * commit, 9: the order, its lines, its timeline, the job of its mail; the book (the transaction, the entries and what is to be folded of
     * them; its accounts are known); the payment; the cart closed.
     * release, 1: what was said forgotten. The saga; both events. The answer is known. */
    await costs({sqlite: 22, postgresql: 24}, ...path, {...complete, status: 201});
    /* Was it here before, how did it end: the order; and whose is the cart. */
    await costs({sqlite: 10, postgresql: 11}, ...path, {...complete, status: 201});
}
await checkOut('first', false); // makes the accounts of the book, which are known then
await checkOut('second', true);
/* Tokens. A log-in is not pinned: now and then it sweeps sessions that are over. */
const password = 'a password of mine';
const added = spawnSync(program, ['user', 'add', 'ann@shop.example', '-', '--name', 'Ann', '--data', join(place.folder, 'data')],
    {env: {...cleanEnvironment(), ...place.env}, input: `${password}\n`, encoding: 'utf8'});
if (added.status !== 0) throw new Error(`souk user add: ${added.stderr}`);
const formOf = (fields) => ({body: Buffer.from(String(new URLSearchParams(fields))), headers: {'content-type': 'application/x-www-form-urlencoded'}});
async function token(fields) {
    const {body, headers} = formOf(fields);
    return JSON.parse((await client.send('POST', '/v1/oauth/token', headers, body)).body);
}
/* Whose key; how many there are, has the key an end, the client; the key of who acts, which his first entry makes, and the entry. */
const importer = await costs(7, 'POST', '/v1/oauth/clients', '/v1/oauth/clients', {key: true, status: 201, body: {
    name: 'Import', grants: ['client_credentials'], scopes: ['products:read']}});
const own = {grant_type: 'client_credentials', client_id: importer.id, client_secret: importer.secret};
await token(own); // makes the first signing key
/* The client; the client again, the keys that sign. */
await costs(3, 'POST', '/v1/oauth/token', '/v1/oauth/token', formOf(own));
await costs(1, 'POST', '/v1/oauth/token', '/v1/oauth/token', {...formOf({...own, client_secret: 'x'}), status: 401});
const hers = {client_id: 'client_0000000000001'};
const logged = await token({...hers, grant_type: 'password', username: 'ann@shop.example', password});
/* The client; the client again, what it was given, its session, counted on, the session's use, who acts in it, the keys that sign. */
const next = await costs(8, 'POST', '/v1/oauth/token', '/v1/oauth/token', formOf({...hers, grant_type: 'refresh_token', refresh_token: logged.refresh_token}));
/* The client; the keys that verify, the client whose it is. */
const {access_token: mine} = await token(own);
await costs(3, 'POST', '/v1/oauth/introspect', '/v1/oauth/introspect', formOf({token: mine, client_id: own.client_id, client_secret: own.client_secret}));
/* The client; what it was given, its session; the session is ended, the news. */
await costs(5, 'POST', '/v1/oauth/revoke', '/v1/oauth/revoke', formOf({...hers, token: next.refresh_token}));
await costs(1, 'GET', '/.well-known/jwks.json', '/.well-known/jwks.json');
await costs(0, 'GET', '/.well-known/openid-configuration', '/.well-known/openid-configuration');
client.close();
const end = await server.stop();
place.remove();
console.log(`${end === '' ? 'ok' : 'not ok'} ${++number} - the server ends well`);
console.log(`1..${number}`);
process.exitCode = failed || end ? 1 : 0;
