// Tries every route of the program as nobody, as somebody who may do everything but this, as somebody who may do nothing but
// this, and as somebody whose object it is not. What must come is read from the row (`souk routes --json`), so a new route is
// tried by existing. Which routes are open to everybody stands in public.txt, beside this file: a route that becomes public
// changes that file, where a reviewer sees it.
//
//     row                | nobody | all but the permission | only the permission
//     everybody          | in     | in                     | in
//     permission         | 401    | 403                    | in
//     user               | 401    | 403 (a key is none)    | 403
//     owner              | 401    | 404                    | 404
//     owner or permission| 401    | 404                    | in
//
// "In" is any answer but 401 and 403: objects that the paths name do not exist, and there are no bodies.

import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
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

/* ---- Requests that get as far as the gate ---- */

/* An object that is not there, or that is nobody's: a made-up id, a made-up word. */
const pathOf = (route) => route.path.replace(/\{[a-z_]+:([a-z]+)\}/g, '$1_0000000000zzz').replace(/\{[a-z_]+\}/g, 'x');

async function statusOf(route, token) {
    const headers = token ? {authorization: `Bearer ${token}`} : {};
    const type = route.takes || (route.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const writes = !['GET', 'DELETE'].includes(route.method);
    if (writes) headers['content-type'] = type.startsWith('multipart/') ? `${type}; boundary=b` : type;
    const answer = await client.send(route.method, pathOf(route), headers, '');
    return answer.status;
}

const isIn = (status) => status !== 401 && status !== 403;
const expected = {
    everybody: {nobody: isIn, without: isIn, with: isIn},
    permission: {nobody: 401, without: 403, with: isIn},
    user: {nobody: 401, without: 403, with: 403},
    'user with permission': {nobody: 401, without: 403, with: 403},
    owner: {nobody: 401, without: 404, with: 404},
    'owner or permission': {nobody: 401, without: 404, with: isIn},
};

async function tryRoute(route) {
    const name = `${route.method} ${route.path}`, wanted = expected[route.who];
    if (!wanted) throw new Error(`${name}: nobody knows what "${route.who}" means`);
    const tokens = {nobody: '', without: await allBut(route.permission), with: await keyWith(route.permission ? [route.permission] : [])};
    for (const [who, token] of Object.entries(tokens)) {
        const status = await statusOf(route, token), want = wanted[who];
        const good = typeof want === 'function' ? want(status) : status === want;
        report(good, `${name} (${route.who}): ${who}`, `answered ${status}, wanted ${typeof want === 'function' ? 'neither 401 nor 403' : want}`);
    }
}

/* Routes that find out by themselves who asks (OAuth 2 clients) answer 401 in their own way. */
const own = routes.filter((route) => route.who === 'itself');
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
