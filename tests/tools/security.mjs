// `node security.mjs FILE`: prints what is wrong with a table of security requirements: a row without a state, a claim without a
// proof, a proof that is not there, a number twice.
import {existsSync, readFileSync} from 'node:fs';

const [file] = process.argv.slice(2);
const PROVED = ['yes', 'partly'], ARGUED = ['not yet', 'operator', 'none'];
const SHORTEST_REASON = 8;

/* The names in backticks that are files, perhaps with a function. */
function* proofsOf(text) {
    for (const [, name] of text.matchAll(/`([^`]+)`/g)) {
        const [, path, within] = /^((?:src|tests|docs|deploy|scripts)\/[^\s:]+|[a-z-]+\.json)(?::(\w+))?$/.exec(name) ?? [];
        if (path) yield {name, path, within};
    }
}

const isTest = (path) => /^tests\/|\/(test|fuzz)_[^/]*\.c$|^scripts\/|\.json$/.test(path);

function problemsOf(state, text) {
    const problems = [], proofs = [...proofsOf(text)];
    for (const {name, path, within} of proofs) {
        if (!existsSync(path)) problems.push(`${name} is not there`);
        else if (within && !new RegExp(`\\b${within}\\(`).test(readFileSync(path, 'utf8'))) problems.push(`${name} has no such function`);
    }
    if (PROVED.includes(state) && !proofs.some(({path}) => isTest(path))) problems.push(`is "${state}" without a test`);
    if (ARGUED.includes(state) && text.length < SHORTEST_REASON) problems.push(`is "${state}" without a reason`);
    if (!PROVED.includes(state) && !ARGUED.includes(state)) problems.push(`has no state: "${state}"`);
    return problems;
}

const seen = new Set();
readFileSync(file, 'utf8').split('\n').forEach((line, i) => {
    const [, number, , state, text] = line.split('|').map((cell) => cell.trim());
    if (!/^(API)?[0-9]/.test(number ?? '')) return;
    if (seen.has(number)) console.log(`${i + 1}: ${number} stands twice`);
    seen.add(number);
    for (const problem of problemsOf(state, text ?? '')) console.log(`${i + 1}: ${number} ${problem}`);
});
console.log(`${seen.size} rows`);
