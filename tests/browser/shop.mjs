// What a visitor of the shop window does, in Chromium, and what axe-core says of the pages to those who do not see
// them as others do. Called by shop.sh: `node shop.mjs ADDRESS KEY [FOLDER]`; with a folder it leaves pictures there.
//
// A page that loads is not enough: each context fails for whatever the browser complains of (the console, our own
// Content-Security-Policy, an answer above 399) and for each request that leaves the shop.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {chromium} from 'playwright-core';
import {PATIENCE_MS} from '../lib/environment.mjs';

const [address, key, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '</script><script>document.title="taken"</script><!-- <script>';

// ---- Cases ----

let cases = 0;
let failed = 0;

function report(name, complaints) {
    if (complaints.length) failed++;
    console.log(`${complaints.length ? 'not ok' : 'ok'} ${++cases} - ${name}`);
    for (const complaint of complaints) console.log(`# ${complaint}`);
}

function is(name, actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    report(name, a === b ? [] : [`expected ${b}, got ${a}`]);
}

const holds = (name, truth, detail = '') => report(name, truth ? [] : [detail || 'it does not hold']);

// ---- Visitors ----

/* Runs the visit in a context of its own, and reports what the browser had to complain of. A visit that cannot go on
 * (something is not where it should be) does not keep the others from theirs. */
async function visit(browser, name, options, act) {
    const context = await browser.newContext({baseURL: address, ...options});
    const complaints = [];
    context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
    });
    context.on('weberror', (error) => complaints.push(`error: ${error.error().message}`));
    context.on('request', (request) => {
        const url = new URL(request.url());
        if (url.protocol !== 'data:' && url.origin !== address) complaints.push(`request to elsewhere: ${url}`);
    });
    context.on('response', (response) => {
        if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    // Reports of the policy do not all reach the console.
    if (options.javaScriptEnabled !== false)
        await context.addInitScript(() => addEventListener('securitypolicyviolation',
            (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    try {
        await act(page);
    } catch (error) {
        complaints.push(...`the visit ended early: ${error.message}`.split('\n'));
    }
    await context.close();
    report(`${name}: the browser has nothing to complain of`, complaints);
}

const titles = (page) => page.locator('.card h2').allTextContents();
const total = async (page) => Number((await page.locator('.total').textContent()).replace(/\D/g, ''));
const prices = async (page) => (await page.locator('.card .price').allTextContents())
    .map((text) => Number(/[\d.,]+/.exec(text)[0].replaceAll(',', '')));
const ascending = (list) => list.every((value, i) => i === 0 || list[i - 1] <= value);

/* From the window to a product and back, by what can be seen and clicked. */
async function shop(page, name) {
    await page.goto('/');
    is(`${name}: the window has a page of products`, await page.locator('.card').count(), 24);
    const everything = await total(page);
    is(`${name}: and counts them all`, everything, 61);
    const pictures = page.locator('.card img').first();
    if (name !== 'without scripts')
        holds(`${name}: pictures are there`, await pictures.evaluate((img) => img.decode().then(() => img.naturalWidth > 0)));

    await page.getByRole('link', {name: 'Next page'}).click();
    is(`${name}: the next page has the next products`, await page.locator('.card').count(), 24);
    await page.goBack();

    await page.getByRole('searchbox').fill('teapot');
    await page.getByRole('button', {name: 'Search'}).click();
    const found = await titles(page);
    holds(`${name}: a search finds`, found.length > 1 && found.every((title) => /teapot/i.test(title)), found.join(', '));

    await page.getByRole('link', {name: 'Cheapest'}).click();
    const sorted = await prices(page);
    holds(`${name}: sorts by price`, sorted.length === found.length && ascending(sorted), sorted.join(', '));
    is(`${name}: the search box still says what is searched`, await page.getByRole('searchbox').inputValue(), 'teapot');

    await page.goto('/');
    const filters = page.locator('.filters');
    // A phone shows filters when they are asked for.
    if (!await filters.isVisible()) await page.getByText('Filters', {exact: true}).click();
    const value = filters.getByRole('group').first().getByRole('link').first();
    const count = Number(await value.locator('.count').textContent());
    await value.click();
    is(`${name}: a filter leaves as many as it said`, await total(page), count);
    holds(`${name}: and fewer than before`, count > 0 && count < everything, `${count} of ${everything}`);

    const [first] = await titles(page);
    await page.locator('.card a').first().click();
    is(`${name}: a product has its page`, await page.getByRole('heading', {level: 1}).textContent(), first);
    holds(`${name}: with what can be chosen`, await page.locator('.variants tbody tr').count() > 0);
    await page.goBack();
    is(`${name}: back is where one was`, await total(page), count);
    is(`${name}: with the filter still chosen`, await page.locator('.filters .chosen').count(), 1);
}

// ---- What axe-core says ----

async function judge(page, name, path) {
    await page.goto(path);
    // From outside of the page, so that its policy need not be lifted.
    await page.evaluate(axe);
    const {violations, passes} = await page.evaluate(() => globalThis.axe.run({resultTypes: ['violations']}));
    const complaints = violations.flatMap((violation) => violation.nodes.map((node) =>
        `${violation.id}: ${node.html} ${node.failureSummary.replace(/\s+/g, ' ')}`));
    if (!passes.length) complaints.push('axe-core has not looked at anything');
    report(`${name}: ${path} can be used by everybody`, complaints);
    is(`${name}: ${path} is not wider than the screen`,
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    if (folder)
        await page.screenshot({path: `${folder}/${name.replaceAll(' ', '-')}${path.replace(/\W+/g, '-')}.png`, fullPage: false});
}

// ---- What machines read ----

async function readByMachines(page) {
    await page.goto('/products/hostile');
    is('a hostile title stays text', await page.getByRole('heading', {level: 1}).textContent(), HOSTILE);
    is('and is the title of the page', await page.title(), HOSTILE);
    const data = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent());
    is('and of the product in JSON-LD', [data['@type'], data.name], ['Product', HOSTILE]);
    is('which is the only script', await page.locator('script').count(), 1);
    is('and the page keeps its end', await page.locator('footer').count(), 1);
    is('Open Graph has the title', await page.locator('meta[property="og:title"]').getAttribute('content'), HOSTILE);
}

async function post(path, body) {
    const response = await fetch(address + path, {
        method: 'POST', body: JSON.stringify(body),
        headers: {'Authorization': `Bearer ${key}`, 'Content-Type': 'application/json'},
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

async function main() {
    await post('/v1/products', {
        title: HOSTILE, handle: 'hostile', status: 'active', description: HOSTILE,
        variants: [{sku: 'HOSTILE', prices: [{currency: 'EUR', amount: 1290}]}],
    });
    const product = (await (await fetch(`${address}/v1/products?q=teapot&limit=1`)).json()).data[0];
    const category = (await (await fetch(`${address}/v1/categories`)).json()).data[0];
    const paths = ['/', '/?q=teapot', `/?category=${category.handle}`, `/products/${product.handle}`, '/?q=nothing-like-this'];

    // The sandbox of Chromium does not work for root, nor where user namespaces are forbidden.
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'], timeout: PATIENCE_MS});
    const desk = {viewport: {width: 1280, height: 900}};
    const phone = {viewport: {width: 400, height: 800}, hasTouch: true, isMobile: true};
    await visit(browser, 'on a desk', desk, (page) => shop(page, 'on a desk'));
    await visit(browser, 'on a phone', phone, (page) => shop(page, 'on a phone'));
    await visit(browser, 'without scripts', {...desk, javaScriptEnabled: false}, (page) => shop(page, 'without scripts'));
    await visit(browser, 'machines', desk, readByMachines);
    for (const [screen, options] of [['desk', desk], ['phone', phone]])
        for (const colorScheme of ['light', 'dark'])
            await visit(browser, `${screen} ${colorScheme}`, {...options, colorScheme}, async (page) => {
                for (const path of paths) await judge(page, `${screen} ${colorScheme}`, path);
            });
    await browser.close();
    console.log(`1..${cases}`);
    process.exitCode = failed ? 1 : 0;
}

await main();
