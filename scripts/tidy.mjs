// clang-tidy over everything that build-lint-clang compiles, several at a time. A file is skipped when its object (which
// ninja rebuilds when the file or a header of it changed) and .clang-tidy are older than its last clean pass.

import {spawn} from 'node:child_process';
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {dirname, join, relative, resolve} from 'node:path';

const BUILD = 'build-lint-clang';

const age = (path) => { try { return statSync(path).mtimeMs; } catch { return 0; } };

/* What is compiled, but not of others: {source, object, stamp}. */
function units() {
    return JSON.parse(readFileSync(join(BUILD, 'compile_commands.json'), 'utf8'))
        .map(({directory, file, output}) => (
            {source: relative('.', resolve(directory, file)), object: join(BUILD, output), stamp: join(BUILD, 'tidy', `${output}.clean`)}))
        .filter(({source}) => /^(src|tools|tests|bench)\//.test(source));
}

function tidy(source) {
    return new Promise((done) => {
        const child = spawn('clang-tidy', ['--quiet', '-p', BUILD, source], {stdio: ['ignore', 'pipe', 'ignore']});
        let out = '';
        child.stdout.on('data', (bytes) => { out += bytes; });
        child.on('error', (error) => done({clean: false, out: `${error.message}\n`}));
        child.on('close', (status) => done({clean: status === 0, out}));
    });
}

const newest = age('.clang-tidy');
const waiting = units().filter(({object, stamp}) => age(stamp) < Math.max(age(object), newest));
let failed = 0;
async function worker() {
    for (let unit; (unit = waiting.shift());) {
        const {clean, out} = await tidy(unit.source);
        process.stdout.write(out);
        if (clean) {
            mkdirSync(dirname(unit.stamp), {recursive: true});
            writeFileSync(unit.stamp, '');
        } else {
            failed++;
        }
    }
}
await Promise.all(cpus().map(worker));
process.exitCode = failed ? 1 : 0;
