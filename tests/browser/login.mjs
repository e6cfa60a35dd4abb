// A client of OAuth sends a user through the pages, in a real browser: its own page, log-in, consent, and back to it, which sends the
// browser on to a third origin at once, as shops with several names do. Browsers hold the policy of the page with the form (form-action)
// against every redirect that follows the form: so that must not be one redirect. Nothing may be complained of on the way.
//
//     node login.mjs ADDRESS KEY

import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import {chromium} from 'playwright-core';
import {PATIENCE_MS} from '../lib/environment.mjs';

const [address, key] = process.argv.slice(2);
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let cases = 0, failed = 0;

function is(name, actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) failed++;
    console.log(`${a === b ? 'ok' : 'not ok'} ${++cases} - ${name}`);
    if (a !== b) console.log(`# expected ${b}, got ${a}`);
}

/* The client: /callback leads on to another host of its own. The same server under another name is another origin. */
const asked = [];
const server = createServer((request, response) => {
    const {pathname, searchParams} = new URL(request.url, 'http://client');
    if (pathname === '/callback') {
        asked.push({code: /^ac_/.test(searchParams.get('code') ?? ''), error: searchParams.get('error'), iss: searchParams.get('iss'),
            referer: request.headers.referer ?? null});
        response.writeHead(303, {location: `http://localhost:${server.address().port}/home`}).end();
    } else {
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(`<!doctype html><html lang="en"><title>${pathname}</title><a href="${searchParams.get('to') ?? '/'}">Log in</a>`);
    }
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const client = `http://127.0.0.1:${server.address().port}`;

async function register(body) {
    const answer = await fetch(`${address}/v1/oauth/clients`, {method: 'POST', body: JSON.stringify(body),
        headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'}});
    return (await answer.json()).id;
}

const common = {grants: ['authorization_code'], scopes: ['openid', 'email'], redirect_uris: [`${client}/callback`]};
const other = await register({...common, name: 'Tea & Café'}), own = await register({...common, name: 'Our own', first_party: true});
const link = (id, more = '') => `${client}/?to=${encodeURIComponent(`${address}/oauth/authorize?response_type=code&client_id=${id}` +
    `&redirect_uri=${encodeURIComponent(`${client}/callback`)}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM` +
    `&code_challenge_method=S256${more}`)}`;

const browser = await chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox']});
const context = await browser.newContext();
context.setDefaultTimeout(PATIENCE_MS);
const page = await context.newPage();
const complaints = [];
page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
page.on('pageerror', (error) => complaints.push(error.message));

/* What axe-core finds that not everybody can use. It is put in by the debugger, which no policy holds up. */
async function unusable() {
    const found = await browser.newContext({bypassCSP: true});
    const copy = await found.newPage();
    await copy.setContent(await page.content());
    await copy.addScriptTag({path: axe});
    const {violations} = await copy.evaluate(() => globalThis.axe.run());
    await found.close();
    return violations.map(({id}) => id);
}

async function logIn() {
    await page.fill('#email', 'ann@shop.example');
    await page.fill('#password', 'a password of mine');
    await page.click('main button');
}

const home = () => page.waitForURL('http://localhost:*/home');
const good = {code: true, error: null, iss: address, referer: null};

await page.goto(link(other));
await page.click('a');
await page.waitForURL(`${address}/login?**`);
await logIn();
await page.waitForSelector('text=Let Tea & Café in?');
is('everybody can use the page that asks', await unusable(), []);
await page.click('text="No"');
await home();
is('no leads back', asked.pop(), {...good, code: false, error: 'access_denied'});

await page.goto(link(other));
await page.click('a');
await page.click('text="Let it in"');
await home();
is('yes leads back with a code, and tells nobody where from', asked.pop(), good);

await page.goto(link(other));
await page.click('a');
await home();
is('the second time there is no page', asked.pop().code, true);

await page.goto(link(own, '&prompt=login'));
await page.click('a');
await page.waitForURL(`${address}/login?**`);
await logIn();
await home();
is('the shop\'s own client has its code after the password', asked.pop(), good);

await page.goto(`${address}/oauth/logout`);
await page.click('main button');
await page.waitForSelector('text=You are logged out');
is('and out', (await context.cookies()).filter(({name}) => name === 'souk'), []);
is('the browser complained of nothing', complaints, []);

await browser.close();
server.close();
console.log(`1..${cases}`);
process.exit(failed ? 1 : 0);
