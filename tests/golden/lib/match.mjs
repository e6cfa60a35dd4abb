// Compares what came with what was expected. Expected text may hold wildcards, `<kind>` or `<kind as name>`, which
// capture what they met, and uses of earlier captures, `{{name}}`.

import {totp} from './totp.mjs';

/* What a wildcard meets in text. In JSON, `"<int>"`, `"<number>"` and `"<bool>"` that fill their string stand for a
 * value of that kind; `<list>`, `<object>` and `<any>` have no meaning inside a text. */
const TEXT_KINDS = {
    string: () => '[^]+?',
    int: () => '-?(?:0|[1-9][0-9]*)',
    number: () => '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?',
    time: () => '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,6})?Z',
    id: (prefix) => `${prefix}_[0-9a-hjkmnp-tv-z]{13}`,
    hex: (digits) => `[0-9a-f]{${digits}}`,
};
const NEEDS_ARGUMENT = new Set(['id', 'hex']);
const VALUE_KINDS = new Set(['int', 'number', 'bool', 'list', 'object', 'any']);
const WILDCARD = /<(id|hex|string|int|number|time|bool|list|object|any)(?::([a-z0-9_]+))?(?: as ([a-z][a-z0-9_]*))?>/;

const LAST_CODE = 'totp again'; // no name that a conversation can give

const escape = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/* Puts captures in place of `{{name}}`, codes of an authenticator in place of `{{totp secret}}` and `{{totp+1 secret}}`, and the
 * last one of them in place of `{{totp again}}`: half a minute later another one would be shown. */
export function fillIn(text, captures) {
    return text.replace(/\{\{(?:(totp)(\+1)? )?([a-z][a-z0-9_]*)\}\}/g, (whole, code, later, name) => {
        if (code && name === 'again') return captures.get(LAST_CODE);
        if (!captures.has(name)) throw new Error(`{{${name}}} is not known: nothing before captured it`);
        if (!code) return captures.get(name);
        captures.set(LAST_CODE, totp(captures.get(name), later ? 1 : 0));
        return captures.get(LAST_CODE);
    });
}

/* The wildcard that fills `text` wholly: {kind, argument, name}, or null. */
export function wholeWildcard(text) {
    const found = new RegExp(`^${WILDCARD.source}$`).exec(text);
    return found && {kind: found[1], argument: found[2], name: found[3]};
}

function pieceOf(wildcard) {
    const make = TEXT_KINDS[wildcard[1]];
    if (!make || NEEDS_ARGUMENT.has(wildcard[1]) !== (wildcard[2] !== undefined))
        throw new Error(`${wildcard[0]} cannot stand in a text`);
    return `(${make(wildcard[2])})`;
}

/* True when `actual` is what `template` describes; captures what its wildcards met. `<<` stands for `<`. */
export function matchText(template, actual, captures) {
    let source = '';
    const names = [];
    const splitter = new RegExp(`<<|${WILDCARD.source}`, 'g');
    let done = 0;
    for (let found; (found = splitter.exec(template)); done = splitter.lastIndex) {
        source += escape(fillIn(template.slice(done, found.index), captures));
        source += found[0] === '<<' ? '<' : pieceOf(found);
        if (found[0] !== '<<') names.push(found[3]);
    }
    source += escape(fillIn(template.slice(done), captures));
    const met = new RegExp(`^${source}$`).exec(actual);
    if (!met) return false;
    names.forEach((name, i) => { if (name) captures.set(name, met[i + 1]); });
    return true;
}

function isOfKind({kind, argument}, node) {
    switch (kind) {
    case 'any': return true;
    case 'bool': return node.kind === 'true' || node.kind === 'false';
    case 'int': return node.kind === 'number' && /^-?[0-9]+$/.test(node.value);
    case 'number': return node.kind === 'number';
    case 'object': return node.kind === 'object';
    default: return node.kind === 'list' && (argument === undefined || node.value.length === Number(argument));
    }
}

const show = (node) => {
    const text = node.kind === 'string' ? JSON.stringify(node.value)
        : node.kind === 'list' ? `a list of ${node.value.length}`
        : node.kind === 'object' ? `an object of ${[...node.value.keys()].join(', ') || 'no keys'}` : node.value;
    return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/* Compares JSON nodes; appends {line, text} to `differences`, line being the expectation's. Every difference is
 * reported, not the first only. Keys may come in any order; none may be missing, none too many. */
export function matchJson(expected, actual, captures, differences, pointer = '') {
    const differ = (text, line = expected.line) => differences.push({line, text: `${pointer || '(the whole)'}: ${text}`});
    const wildcard = expected.kind === 'string' && wholeWildcard(expected.value);
    if (wildcard && VALUE_KINDS.has(wildcard.kind)) {
        if (!isOfKind(wildcard, actual)) differ(`expected ${expected.value}, got ${show(actual)}`);
        else if (wildcard.name) captures.set(wildcard.name, String(actual.value));
    } else if (expected.kind !== actual.kind) {
        differ(`expected ${show(expected)}, got ${show(actual)}`);
    } else if (expected.kind === 'object') {
        for (const [key, node] of expected.value) {
            const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
            if (actual.value.has(key)) matchJson(node, actual.value.get(key), captures, differences, place);
            else differences.push({line: node.line, text: `${place}: missing`});
        }
        for (const [key, node] of actual.value)
            if (!expected.value.has(key)) differ(`"${key}" was not expected: ${show(node)}`);
    } else if (expected.kind === 'list') {
        const both = Math.min(expected.value.length, actual.value.length);
        for (let i = 0; i < both; i++)
            matchJson(expected.value[i], actual.value[i], captures, differences, `${pointer}/${i}`);
        if (expected.value.length !== actual.value.length)
            differ(`expected ${expected.value.length} items, got ${actual.value.length}`);
    } else if (expected.kind === 'string') {
        if (!matchText(expected.value, actual.value, captures)) differ(`expected ${show(expected)}, got ${show(actual)}`);
    } else if (expected.value !== actual.value) {
        differ(`expected ${expected.value}, got ${actual.value}`);
    }
}

/* Compares text line by line; a line `...` stands for any number of lines. */
export function matchLines(expected, actual, captures, firstLine) {
    const want = expected.split('\n'), got = actual.replace(/\n$/, '').split('\n');
    let i = 0;
    for (let e = 0; e < want.length; e++) {
        if (want[e] === '...') {
            if (e === want.length - 1) return [];
            while (i < got.length && !matchText(want[e + 1], got[i], captures)) i++;
        } else if (i >= got.length) {
            return [{line: firstLine + e, text: `expected ${JSON.stringify(want[e])}, but the text ended`}];
        } else if (!matchText(want[e], got[i], captures)) {
            return [{line: firstLine + e, text: `expected ${JSON.stringify(want[e])}, got ${JSON.stringify(got[i])}`}];
        } else {
            i++;
        }
    }
    return i < got.length ? [{line: firstLine + want.length, text: `not expected: ${JSON.stringify(got[i])}`}] : [];
}
