// Rewrites expectations to what came (--accept). Wildcards stay where they still fit, and what is an id, a time or an
// earlier capture becomes one, so that the rewritten file passes on the next run too. The change is for a person to read.

import {matchJson, matchLines, matchText, wholeWildcard} from './match.mjs';
import {parseJson, printJson} from './json.mjs';

const fits = (expected, actual, captures) => {
    const differences = [];
    try {
        matchJson(expected, actual, captures, differences);
    } catch {
        return false;
    }
    return differences.length === 0;
};

/* The text as a template: captures by name, ids and times as wildcards, a literal `<` doubled where it would be one. */
function templateOf(text, captures) {
    for (const [name, value] of captures) if (value.length >= 8 && text === value) return `{{${name}}}`;
    return text
        .replace(/<(?=<|(?:id|hex|string|int|number|time|bool|list|object|any)\b)/g, '<<')
        .replace(/\b([a-z]{2,8})_[0-9a-hjkmnp-tv-z]{13}\b/g, (id, prefix) => {
            const known = [...captures].find(([, value]) => value === id);
            return known ? `{{${known[0]}}}` : `<id:${prefix}>`;
        })
        .replace(/\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z/g, '<time>');
}

/* The expectation that `actual` meets, as near to the old one as can be. */
function acceptNode(expected, actual, captures) {
    if (expected && fits(expected, actual, captures)) return expected;
    if (actual.kind === 'object') {
        const old = expected?.kind === 'object' ? expected.value : new Map();
        const keys = [...old.keys()].filter((key) => actual.value.has(key));
        for (const key of actual.value.keys()) if (!old.has(key)) keys.push(key);
        return {kind: 'object', value: new Map(keys.map((key) => [key, acceptNode(old.get(key), actual.value.get(key), captures)]))};
    }
    if (actual.kind === 'list') {
        const old = expected?.kind === 'list' ? expected.value : [];
        return {kind: 'list', value: actual.value.map((item, i) => acceptNode(old[i], item, captures))};
    }
    if (actual.kind === 'string') return {kind: 'string', value: templateOf(actual.value, captures)};
    return actual;
}

function acceptBody(expected, answer, captures) {
    if (expected && wholeWildcard(expected.body)) return expected.body;
    if (answer.body === '') return '';
    if (/^image\//.test(answer.headers['content-type'] ?? '')) return expected?.body || '<any>';
    if (!/\bjson\b/.test(answer.headers['content-type'] ?? '')) {
        if (expected?.body && matchLines(expected.body, answer.body, captures, 1).length === 0) return expected.body;
        return answer.body.replace(/\n$/, '').split('\n').map((line) => templateOf(line, captures)).join('\n');
    }
    let old;
    try {
        old = expected?.body ? parseJson(expected.body) : undefined;
    } catch {
        old = undefined;
    }
    return printJson(acceptNode(old, parseJson(answer.body), captures));
}

function acceptHeader(header, answer, captures) {
    const actual = answer.headers[header.name.toLowerCase()];
    if (actual === undefined) return `!${header.name}`;
    const lines = [actual].flat().map(String);
    const text = lines.find((line) => header.value !== null && matchText(header.value, line, captures)) ?? lines[0];
    if (header.value === null) return `${header.name}: ${templateOf(text, captures)}`;
    return `${header.name}: ${matchText(header.value, text, captures) ? header.value : templateOf(text, captures)}`;
}

/* The lines that say what the answer to `exchange` is. */
export function acceptedLines(exchange, answer, captures) {
    const headers = (exchange.expected?.headers ?? []).map((header) => acceptHeader(header, answer, captures));
    const body = acceptBody(exchange.expected, answer, captures);
    return [`HTTP ${answer.status}`, ...headers, ...(body === '' ? [] : ['', ...body.split('\n')])];
}
