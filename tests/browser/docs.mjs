// The documentation page in a real browser: a user logs in on it by the password grant, and tries a request as himself. The page's policy
// must allow what it needs, and the browser may complain of nothing.
//
//     node docs.mjs ADDRESS

import {chromium} from 'playwright-core';
import {PATIENCE_MS} from '../lib/environment.mjs';

const [address] = process.argv.slice(2);
let cases = 0, failed = 0;

function is(name, actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) failed++;
    console.log(`${a === b ? 'ok' : 'not ok'} ${++cases} - ${name}`);
    if (a !== b) console.log(`# expected ${b}, got ${a}`);
}

const browser = await chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox']});
const page = await (await browser.newContext({viewport: {width: 1400, height: 1000}})).newPage();
page.setDefaultTimeout(PATIENCE_MS);
const complaints = [];
page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
page.on('pageerror', (error) => complaints.push(error.message));

/* Sends the form of the scheme `user`; what the page says then. */
async function logIn(password) {
    const flow = page.locator('.oauth-flow.password');
    await flow.locator('.api-key-user').fill('ann@shop.example');
    await flow.locator('.api-key-password').fill(password);
    const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url() === `${address}/v1/oauth/token`),
        flow.getByRole('button', {name: 'GET TOKEN'}).click(),
    ]);
    const display = flow.locator('.oauth-resp-display span');
    await display.waitFor();
    return {status: answer.status(), says: await display.textContent()};
}

await page.goto(`${address}/docs#auth`);
await page.locator('.oauth-flow.password').waitFor();
is('the client of the page is filled in', await page.locator('.oauth-flow.password .oauth-client-id').inputValue(), 'client_0000000000001');
is('a wrong password is refused in the words of OAuth', await logIn('not my password'),
    {status: 400, says: 'The address or the password is wrong, or the address is not confirmed.'});
complaints.length = 0; // of the 400
is('the right one gives a token', await logIn('a password of mine'), {status: 200, says: 'Access Token Received'});

await page.goto(`${address}/docs#get-/v1/account`);
const section = page.locator('[id="get-/v1/account"]');
const [account] = await Promise.all([
    page.waitForResponse((response) => response.url() === `${address}/v1/account`),
    section.getByRole('button', {name: 'TRY'}).first().click(),
]);
is('a request is sent as the user', [account.status(), (await account.json()).email], [200, 'ann@shop.example']);
is('the browser complains of nothing', complaints, []);
await browser.close();
console.log(`1..${cases}`);
process.exitCode = failed ? 1 : 0;
