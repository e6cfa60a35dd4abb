// Souk under measurement: data folders, start, the paths of its products.

import fs from 'node:fs';
import path from 'node:path';

import {SERVER_CORE, Server, Void, askFor, freePort, run, sleep} from './machine.mjs';

export const PRODUCTS = 100000;

/* No DATABASE_URL or SOUK_* of the caller reaches a measured program. Nobody writes an access log, nginx neither. Answers are
 * made and not remembered, but in the rows that say otherwise. */
function clean(env) {
    const own = Object.fromEntries(Object.keys(process.env).filter(name => name.startsWith('SOUK_')).map(name => [name, undefined]));
    return {...own, DATABASE_URL: undefined, SOUK_LOG_REQUESTS: 'false', SOUK_CACHE_BYTES: '0', ...env};
}

export class Souk {
    constructor(build, work) {
        this.program = path.resolve(build, 'souk');
        this.work = work;
    }

    /* Which build this is: what another one has made is not to be trusted. */
    mark() {
        const {mtimeMs, size} = fs.statSync(this.program);
        return `${mtimeMs} ${size}`;
    }

    /* Seeds and returns the seconds that it took. */
    seed(folder, {env = {}, products = PRODUCTS} = {}) {
        const began = process.hrtime.bigint();
        run(this.program, ['seed', '--products', String(products), '--data', folder], {timeout: 3600000, env: {...process.env, ...clean(env)}});
        return Number(process.hrtime.bigint() - began) / 1e9;
    }

    /* Brings a folder of another program up to date; Void when that cannot be done. */
    migrate(folder) {
        run(this.program, ['migrate', 'up', '--data', folder], {env: {...process.env, ...clean({})}});
    }

    /* A folder with the seeded products, and the administrator's key, kept for as long as the program stays the same. */
    async seeded() {
        const folder = path.join(this.work, 'data'), stamp = path.join(this.work, 'data.json');
        const program = this.mark();
        if (fs.existsSync(stamp) && fs.existsSync(folder)) {
            const kept = JSON.parse(fs.readFileSync(stamp, 'utf8'));
            if (kept.program === program) return kept;
        }
        fs.rmSync(folder, {recursive: true, force: true});
        fs.rmSync(stamp, {force: true});
        this.seed(folder);
        const server = await this.serve(folder);
        const kept = {program, folder, key: await administratorKey(server), ...(await listProducts(server.port))};
        await server.stop();
        fs.writeFileSync(stamp, JSON.stringify(kept));
        return kept;
    }

    /* Started, and its products loaded. `core` null: not pinned. `ready`: how many seconds it may take. */
    async serve(folder, {core = SERVER_CORE, env = {}, args = [], ready} = {}) {
        const port = await freePort();
        const argv = [this.program, 'serve', '--listen', `127.0.0.1:${port}`, '--data', folder, ...args];
        const server = new Server('souk', argv, {core: core ?? undefined, port, env: clean(env), log: path.join(this.work, 'souk.log')});
        await server.ready('/readyz', ready);
        return server.ready('/v1/products?limit=1', ready);
    }

    version() {
        return run(this.program, ['version']).trim();
    }
}

/* Until nobody works any more beside what is asked: at most a hundred statements in half a second, twice. */
export async function settled(port, key) {
    let before = -Infinity;
    for (let quiet = 0, end = Date.now() + 60000; quiet < 2; await sleep(500)) {
        if (Date.now() > end) throw new Void('Souk does not come to rest');
        const text = (await askFor(200, port, '/metrics', {Authorization: `Bearer ${key}`})).body.toString();
        const now = [...text.matchAll(/^souk_db_statements_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
        quiet = now - before < 100 ? quiet + 1 : 0;
        before = now;
    }
}

/* It is printed last of all, when the first requests are answered already. */
export async function administratorKey(server) {
    for (const end = Date.now() + 10000; Date.now() < end; await sleep(20)) {
        const key = /\bsk_[A-Za-z0-9_-]{20,}/.exec(server.output());
        if (key) return key[0];
    }
    throw new Void(`no administrator key in what serve printed: ${server.output().slice(0, 500)}`);
}

/* The figure is for products of this shape. */
const isMeasured = product => product.variants.length === 5 && product.variants.every(v => v.prices.length === 2) &&
    product.images.length === 3 && product.attributes.length === 4;

/* Reads the whole list through the API: {products: [id…] of the measured shape, ids: [id…] of all, all: how many, variants: [id…], plenty: [id…] of
 * the variants that are not about to sell out}. */
export async function listProducts(port) {
    const products = [], ids = [], variants = [], plenty = [];
    let all = 0;
    for (let query = 'limit=100'; query;) {
        const page = JSON.parse((await askFor(200, port, `/v1/products?${query}`)).body);
        for (const product of page.data) {
            all++;
            ids.push(product.id);
            if (isMeasured(product)) products.push(product.id);
            variants.push(...product.variants.map(variant => variant.id));
            plenty.push(...product.variants.filter(variant => variant.availability === 'in').map(variant => variant.id));
        }
        query = page.has_more ? `limit=100&cursor=${encodeURIComponent(page.next_cursor)}` : '';
    }
    if (products.length === 0) throw new Void('no seeded product has 5 variants, 2 prices each, 3 images and 4 attributes');
    return {products, ids, all, variants, plenty};
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/* "prod_0d3k9v7m2c8qh" → the integer in the database (src/base/id.h). */
export function idNumber(text) {
    let n = 0n;
    for (const c of text.slice(text.indexOf('_') + 1)) n = n * 32n + BigInt(ALPHABET.indexOf(c));
    return n;
}
