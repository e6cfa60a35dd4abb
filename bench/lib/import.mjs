// The rows of imports: a Shopify product CSV with 100,000 variants into an empty shop.

import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import {Void, median, rssAnonKib, sleep} from './machine.mjs';
import {withEmptyPostgres} from './postgres.mjs';
import {writeShopifyCsv} from './shopify.mjs';

const VARIANTS = 100000, FEW = 300;

/* Runs the import to its end: {seconds, anon: the most RssAnon in KiB that was seen, ten times a second and more}. */
async function watchImport(bed, file, folder, env, expected) {
    const began = process.hrtime.bigint();
    const child = spawn(bed.souk.program, ['import', file, '--data', folder, '--json'], {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'ignore']});
    let told = '', anon = 0, code;
    child.stdout.on('data', piece => (told += piece));
    const ended = new Promise(resolve => child.on('close', result => resolve(code = result)));
    while (code === undefined) {
        try {
            anon = Math.max(anon, rssAnonKib(child.pid));
        } catch {
            break; // it has just ended
        }
        await Promise.race([ended, sleep(20)]);
    }
    await ended;
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    if (code !== 0 || JSON.parse(told).created !== expected) throw new Void(`the import ended with ${code}: ${told.slice(0, 500)}`);
    return {seconds, anon};
}

function csvOf(bed, variants) {
    const file = path.join(bed.work, `shopify-${variants}.csv`);
    return {file, ...writeShopifyCsv(file, variants)};
}

const without = {DATABASE_URL: undefined};

async function importRuns(bed) {
    if (bed.imports) return bed.imports;
    const folder = path.join(bed.work, 'data-import'), runs = {many: [], few: []};
    const files = {many: csvOf(bed, VARIANTS), few: csvOf(bed, FEW)};
    for (let round = 0; round < Math.min(bed.rounds, 3); round++) {
        for (const size of ['few', 'many']) {
            fs.rmSync(folder, {recursive: true, force: true});
            runs[size].push(await watchImport(bed, files[size].file, folder, without, files[size].products));
        }
    }
    fs.rmSync(folder, {recursive: true, force: true});
    bed.imports = {runs, files};
    return bed.imports;
}

function besideOf(file) {
    return {'products, and size of the file in MB': `${file.products}, ${(file.bytes / 1e6).toFixed(0)}`};
}

async function importTime(bed) {
    const {runs, files} = await importRuns(bed), seconds = runs.many.map(run => run.seconds);
    return {souk: median(seconds), value: median(seconds), rounds: {Souk: seconds}, beside: besideOf(files.many)};
}

async function importMemory(bed) {
    const {runs} = await importRuns(bed);
    const grown = runs.many.map((run, i) => (run.anon - runs.few[i].anon) / 1024);
    return {souk: median(grown), value: median(grown), rounds: {Souk: grown},
        beside: {'RssAnon at most, 300 and 100,000 variants, MB': runs.many.map((run, i) => `${(runs.few[i].anon / 1024).toFixed(1)} → ${(run.anon / 1024).toFixed(1)}`).join(', ')}};
}

async function importPostgres(bed) {
    const file = csvOf(bed, VARIANTS), seconds = [], folder = path.join(bed.work, 'data-import');
    for (let round = 0; round < Math.min(bed.rounds, 3); round++) {
        fs.rmSync(folder, {recursive: true, force: true});
        seconds.push(await withEmptyPostgres(bed, 'pg-import', async ({url}) => (await watchImport(bed, file.file, folder, {DATABASE_URL: url}, file.products)).seconds));
    }
    fs.rmSync(folder, {recursive: true, force: true});
    return {souk: median(seconds), value: median(seconds), rounds: {Souk: seconds}, beside: besideOf(file)};
}

/* ---- The table ------------------------------------------------------------------------------------------------------------ */

const about = 'The wall clock of `souk import` on an empty shop: three variants and pictures a product, 700 bytes of HTML each, and all columns of a real export; not pinned.';

export const importRows = [
    {name: 'import', title: 'Shopify import, 100,000 variants, SQLite', unit: 's', floor: 30, aim: 10, better: 'less', absolute: true, measure: importTime, about},
    {name: 'import-memory', title: 'the same: growth of RssAnon', unit: 'MB', floor: 64, aim: 32, better: 'less', absolute: true, measure: importMemory,
        about: 'The most that was seen in the import, less the most in one of 300 variants.'},
    {name: 'import-postgresql', title: 'Shopify import, 100,000 variants, PostgreSQL', unit: 's', floor: 30, aim: 10, better: 'less', absolute: true, measure: importPostgres,
        about: `${about} PostgreSQL syncs, and runs on the same machine.`},
];
