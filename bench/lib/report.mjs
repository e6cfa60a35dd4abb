// From results.json to RESULTS.md: everything in it comes from the measurements, nothing is typed.

import {median} from './machine.mjs';

/* Above this share of a core used by others, a figure is shown with a warning. */
const DISTURBED = 0.3;

export function verdict(row, result) {
    if (result.void) return 'void';
    const reaches = bound => (row.better === 'more' ? result.value >= bound : result.value <= bound);
    const word = reaches(row.aim) ? 'aim' : reaches(row.floor) ? 'floor' : '**below the floor**';
    return result.others > DISTURBED ? `${word}, disturbed` : word;
}

function number(n) {
    if (n === undefined || n === null) return '';
    const digits = Math.abs(n) >= 100 ? 0 : Math.abs(n) >= 10 ? 1 : 2;
    return n.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

function line(row, result) {
    if (!result) return `| ${row.title} | | | not yet measured | ${row.floor} | ${row.aim} | |`;
    if (result.void) return `| ${row.title} | | | | ${row.floor} | ${row.aim} | void: ${result.void.split('\n')[0].slice(0, 200)} |`;
    const value = row.absolute ? '' : number(result.value);
    return `| ${row.title} | ${number(result.souk)} ${row.unit} | ${result.opponent === undefined ? '' : `${number(result.opponent)} ${row.unit}`} | ${value} | ${row.floor} | ${row.aim} | ${verdict(row, result)} |`;
}

function details(row, result) {
    const lines = [`### ${row.name}`, '', row.about, ''];
    if (result.void) return [...lines, '```', result.void, '```', ''];
    const of = list => `${list.map(number).join(', ')} (median ${number(median(list))})`;
    for (const [side, rounds] of Object.entries(result.rounds ?? {})) lines.push(`- ${side}, ${row.unit}: ${of(rounds)}`);
    for (const [name, value] of Object.entries(result.beside ?? {}))
        lines.push(`- ${name}: ${typeof value === 'number' ? number(value) : value}`);
    if (result.others !== undefined)
        lines.push(`- most that others on the machine used, share of a core: ${result.others.toFixed(2)}`);
    lines.push(`- measured ${result.date} on ${result.commit}; fdatasync/s of this file system just before: ${number(result.fdatasync_per_s)}`);
    if (result.command) lines.push(`- load: \`${result.command}\``);
    return [...lines, ''];
}

export function render(rows, results) {
    const machine = results.machine, measured = rows.filter(row => results.rows[row.name]);
    const counts = {};
    for (const row of measured) {
        const word = verdict(row, results.rows[row.name]).replaceAll('*', '').replace(', disturbed', '');
        counts[word] = (counts[word] ?? 0) + 1;
    }
    return `# Results

Written by \`bench/run\` from \`bench/results.json\`; do not edit. [README.md](README.md) says what is measured and how to read it.

${Object.entries(counts).map(([word, n]) => `${n} ${word}`).join(', ')}; ${rows.length} rows.

Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB; ${machine.system}, Linux ${machine.kernel}, ${machine.file_system}.
Opponents: ${Object.entries(results.versions).map(([name, version]) => `${name} ${version}`).join(', ')}.

| what | Souk | opponent | ratio | floor | aim | verdict |
|---|---|---|---|---|---|---|
${rows.map(row => line(row, results.rows[row.name])).join('\n')}

## Row by row

${measured.flatMap(row => details(row, results.rows[row.name])).join('\n')}`;
}
