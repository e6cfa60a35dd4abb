// What pages of other origins can do with the API, in a real browser. Called by origins.sh:
//
//     node origins.mjs serve                 answers an empty page to everybody, and prints at which port
//     node origins.mjs visit ADDRESS KEY PORT
//
// http://127.0.0.1:PORT is let in by the shop at ADDRESS. http://localhost:PORT is the same page, but another origin.

import {createServer} from 'node:http';
import {chromium} from 'playwright-core';

const [what, address, key, port] = process.argv.slice(2);
if (what === 'serve') {
    const server = createServer((request, response) => response.setHeader('content-type', 'text/html').end('<title>a page</title>'));
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    console.log(server.address().port);
    await new Promise(() => {});
}

let cases = 0, failed = 0;

function is(name, actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) failed++;
    console.log(`${a === b ? 'ok' : 'not ok'} ${++cases} - ${name}`);
    if (a !== b) console.log(`# expected ${b}, got ${a}`);
}

/* In the page: what a script sees of an answer, or that it sees nothing. */
async function read([url, options]) {
    try {
        const answer = await fetch(url, options);
        const body = await answer.json();
        return {status: answer.status, has: Object.keys(body).sort(), id: answer.headers.has('x-request-id')};
    } catch (error) {
        return error.name;
    }
}

const list = {status: 200, has: ['data', 'has_more', 'next_cursor'], id: true};
const asked = [`${address}/v1/products`, {}];
const withKey = [`${address}/v1/products?status=draft`, {headers: {Authorization: `Bearer ${key}`}}];
const write = [`${address}/v1/products`, {method: 'POST', body: '{"title": "Tea"}',
    headers: {Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', 'Idempotency-Key': 'one'}}];
const withCookies = [`${address}/v1/products`, {credentials: 'include'}];

const browser = await chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox']});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${port}/`);
is('a listed page reads', await page.evaluate(read, asked), list);
is('again, from memory', await page.evaluate(read, asked), list);
is('with a key, after asking beforehand', await page.evaluate(read, withKey), list);
is('with cookies', await page.evaluate(read, withCookies), list);
is('and writes', (await page.evaluate(read, write)).status, 201);

await page.goto(`http://localhost:${port}/`);
is('a page that is not listed reads nothing', await page.evaluate(read, asked), 'TypeError');
is('nor with a key', await page.evaluate(read, withKey), 'TypeError');
is('nor with cookies', await page.evaluate(read, withCookies), 'TypeError');
is('nor can it write', await page.evaluate(read, write), 'TypeError');

await browser.close();
console.log(`1..${cases}`);
process.exit(failed ? 1 : 0);
