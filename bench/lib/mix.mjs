// The catalogue's mix: which share of what shoppers ask for comes from memory, when memory holds a tenth of it.

import {Void, askFor, load, loadUndisturbed, median, writeLines} from './machine.mjs';
import {categories, listTarget, searchTarget} from './browse.mjs';
import {questions} from './queries.mjs';

const ZIPF = 0.9;
const SHARE = 0.1;        // of the bytes of all answers, as they would be sent
const EVERY = 50;         // among the products, from the most popular on, each fiftieth is a list or a search
const SAMPLE = 40;        // one answer of so many is weighed
const WARMUP_SECONDS = 8; // some hundred thousand requests, until what is kept is what is asked for

/* In the order of their popularity. Ids are in the order of making, so a stride that meets all of them mixes them. */
function mixed(ids, others) {
    const targets = [], stride = 7919, rest = [...others];
    for (let i = 0; i < ids.length; i++) {
        if (rest.length && i % EVERY === 0) targets.push(rest.shift());
        targets.push(`/v1/products/${ids[i * stride % ids.length]}`);
    }
    return targets;
}

async function averageSize(port, targets) {
    let bytes = 0, n = 0;
    for (let i = 0; i < targets.length; i += SAMPLE, n++) bytes += (await askFor(200, port, targets[i])).body.length;
    return bytes / n;
}

export function mixRows(tools) {
    const {scrape, sample, withSouk} = tools;
    const results = ['hit', 'miss', 'stale', 'collapsed', 'alone'];
    const counts = text => results.map(result => sample(text, `souk_cache_requests_total{result="${result}"}`));

    async function prepare(bed) {
        return withSouk(bed, {}, async (server, data) => {
            if (data.ids.length % 7919 === 0) throw new Void('the stride does not meet all products');
            const lists = (await categories(server.port)).map(category => listTarget(category.handle));
            const targets = mixed(data.ids, [...lists, ...Object.values(questions()).flat().map(searchTarget)]);
            const bytes = await averageSize(server.port, targets) * targets.length;
            return {paths: writeLines(bed, 'mix.txt', targets), n: targets.length, bytes};
        });
    }

    async function measure(bed) {
        const {paths, n, bytes} = await prepare(bed), memory = Math.round(bytes * SHARE);
        return withSouk(bed, {env: {SOUK_CACHE_BYTES: String(memory)}}, async (server, {key}) => {
            const options = {paths, zipf: ZIPF, connections: 64, warmup: 0, seconds: bed.seconds, pid: [server.pid]};
            await load(bed.programs, server.port, {...options, seconds: WARMUP_SECONDS});
            const shares = [], reports = [];
            for (let round = 0; round < bed.rounds; round++) {
                const before = counts(await scrape(server.port, key));
                reports.push(await loadUndisturbed(bed.programs, server.port, options));
                const grown = counts(await scrape(server.port, key)).map((count, i) => count - before[i]);
                shares.push(100 * grown[0] / grown.reduce((a, b) => a + b, 0));
            }
            return {souk: median(shares), value: median(shares), rounds: {Souk: shares}, others: tools.othersOf({reports}), command: tools.show(options),
                beside: {...tools.besideOf({Souk: reports}), 'different answers': n, 'their bytes, MB': bytes / 1e6, 'the cache, MB': memory / 1e6}};
        });
    }

    return [{name: 'mix', title: 'catalogue mix, Zipf 0.9, a cache of a tenth of all answers: answers from memory', unit: '%', floor: 85, aim: 95, better: 'more',
        absolute: true, measure,
        about: `All products by id, and among them the lists of all categories and the 200 logged questions; how often by rank. The cache may take a tenth of what all answers would take as they are sent (it packs them). ${tools.cores}`}];
}
