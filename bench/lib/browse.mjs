// The rows of lists and searches: how long they take on both databases, and whether page 1,000 of a million products costs more than page 1.

import fs from 'node:fs';
import path from 'node:path';

import {SERVER_CORE, LOAD_CORE, Void, alternate, askFor, load, loadUndisturbed, median, writeLines} from './machine.mjs';
import {postgres} from './postgres.mjs';
import {QUESTIONS, questions} from './queries.mjs';

/* A load that a server of one core carries easily: what is measured is how long an answer takes, not how long it waits. Below a
 * hundred or so the processors of a virtual machine halt between requests, and what is measured is how they wake. */
const RATE = 200;
const CONNECTIONS = 8;

const readJson = async (port, target) => JSON.parse((await askFor(200, port, target)).body);

/* ---- On both databases ------------------------------------------------------------------------------------------- */

/* Runs f(server, pids, core of the load) with a Souk whose products are loaded, on SQLite or PostgreSQL. */
async function withShop(bed, database, f) {
    const base = database === 'PostgreSQL' ? await postgres(bed) : undefined;
    const folder = base ? base.data : (await bed.souk.seeded()).folder;
    const server = await bed.souk.serve(folder, {core: base ? null : SERVER_CORE, env: base?.env()});
    try {
        return await f(server, base ? [server.pid, base.pid] : [server.pid], base ? undefined : LOAD_CORE);
    } finally {
        await server.stop();
    }
}

/* The latencies of targets that are asked for by turns. Measured once for the rows of p50 and of p99. */
async function latencies(bed, what, database, prepare, tools) {
    bed.latencies ??= new Map();
    const key = `${what} ${database}`;
    if (!bed.latencies.has(key))
        bed.latencies.set(key, await withShop(bed, database, async (server, pid, core) => {
            const {targets, beside} = await prepare(server.port);
            const options = {paths: writeLines(bed, `${what}.txt`, targets), rate: RATE, connections: CONNECTIONS, warmup: 2,
                seconds: 2 * bed.seconds, pid};
            await load(bed.programs, server.port, {path: '/v1/products?limit=100', connections: 64, warmup: 0, seconds: 2}, {core}); // opens all connections to the database
            const reports = await alternate(bed.rounds, {Souk: () => loadUndisturbed(bed.programs, server.port, options, {core})});
            return {reports, command: tools.show(options), beside};
        }));
    return bed.latencies.get(key);
}

const PERCENTILES = {p50: 0, p99: 1};

function latencyRows(tools, {name, title, about, floors, aims, prepare}) {
    return ['SQLite', 'PostgreSQL'].flatMap(database => Object.keys(PERCENTILES).map(percentile => ({
        name: `${name}-${database.toLowerCase()}-${percentile}`, title: `${title}, ${database}: ${percentile}`, unit: 'ms',
        floor: floors[PERCENTILES[percentile]], aim: aims[PERCENTILES[percentile]], better: 'less', absolute: true,
        about: `${about} Open loop, ${RATE} requests a second. ${database === 'SQLite' ? tools.cores : 'Nothing is pinned.'}`,
        measure: async bed => {
            const {reports, command, beside} = await latencies(bed, name, database, prepare, tools);
            const ms = reports.Souk.map(report => report.latency_us[percentile] / 1000);
            return {souk: median(ms), value: median(ms), rounds: {Souk: ms}, others: tools.othersOf(reports), command,
                beside: {...tools.besideOf(reports), ...beside}};
        }})));
}

/* ---- Lists in a category with facets -------------------------------------------------------------------------------- */

export async function categories(port) {
    const all = [], add = list => list.forEach(category => (all.push(category), add(category.children ?? [])));
    add((await readJson(port, '/v1/categories')).data);
    return all;
}

export const withTotal = target => target.replace('include=facets', 'include=facets,total');
export const listTarget = handle => `/v1/products?category=${handle}&include=facets&limit=20`;

async function prepareLists(port) {
    const targets = (await categories(port)).map(category => listTarget(category.handle));
    const sizes = [];
    for (const target of targets) {
        const page = await readJson(port, withTotal(target));
        if (page.data.length !== 20 || page.facets.length < 6) throw new Void(`${target} is no list of 20 products with six facets`);
        sizes.push(page.total);
    }
    return {targets, beside: {'categories asked for': targets.length, 'products in one, median and most': `${median(sizes)}, ${Math.max(...sizes)}`}};
}

/* ---- Searches with facets --------------------------------------------------------------------------------------------- */

export const searchTarget = q => `/v1/search?q=${encodeURIComponent(q)}&include=facets&limit=20`;

async function prepareSearches(port) {
    const asked = Object.values(questions()).flat(), targets = asked.map(searchTarget), hits = [];
    for (const target of targets) {
        const page = await readJson(port, withTotal(target));
        if (page.total && page.facets.length < 6) throw new Void(`${target} has no six facets`);
        hits.push(page.total);
    }
    const shop = (await readJson(port, '/v1/products?limit=1&include=total')).total;
    const share = n => n / shop;
    if (share(median(hits)) < 0.003 || share(median(hits)) > 0.03 || share(Math.max(...hits)) < 0.25)
        throw new Void(`the questions find ${median(hits)} (median) and ${Math.max(...hits)} (most) of ${shop} products`);
    const percent = n => `${(100 * share(n)).toFixed(2)} %`;
    return {targets, beside: {questions: QUESTIONS, 'found by one, median and most': `${percent(median(hits))}, ${percent(Math.max(...hits))}`,
        'questions that find nothing': hits.filter(n => n === 0).length}};
}

/* ---- Page 1,000 of a million ---------------------------------------------------------------------------------------------- */

const SMALL = 10000, LARGE = 1000000; // of products
const ORDERS = ['newest', 'price', 'title'];
const SUBTREES = ['kitchen', 'clothing', 'furniture'];
const PAGE = 20, DEEP = 1000, STRIDE = 100; // products a page, the deep page, products a step of the way there

/* A shop of so many products. It is kept until somebody deletes it, since it takes minutes, or until a program does not accept
 * what it finds. */
function shopOf(bed, products) {
    const folder = path.join(bed.work, `data-${products}`), stamp = `${folder}.done`;
    try {
        if (fs.existsSync(stamp)) bed.souk.migrate(folder);
    } catch {
        fs.rmSync(stamp);
        fs.rmSync(folder, {recursive: true});
    }
    if (!fs.existsSync(stamp)) bed.souk.seed(folder, {products}); // which goes on where it was stopped
    fs.writeFileSync(stamp, '');
    return folder;
}

const pageTarget = (category, sort, limit, cursor) =>
    `/v1/products?category=${category}&sort=${sort}&limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;

/* Walks to the page, or to the last full one; its target and number. */
async function walk(port, category, sort, wanted) {
    let cursor, seen = 0, next = {has_more: true};
    const end = (wanted - 1) * PAGE;
    while (next.has_more && seen < end) {
        const page = await readJson(port, pageTarget(category, sort, Math.min(STRIDE, end - seen), cursor));
        if (!page.has_more) break;
        seen += page.data.length;
        cursor = page.next_cursor;
        next = page;
    }
    return {target: pageTarget(category, sort, PAGE, cursor), number: seen / PAGE + 1};
}

/* {newest: {first: file, deep: file, numbers}, …} */
async function pagesOf(bed, port, name) {
    const pages = {};
    for (const sort of ORDERS) {
        const deep = [];
        for (const category of SUBTREES) deep.push(await walk(port, category, sort, DEEP));
        for (const {target} of deep)
            if ((await readJson(port, target)).data.length === 0) throw new Void(`${target} is empty`);
        pages[sort] = {first: writeLines(bed, `${name}-${sort}-1.txt`, SUBTREES.map(category => pageTarget(category, sort, PAGE))),
            deep: writeLines(bed, `${name}-${sort}-deep.txt`, deep.map(page => page.target)), numbers: deep.map(page => Math.floor(page.number))};
    }
    return pages;
}

async function deepPages(bed, tools) {
    const servers = [];
    try {
        const shops = {};
        for (const [name, products] of [['small', SMALL], ['large', LARGE]]) {
            const server = await bed.souk.serve(shopOf(bed, products), {ready: 300});
            servers.push(server);
            shops[name] = {server, pages: await pagesOf(bed, server.port, name)};
        }
        return await comparePages(bed, tools, shops);
    } finally {
        for (const server of servers) await server.stop();
    }
}

async function comparePages(bed, tools, shops) {
    const one = (shop, file) => () => loadUndisturbed(bed.programs, shop.server.port,
        {paths: file, connections: 1, warmup: 0.3, seconds: Math.max(1, bed.seconds / 4), pid: [shop.server.pid]});
    const ratios = [], all = [], beside = {};
    for (const sort of ORDERS)
        for (const which of ['first', 'deep']) {
            const reports = await alternate(bed.rounds, {small: one(shops.small, shops.small.pages[sort][which]),
                large: one(shops.large, shops.large.pages[sort][which])});
            const [small, large] = ['small', 'large'].map(name => median(reports[name].map(report => report.latency_us.p50)));
            ratios.push({large, small, ratio: large / small});
            all.push(...reports.small, ...reports.large);
            beside[`${sort}, ${which === 'first' ? 'page 1' : `page ${Math.min(...shops.large.pages[sort].numbers)} (of the small shop: ${Math.min(...shops.small.pages[sort].numbers)})`}: p50 µs`] =
                `${large.toFixed(0)} of ${LARGE.toLocaleString('en-US')} products, ${small.toFixed(0)} of ${SMALL.toLocaleString('en-US')}`;
        }
    const worst = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
    return {souk: worst.large, opponent: worst.small, value: worst.ratio, others: tools.othersOf({all}), beside};
}

/* ---- The table ------------------------------------------------------------------------------------------------------------ */

export function browseRows(tools) {
    return [
        ...latencyRows(tools, {name: 'facets', title: 'list of 20 in a category with facets', floors: [8, 40], aims: [1, 8], prepare: prepareLists,
            about: '`/v1/products?category=…&include=facets&limit=20`, all categories by turns; the answer cache is off.'}),
        ...latencyRows(tools, {name: 'search', title: `search with six facets and more, ${QUESTIONS} logged questions`, floors: [10, 50], aims: [2, 10],
            prepare: prepareSearches,
            about: '`/v1/search?q=…&include=facets&limit=20` with the questions of `bench/lib/queries.mjs`, at random; the answer cache is off.'}),
        {name: 'pages', title: `page 1 and page ${DEEP.toLocaleString('en-US')} of a category at ${LARGE.toLocaleString('en-US')} products against ${SMALL.toLocaleString('en-US')}, worst of three orders`,
            unit: 'µs', floor: 1.5, aim: 1.1, better: 'less', measure: bed => deepPages(bed, tools),
            about: `SQLite. The subtrees ${SUBTREES.join(', ')} by newest, price and title, ${PAGE} a page, one connection; medians. Where the small shop has no page ${DEEP.toLocaleString('en-US')}, its last full one is taken. ${tools.cores}`},
    ];
}
