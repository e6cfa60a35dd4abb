// Reads a conversation, a file of requests and expected answers. tests/README.md explains the format to who writes one.

export class ConversationError extends Error {}

const METHODS = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|MAIL) (\S+)$/;
const HEADER = /^([A-Za-z0-9-]+):(.*)$/;

/* text -> {settings, headers, exchanges}.
 *
 * settings: {env: {NAME: value}, serve: [arguments], seed: 0}; headers: those of every request. An exchange is {name, line, method, target,
 * headers, body, expected}, expected {line, status, headers, body, bodyLine, endLine} or null when the file does not
 * say yet. Headers are [{name, value, line}]. Lines count from 1. */
export function readConversation(text, path) {
    const lines = text.split('\n');
    const fail = (i, what) => { throw new ConversationError(`${path}:${i + 1}: ${what}`); };
    const starts = [];
    lines.forEach((line, i) => { if (line.startsWith('###')) starts.push(i); });
    if (starts.length === 0) fail(0, 'no request; one begins with "### what it shows"');

    const readHeaders = (from, to, allowAbsent) => {
        const headers = [];
        let i = from;
        for (; i < to && lines[i] !== ''; i++) {
            const absent = allowAbsent && /^!([A-Za-z0-9-]+)$/.exec(lines[i]);
            const header = HEADER.exec(lines[i]);
            if (absent) headers.push({name: absent[1], value: null, line: i + 1});
            else if (header) headers.push({name: header[1], value: header[2].trim(), line: i + 1});
            else fail(i, `no header: ${lines[i]}`);
        }
        return [headers, i];
    };

    const readBody = (from, to) => {
        let first = from, end = to;
        while (end > from && lines[end - 1].trim() === '') end--;
        while (first < end && lines[first].trim() === '') first++;
        return {body: lines.slice(first, end).join('\n'), bodyLine: first + 1, endLine: end};
    };

    const readExpected = (from, to) => {
        const status = /^HTTP ([1-5][0-9][0-9])$/.exec(lines[from]);
        if (!status) fail(from, 'expected "HTTP" and a status');
        const [headers, after] = readHeaders(from + 1, to, true);
        return {line: from + 1, status: Number(status[1]), headers, ...readBody(after, to)};
    };

    const readExchange = (start, end) => {
        let at = start + 1;
        while (at < end && (lines[at].startsWith('#') || lines[at] === '')) at++;
        const request = METHODS.exec(lines[at] ?? '');
        if (!request) fail(Math.min(at, end - 1), 'expected a method and a target');
        let answer = at;
        while (answer < end && !/^HTTP\b/.test(lines[answer])) answer++;
        const [headers, after] = readHeaders(at + 1, answer, false);
        return {
            name: lines[start].slice(3).trim(), line: at + 1, method: request[1], target: request[2], headers,
            ...readBody(after, answer), expected: answer < end ? readExpected(answer, end) : null,
        };
    };

    const settings = {env: {}, serve: [], seed: 0};
    const headers = [];
    for (let i = 0; i < starts[0]; i++) {
        const [, word, rest] = /^@(env|serve|seed) (.+)$/.exec(lines[i]) ?? [];
        if (lines[i] === '' || lines[i].startsWith('#')) continue;
        if (word === 'env' && rest.includes('=')) settings.env[rest.slice(0, rest.indexOf('='))] = rest.slice(rest.indexOf('=') + 1);
        else if (word === 'serve') settings.serve.push(...rest.split(/\s+/));
        else if (word === 'seed' && /^[0-9]+$/.test(rest)) settings.seed = Number(rest);
        else if (!word && HEADER.test(lines[i])) headers.push(...readHeaders(i, i + 1, false)[0]);
        else fail(i, `neither a header, nor @env NAME=VALUE, nor @serve ARGUMENTS, nor @seed NUMBER: ${lines[i]}`);
    }
    const exchanges = starts.map((start, k) => readExchange(start, starts[k + 1] ?? lines.length));
    for (const exchange of exchanges) if (exchange.name === '') fail(exchange.line - 2, 'the request has no name');
    return {settings, headers, exchanges};
}
