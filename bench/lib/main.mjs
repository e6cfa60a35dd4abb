// The harness: chooses rows, measures them one after the other, keeps results.json, writes RESULTS.md.

import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {Void, facts, run} from './machine.mjs';
import {nginxVersion} from './nginx.mjs';
import {render, verdict} from './report.mjs';
import {rows} from './rows.mjs';
import {Souk} from './souk.mjs';

const bench = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const resultsFile = path.join(bench, 'results.json');

function options() {
    try {
        const {values, positionals} = parseArgs({allowPositionals: true, options: {
            list: {type: 'boolean'}, build: {type: 'string', default: 'build'},
            rounds: {type: 'string', default: '5'}, seconds: {type: 'string', default: '5'}}});
        const unknown = positionals.filter(name => !rows.some(row => row.name === name));
        if (unknown.length) throw new Error(`no row ${unknown.join(', ')}; there are: ${rows.map(row => row.name).join(', ')}`);
        const count = name => {
            const n = Number(values[name]);
            if (!(n >= 1 && n <= 1000)) throw new Error(`--${name} ${values[name]}: 1 to 1000 is wanted`);
            return n;
        };
        return {list: values.list, build: values.build, rounds: count('rounds'), seconds: count('seconds'),
            rows: positionals.length ? rows.filter(row => positionals.includes(row.name)) : rows};
    } catch (error) {
        process.stderr.write(`bench: ${error.message}\n`);
        process.exit(2);
    }
}

function readResults() {
    const none = {machine: {}, versions: {}, rows: {}};
    return fs.existsSync(resultsFile) ? JSON.parse(fs.readFileSync(resultsFile, 'utf8')) : none;
}

async function measure(row, bed) {
    const began = {date: new Date().toISOString().slice(0, 16).replace('T', ' ') + 'Z', commit: bed.machine.commit};
    began.fdatasync_per_s = JSON.parse(run(path.join(bed.programs, 'fsync'), [bed.work, '1'])).fdatasync_per_s;
    try {
        return {...began, ...(await row.measure(bed))};
    } catch (error) {
        if (!(error instanceof Void)) throw error;
        return {...began, void: error.message};
    }
}

const chosen = options();
if (chosen.list) {
    for (const row of rows) process.stdout.write(`${row.name.padEnd(16)} ${row.title}\n`);
    process.exit(0);
}
const build = path.resolve(chosen.build);
const work = path.join(build, 'bench', 'work');
fs.mkdirSync(work, {recursive: true});
const bed = {work, programs: path.join(build, 'bench'), souk: new Souk(build, work), machine: facts(work),
    rounds: chosen.rounds, seconds: chosen.seconds, bench, versions: {nginx: nginxVersion()}};
const results = readResults();
let voids = 0;
for (const row of chosen.rows) {
    process.stderr.write(`${row.name}: ${row.title} …\n`);
    const result = await measure(row, bed);
    results.rows[row.name] = result;
    results.machine = bed.machine;
    Object.assign(results.versions, bed.versions);
    voids += result.void !== undefined;
    const value = result.void ?? `${row.absolute ? result.souk.toFixed(2) + ' ' + row.unit : result.value.toFixed(3)}, floor ${row.floor}, aim ${row.aim}`;
    process.stderr.write(`    ${verdict(row, result)}: ${value}\n`);
    fs.writeFileSync(resultsFile, JSON.stringify(results, null, 1) + '\n');
    fs.writeFileSync(path.join(bench, 'RESULTS.md'), render(rows, results));
}
await bed.close?.();
process.exit(voids ? 1 : 0);
