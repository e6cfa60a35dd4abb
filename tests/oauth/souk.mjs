// The checks of checks.mjs against Souk, and what only Souk must do: that a second factor is asked for, that the shop's own clients need
// no consent, that a user can take back what he gave.

import './webcrypto.mjs';
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHmac} from 'node:crypto';
import {join} from 'node:path';
import * as oidc from 'openid-client';
import {Browser} from './browser.mjs';
import {ask, check, configure, refused} from './checks.mjs';
import {Report} from './report.mjs';
import {cleanEnvironment} from '../lib/environment.mjs';
import {makePlace, startServer} from '../golden/lib/server.mjs';

const program = process.env.SOUK ?? 'build/souk';
const place = makePlace(process.env.SOUK_TEST_DRIVER ?? 'sqlite', process.env.SOUK_TEST_PG);
const unlimited = Object.fromEntries(['READS', 'WRITES', 'KEY_REQUESTS'].map((name) => [`SOUK_LIMITS_${name}_PER_MINUTE`, '0']));
const server = await startServer(program, place, {serve: ['--log-requests=false'], env: unlimited});
const issuer = server.address;

async function administer(method, path, body, token = server.admin) {
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'};
    const answer = await fetch(issuer + path, {method, headers, body: body && JSON.stringify(body)});
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
}

function addUser(email, name, password) {
    const run = spawnSync(program, ['user', 'add', email, '-', '--name', name, '--data', join(place.folder, 'data')],
        {env: {...cleanEnvironment(), ...place.env}, input: `${password}\n`, encoding: 'utf8'});
    if (run.status !== 0) throw new Error(`souk user add: ${run.stderr}`);
}

/* A client as the checks want it. */
async function register(client) {
    const {id, secret} = await administer('POST', '/v1/oauth/clients', client);
    const [redirect_uri] = client.redirect_uris ?? [], [post_logout_redirect_uri] = client.post_logout_redirect_uris ?? [];
    return {client_id: id, ...(secret ? {client_secret: secret} : {}), redirect_uri, post_logout_redirect_uri};
}

const password = 'a password of mine';
const person = {fields: {email: 'ann@shop.example', password}, name: 'Ann Lee', email: 'ann@shop.example'};
addUser(person.email, person.name, password);
const grants = ['authorization_code', 'refresh_token'], scopes = ['openid', 'profile', 'email', 'offline_access', 'account'];
const shop = await register({name: 'Tea & Café', grants, scopes, redirect_uris: ['https://shop.example/callback'],
    post_logout_redirect_uris: ['https://shop.example/bye']});
const app = await register({name: 'The app', kind: 'public', grants, scopes, redirect_uris: ['com.example.app:/callback']});
const own = await register({name: 'Our own', first_party: true, grants, scopes, redirect_uris: ['https://own.example/callback']});
const service = {...await register({name: 'Stock keeping', grants: ['client_credentials'], scopes: ['products:write']}),
    scope: 'products:write', beyond: 'keys:write'};

const isConsent = ({html}) => html.includes('action="/oauth/consent"');
const cancel = (browser, page) => browser.submit(page, {}, /^No$/);

/* The code that an authenticator with this secret shows in this half minute (RFC 6238, base32 of RFC 4648). */
function totp(secret) {
    const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
    const hash = createHmac('sha1', key).update(step).digest(), at = hash[19] & 15;
    return String((hash.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, '0');
}

async function more({shop: config, visit, redeem, logIn, refresh, isActive, told, report}) {
    const ours = await configure({issuer}, own);

    await report.case('both documents of discovery are the same', async () => {
        const [one, two] = await Promise.all(['oauth-authorization-server', 'openid-configuration']
            .map(async (name) => (await fetch(`${issuer}/.well-known/${name}`)).json()));
        assert.deepEqual(one, two);
        const known = await oidc.discovery(new URL(issuer), shop.client_id, undefined, oidc.None(),
            {execute: [oidc.allowInsecureRequests], algorithm: 'oauth2'});
        assert.equal(known.serverMetadata().issuer, issuer);
    });
    await report.case('a grant that the client may not use is unauthorized_client', async () => {
        await refused(oidc.clientCredentialsGrant(config), 'unauthorized_client', 400);
    });
    await told('another response type', 'unsupported_response_type', {response_type: 'token'});
    await told('a request as a token', 'request_not_supported', {request: 'eyJ.e30.'});
    await told('a scope that the client may not have', 'invalid_scope', {scope: 'openid products:write'});
    await told('an answer by fragment', 'invalid_request', {response_mode: 'fragment'});
    await told('a hint that is no ID token', 'invalid_request', {id_token_hint: 'nonsense'});

    await report.case('the shop\'s own clients need no consent, but a log-in', async () => {
        const browser = new Browser(issuer), first = await visit(ours, own, {prompt: undefined}, browser);
        assert.deepEqual(browser.visited.map(({pathname}) => pathname), ['/login']);
        assert.ok((await redeem(ours, first)).id_token);
    });
    await report.case('who is somebody else than the hint says is asked to log in', async () => {
        const {browser, ...first} = await visit(ours, own, {prompt: undefined}), {id_token} = await redeem(ours, first);
        addUser('bob@shop.example', 'Bob', password);
        const bob = new Browser(issuer);
        await bob.walk((await ask(ours, own, {prompt: undefined})).address, {email: 'bob@shop.example', password});
        const request = await ask(ours, own, {prompt: 'none', id_token_hint: id_token});
        await refused(oidc.authorizationCodeGrant(ours, (await bob.open(request.address)).left, request.checks), 'login_required');
        const again = await ask(ours, own, {prompt: 'none', id_token_hint: id_token});
        assert.ok((await redeem(ours, {...again, answer: (await browser.open(again.address)).left})).access_token);
    });
    await report.case('one consent is enough, until more is asked for', async () => {
        const browser = new Browser(issuer), pages = async (change) => {
            browser.visited = [];
            await visit(config, shop, {prompt: undefined, ...change}, browser);
            return browser.visited.map(({pathname}) => pathname);
        };
        await pages({});
        assert.deepEqual(await pages({}), []);
        assert.deepEqual(await pages({scope: 'openid'}), []);
        assert.deepEqual(await pages({scope: 'openid account'}), ['/oauth/authorize']);
        assert.deepEqual(await pages({scope: 'openid account profile'}), []);
    });
    await report.case('a consent can be seen and taken back, and what was given ends', async () => {
        const answer = await logIn(config, shop, {scope: 'openid profile account'});
        const listed = await administer('GET', '/v1/account/consents', undefined, answer.access_token);
        const one = listed.data.find(({client_id}) => client_id === shop.client_id);
        assert.equal(one.client_name, 'Tea & Café');
        assert.ok(one.scopes.includes('account'));
        const second = await refresh(answer.refresh_token);
        await administer('DELETE', `/v1/account/consents/${shop.client_id}`, undefined, second.access_token);
        assert.equal(await isActive(second.access_token), false);
        await refused(refresh(second.refresh_token), 'invalid_grant', 400);
        const request = await ask(config, shop, {prompt: 'none'}), browser = new Browser(issuer);
        await browser.walk(`${issuer}/login`, person.fields, ({address}) => address.pathname === '/account');
        await refused(oidc.authorizationCodeGrant(config, (await browser.open(request.address)).left, request.checks), 'consent_required');
    });
    await report.case('a posted request is as good as a linked one', async () => {
        const {address, checks} = await ask(ours, own, {prompt: undefined});
        const posted = await fetch(address.origin + address.pathname, {method: 'POST', body: address.searchParams, redirect: 'manual'});
        assert.equal(posted.status, 303);
        const end = await new Browser(issuer).walk(new URL(posted.headers.get('location'), issuer), person.fields);
        assert.ok((await oidc.authorizationCodeGrant(ours, end.left, checks)).access_token);
    });
    await report.case('the address that is hinted at stands in the log-in form', async () => {
        const {address} = await ask(ours, own, {prompt: undefined, login_hint: 'ann@shop.example'});
        const page = await new Browser(issuer).open(address);
        assert.equal(page.forms[0].inputs.find(({name}) => name === 'email').value, 'ann@shop.example');
    });
    await report.case('who logs out ends the codes that he has not used', async () => {
        const visited = await visit(ours, own, {prompt: undefined});
        const page = await visited.browser.open(`${issuer}/account`);
        await visited.browser.submit(page, {}, /log out/i);
        await refused(redeem(ours, visited), 'invalid_grant', 400);
    });
    await report.case('a log-out that nobody can vouch for is asked about', async () => {
        const {browser} = await visit(ours, own, {prompt: undefined});
        const page = await browser.open(`${issuer}/oauth/logout`);
        assert.ok(page.html.includes('Log out?'));
        const silent = async () => {
            const request = await ask(ours, own, {prompt: 'none'});
            return (await browser.open(request.address)).left.searchParams.get('error');
        };
        assert.equal(await silent(), null);
        await browser.submit(page);
        assert.equal(await silent(), 'login_required');
    });
    await report.case('a log-out leads to no address that is not the client\'s', async () => {
        const page = await new Browser(issuer).open(
            `${issuer}/oauth/logout?client_id=${shop.client_id}&post_logout_redirect_uri=https://evil.example/`);
        assert.equal(page.status, 400);
    });
    await report.case('pages have a strict policy and are framed by nobody', async () => {
        const browser = new Browser(issuer), {address} = await ask(config, shop);
        const page = await browser.walk(address, person.fields, isConsent);
        assert.match(page.headers.get('content-security-policy'), /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/);
        assert.equal(page.headers.get('x-frame-options'), 'DENY');
        assert.equal(page.headers.get('cache-control').includes('no-store'), true);
    });
    await report.case('consent of another site is none', async () => {
        const browser = new Browser(issuer), {address} = await ask(config, shop);
        const page = await browser.walk(address, person.fields, isConsent);
        const form = page.forms[0], fields = Object.fromEntries(form.inputs.map(({name, value}) => [name, value]));
        const post = (headers, body) => fetch(form.action, {method: 'POST', redirect: 'manual', body: new URLSearchParams({...body, answer: 'yes'}),
            headers: {cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '), ...headers}});
        assert.equal((await post({'sec-fetch-site': 'cross-site'}, fields)).status, 403);
        assert.equal((await post({}, {...fields, csrf_token: 'x'})).status, 403);
        assert.equal((await post({'sec-fetch-site': 'same-origin'}, fields)).status, 200);
    });
    await report.case('of many who come with one code at once, one gets tokens, and they end', async () => {
        const visited = await visit(ours, own, {prompt: undefined});
        const all = await Promise.allSettled(Array.from({length: 6}, () => redeem(ours, visited)));
        const given = all.filter(({status}) => status === 'fulfilled');
        assert.equal(given.length, 1);
        for (const {reason} of all) if (reason) assert.equal(reason.error, 'invalid_grant');
        assert.equal((await oidc.tokenIntrospection(ours, given[0].value.access_token)).active, false);
    });
    await report.case('a second factor is asked for on the way', async () => {
        const browser = new Browser(issuer);
        await browser.walk(`${issuer}/login`, {email: 'bob@shop.example', password}, ({address}) => address.pathname === '/account');
        const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
        const csrf = (await (await fetch(`${issuer}/v1/sessions/current`, {headers: {cookie}})).json()).csrf_token;
        const send = async (path, body) => (await fetch(issuer + path, {method: 'POST', body: JSON.stringify(body),
            headers: {cookie, 'x-csrf-token': csrf, 'content-type': 'application/json'}})).json();
        const {secret} = await send('/v1/account/totp', {password});
        let codes; // a code is over when its half minute is: then the next one
        while (!codes) codes = (await send('/v1/account/totp/confirmation', {code: totp(secret)})).recovery_codes;
        const [code] = codes;
        const second = new Browser(issuer), request = await ask(ours, own, {prompt: undefined});
        const end = await second.walk(request.address, {email: 'bob@shop.example', password, code});
        assert.ok(second.visited.some(({pathname}) => pathname === '/login'), String(second.visited));
        assert.ok(end.left, end.html);
        assert.ok((await oidc.authorizationCodeGrant(ours, end.left, request.checks)).access_token);
    });
}

const report = new Report();
await check({issuer, person, shop, app, service, isConsent, cancel, more: (tools) => more({...tools, report})}, report);
const end = await server.stop();
report.result('the server ends well', end === '', end);
place.remove();
process.exitCode = report.end();
