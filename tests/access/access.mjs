// Tries every route of the program as nobody, as keys that may do everything but this and nothing but this, and as people: one who
// may nothing in particular, one whose object it is (it is really there), and an owner of the shop. What must come is read from the row (`souk routes --json`), so a new route is
// tried by existing. Which routes are open to everybody stands in public.txt, beside this file: a route that becomes public
// changes that file, where a reviewer sees it.
//
//     row                 | nobody | all but the permission | only the permission | eve | ann, whose it is | olga, who owns the shop
//     everybody           | in     | in                     | in                  | in  |                  |
//     permission          | 401    | 403                    | in                  | 403 |                  | in
//     user                | 401    | 403 (a key is none)    | 403                 | in  |                  |
//     user with permission| 401    | 403                    | 403                 | 403 |                  | in
//     owner               | 401    | 404                    | 404                 | 404 | there            |
//     owner or permission | 401    | 404                    | in                  | 404 | there            | there
//
// "In" is any answer but 401 and 403: objects that the paths name do not exist, and there are no bodies. "There" is none of these and
// no 404 either. Whatever a person may write is also tried as another site would make the browser send it: with the cookie and without
// the token against forgery, which is 403.

import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {cleanEnvironment} from '../lib/environment.mjs';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';

const program = process.env.SOUK ?? 'build/souk';
const place = makePlace(process.env.SOUK_TEST_DRIVER ?? 'sqlite', process.env.SOUK_TEST_PG);
const unlimited = {SOUK_LIMITS_READS_PER_MINUTE: '0', SOUK_LIMITS_WRITES_PER_MINUTE: '0', SOUK_LIMITS_KEY_REQUESTS_PER_MINUTE: '0'};
const server = await startServer(program, place, {serve: ['--log-requests=false'], env: unlimited});
const client = makeClient(server.port);
let number = 0, failed = false;

function report(good, name, why) {
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
    if (!good) console.log(`# ${why}`);
    failed ||= !good;
}

const listed = spawnSync(program, ['routes', '--json'], {encoding: 'utf8'});
if (listed.status !== 0) throw new Error(`souk routes: ${listed.stderr}`);
const routes = JSON.parse(listed.stdout);

/* ---- Keys: one for each set of permissions ---- */

async function administer(method, path, body) {
    const answer = await client.send(method, path, {authorization: `Bearer ${server.admin}`, 'content-type': 'application/json'},
        body ? JSON.stringify(body) : '');
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
}

const all = (await administer('GET', '/v1/permissions')).data.map((permission) => permission.name);
const keys = new Map();

async function keyWith(scopes) {
    const name = scopes.join(' ');
    if (!keys.has(name)) keys.set(name, (await administer('POST', '/v1/keys', {name: 'access', scopes})).token);
    return keys.get(name);
}

const allBut = (permission) => keyWith(all.filter((name) => name !== permission));

/* ---- People, logged in as browsers are ---- */

const PASSWORD = 'a password of theirs';
const devices = new Map();

function makePerson(name, role) {
    const flags = ['--data', join(place.folder, 'data'), ...(role ? ['--role', role] : [])];
    const run = spawnSync(program, ['user', 'add', `${name}@shop.example`, '-', ...flags],
        {input: PASSWORD, encoding: 'utf8', env: {...cleanEnvironment(), ...place.env}});
    if (run.status !== 0) throw new Error(`souk user add: ${run.stderr}`);
}

const pairOf = (answer, name) => answer.headers['set-cookie'].find((line) => line.startsWith(`${name}=`)).split(';')[0];

/* What a page of the person sends with each request, and the id of the session. His device is known, so he may log in often. */
async function logIn(name) {
    const headers = {'content-type': 'application/json', cookie: devices.get(name) ?? ''};
    const answer = await client.send('POST', '/v1/sessions', headers, JSON.stringify({email: `${name}@shop.example`, password: PASSWORD}));
    if (answer.status !== 200) throw new Error(`${name} cannot log in: ${answer.status} ${answer.body}`);
    devices.set(name, pairOf(answer, 'souk_device'));
    const cookie = pairOf(answer, 'souk');
    const session = JSON.parse((await client.send('GET', '/v1/sessions/current', {cookie}, '')).body);
    return {cookie, 'x-csrf-token': session.csrf_token, session: session.id, user: session.user_id};
}

const known = new Map();

/* The same, of a session that he has already, unless a route has ended it. */
async function identityOf(name) {
    const {cookie} = known.get(name) ?? {};
    if (!cookie || (await client.send('GET', '/v1/sessions/current', {cookie}, '')).status !== 200) known.set(name, await logIn(name));
    return known.get(name);
}

makePerson('eve', '');
makePerson('ann', '');
makePerson('olga', 'owner');

/* Objects of ann's, by the prefix of their ids: a route with an owner rule wants one to be tried with. */
const objects = {
    sess: async () => (await logIn('ann')).session,
    user: async () => (await logIn('ann')).user,
    ord: async () => (await administer('POST', '/v1/orders', {customer: (await identityOf('ann')).user, email: 'ann@shop.example',
        currency: 'EUR', lines: [{title: 'Sample', quantity: 1, unit_price: 0}]})).id,
};

/* Parts of them, where a path names both. */
const parts = {
    addr: async () => (await administer('POST', `/v1/users/${(await identityOf('ann')).user}/addresses`,
        {address: {name: 'Ann', line1: '1', city: 'Oslo', country: 'NO'}})).id,
    saved: async () => {
        const {cookie, 'x-csrf-token': token, user} = await identityOf('ann');
        const headers = {cookie, 'x-csrf-token': token, 'content-type': 'application/json'};
        return JSON.parse((await client.send('POST', `/v1/users/${user}/payment-methods`, headers, '{"provider": "test"}')).body).id;
    },
};

/* ---- Requests that get as far as the gate ---- */

/* An object that is not there, or that is nobody's: a made-up id, a made-up word. The first ids may be real ones. */
const pathOf = (route, ids = []) => ids.reduce((path, id) => path.replace(/\{[a-z_]+:[a-z]+\}/, id), route.path)
    .replace(/\{[a-z_]+:([a-z]+)\}/g, '$1_0000000000zzz').replace(/\{[a-z_]+\}/g, 'x');

async function statusOf(route, identity, ids) {
    const headers = {...identity};
    const type = route.takes || (route.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const writes = !['GET', 'DELETE'].includes(route.method);
    if (writes) headers['content-type'] = type.startsWith('multipart/') ? `${type}; boundary=b` : type;
    const answer = await client.send(route.method, pathOf(route, ids), headers, '');
    /* Who is refused for what his token is not for (RFC 6750 §3.1) has been let in before that was asked. */
    return /insufficient_scope/.test(answer.headers['www-authenticate'] ?? '') ? 'another scope' : answer.status;
}

const isIn = (status) => status !== 401 && status !== 403;
const isThere = (status) => isIn(status) && status !== 404;
const expected = {
    everybody: {nobody: isIn, without: isIn, with: isIn, eve: isIn},
    permission: {nobody: 401, without: 403, with: isIn, eve: 403, olga: isIn},
    user: {nobody: 401, without: 403, with: 403, eve: isIn},
    'user with permission': {nobody: 401, without: 403, with: 403, eve: 403, olga: isIn},
    owner: {nobody: 401, without: 404, with: 404, eve: 404, ann: isThere},
    'owner or permission': {nobody: 401, without: 404, with: isIn, eve: 404, ann: isThere, olga: isThere},
};
const words = new Map([[isIn, 'neither 401 nor 403'], [isThere, 'neither 401, 403 nor 404']]);

async function tryAs(route, who, identity, want, ids) {
    const status = await statusOf(route, identity, ids);
    const good = typeof want === 'function' ? want(status) : status === want;
    report(good, `${route.method} ${route.path} (${route.who}): ${who}`, `answered ${status}, wanted ${words.get(want) ?? want}`);
}

async function tryAsPerson(route, who, want) {
    const [prefix, part] = /owner/.test(route.who) ? [...route.path.matchAll(/\{[a-z_]+:([a-z]+)\}/g)].map((found) => found[1]) : [];
    if (prefix && !objects[prefix]) throw new Error(`${route.path}: nobody knows how ann gets an object ${prefix}_…; tell "objects" in access.mjs`);
    const ids = prefix ? [await objects[prefix](), ...(parts[part] ? [await parts[part]()] : [])] : [];
    const {cookie, 'x-csrf-token': token} = await identityOf(who);
    if (route.method !== 'GET' && route.who !== 'everybody') await tryAs(route, `${who}, by another site`, {cookie}, 403, ids);
    await tryAs(route, who, route.method === 'GET' ? {cookie} : {cookie, 'x-csrf-token': token}, want, ids);
}

async function tryRoute(route) {
    const wanted = expected[route.who];
    if (!wanted) throw new Error(`${route.method} ${route.path}: nobody knows what "${route.who}" means`);
    const tokens = {nobody: '', without: await allBut(route.permission), with: await keyWith(route.permission ? [route.permission] : [])};
    for (const [who, token] of Object.entries(tokens))
        await tryAs(route, who, token ? {authorization: `Bearer ${token}`} : {}, wanted[who]);
    for (const who of ['eve', 'ann', 'olga']) if (wanted[who]) await tryAsPerson(route, who, wanted[who]);
}

/* Routes that find out by themselves who asks answer in their own way. Those of OAuth's clients: 401 to nobody, and to a key, which is
 * no client. The others are pages on a client's way. */
const own = routes.filter((route) => route.who === 'itself');
const none = {nobody: {}, 'a key': {authorization: `Bearer ${await keyWith(['metrics:read'])}`}};
for (const route of own.filter(({path}) => path.startsWith('/v1/')))
    for (const [who, headers] of Object.entries(none)) {
        const {status, body} = await client.send(route.method, pathOf(route), {...headers, 'content-type': route.takes}, 'token=x&grant_type=client_credentials');
        report(status === 401 && JSON.parse(body).error === 'invalid_client', `${route.method} ${route.path} (itself): ${who}`, `answered ${status} ${body}`);
    }
for (const route of routes) if (!own.includes(route)) await tryRoute(route);

const open = routes.filter((route) => ['everybody', 'itself'].includes(route.who)).map((route) => `${route.method} ${route.path}`).sort();
const pinned = readFileSync(new URL('public.txt', import.meta.url), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
const opened = open.filter((line) => !pinned.includes(line)), closed = pinned.filter((line) => !open.includes(line));
report(!opened.length, 'no route is open that public.txt does not name', `open now: ${opened.join(', ')}`);
report(!closed.length, 'public.txt names no route that is not open', `not open: ${closed.join(', ')}`);

console.log(`1..${number}`);
client.close();
const end = await server.stop();
place.remove();
if (end) console.log(`# the server ${end}`);
process.exit(failed || end ? 1 : 0);
