// A JSON reader that keeps what JSON.parse throws away: on which line each value stands, numbers as they are written
// (64 bits do not fit a double), and duplicate keys, which it refuses.

export class JsonError extends Error {}

/* text -> {kind, value, line}: kind is object (value: Map of nodes), list (array of nodes), string, number (its text),
 * true, false or null. `line` counts from `firstLine`. */
export function parseJson(text, firstLine = 1) {
    let at = 0;
    let line = firstLine;

    const fail = (what) => { throw new JsonError(`line ${line}: ${what}`); };

    const skipBlanks = () => {
        for (; at < text.length && ' \t\r\n'.includes(text[at]); at++) if (text[at] === '\n') line++;
    };

    const take = (pattern) => {
        pattern.lastIndex = at;
        const found = pattern.exec(text);
        if (found) at = pattern.lastIndex;
        return found && found[0];
    };

    const string = () => {
        const raw = take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
        return raw === null ? fail('a string was expected') : JSON.parse(raw);
    };

    const members = (close, member) => {
        at++;
        skipBlanks();
        if (text[at] === close) return void at++;
        for (;;) {
            member();
            skipBlanks();
            if (text[at] === close) return void at++;
            if (text[at] !== ',') fail(`"," or "${close}" was expected`);
            at++;
            skipBlanks();
        }
    };

    const value = () => {
        skipBlanks();
        const node = {kind: '', value: null, line};
        if (text[at] === '{') {
            node.kind = 'object';
            node.value = new Map();
            members('}', () => {
                const key = string();
                if (node.value.has(key)) fail(`the key "${key}" stands twice`);
                skipBlanks();
                if (text[at] !== ':') fail('":" was expected');
                at++;
                node.value.set(key, value());
            });
        } else if (text[at] === '[') {
            node.kind = 'list';
            node.value = [];
            members(']', () => node.value.push(value()));
        } else if (text[at] === '"') {
            node.kind = 'string';
            node.value = string();
        } else if ((node.value = take(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y)) !== null) {
            node.kind = 'number';
        } else {
            node.kind = node.value = take(/true|false|null/y) ?? fail('a value was expected');
        }
        return node;
    };

    const root = value();
    skipBlanks();
    if (at < text.length) fail('something follows the value');
    return root;
}

const WIDTH = 96;

/* The text of a node, two spaces a level; what fits on a line stands on one. */
export function printJson(node, indent = '') {
    const flat = printFlat(node);
    if (indent.length + flat.length <= WIDTH || (node.kind !== 'object' && node.kind !== 'list')) return flat;
    const deeper = `${indent}  `;
    const rows = node.kind === 'list'
        ? node.value.map((item) => deeper + printJson(item, deeper))
        : [...node.value].map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${printJson(item, deeper)}`);
    const [open, close] = node.kind === 'list' ? '[]' : '{}';
    return `${open}\n${rows.join(',\n')}\n${indent}${close}`;
}

function printFlat(node) {
    if (node.kind === 'list') return `[${node.value.map(printFlat).join(', ')}]`;
    if (node.kind === 'object')
        return `{${[...node.value].map(([key, item]) => `${JSON.stringify(key)}: ${printFlat(item)}`).join(', ')}}`;
    return node.kind === 'string' ? JSON.stringify(node.value) : node.value;
}
