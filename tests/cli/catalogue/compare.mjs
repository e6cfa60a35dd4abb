// compare.mjs FILE EXPORT: is each line of the file the export's line of the same number, but for what the shop adds?
// What it adds are its own members (ids, times, counts) and the defaults of those that the file leaves out.

import fs from 'node:fs';

const OWN = new Set(['id', 'product', 'categories', 'version', 'created_at', 'updated_at', 'availability', 'position']);
const DEFAULTS = {channel: 'default', channels: ['default'], min_quantity: 1, status: 'draft', seo: {title: '', description: ''}};

const isDefault = (key, value) =>
    value === null || value === '' || (Array.isArray(value) && value.length === 0) || JSON.stringify(value) === JSON.stringify(DEFAULTS[key]);

/* Without what may be left out; members in the order of their names. */
function plain(value) {
    if (Array.isArray(value)) return value.map(item => plain(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.keys(value).sort().filter(name => !OWN.has(name) && !isDefault(name, value[name]))
        .map(name => [name, plain(value[name])]));
}

const [wanted, got] = process.argv.slice(2).map(file => fs.readFileSync(file, 'utf8').trim().split('\n'));
let differences = Math.abs(wanted.length - got.length);
wanted.forEach((line, i) => {
    const [a, b] = [line, got[i] ?? 'null'].map(text => JSON.stringify(plain(JSON.parse(text))));
    if (a === b) return;
    differences++;
    process.stderr.write(`line ${i + 1}\n  in  ${a}\n  out ${b}\n`);
});
if (!wanted.length || differences) process.exit(1);
