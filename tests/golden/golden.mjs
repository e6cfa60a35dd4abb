// The golden runner: holds recorded conversations with a fresh server and reports each request as one TAP case.
//
// A conversation starts its own server on an empty folder (SQLite) or a fresh database (PostgreSQL), so that files do
// not know of each other and run side by side; requests of one file run in order on one connection and may use what
// earlier answers contained. Rejected: a general tool (hurl is not in Debian; others compare loosely or need a
// language of their own), and snapshots without wildcards, which nobody reads when they change.

import {appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {acceptedLines} from './lib/accept.mjs';
import {readConversation} from './lib/conversation.mjs';
import {JsonError, parseJson} from './lib/json.mjs';
import {fillIn, matchJson, matchLines, matchText, wholeWildcard} from './lib/match.mjs';
import {nextMail} from './lib/mail.mjs';
import {Secrets} from './lib/secrets.mjs';
import {signAsStripe} from './lib/stripe.mjs';
import {makeClient, makePlace, seed, startServer} from './lib/server.mjs';

const SHOWN_MAX = 2000; // characters of an answer in a report

function parseArguments(argv) {
    const options = {drivers: [], accept: false, record: '', program: process.env.SOUK ?? 'build/souk', wanted: []};
    for (let i = 0; i < argv.length; i++) {
        if (argv[i] === '--driver') options.drivers.push(argv[++i]);
        else if (argv[i] === '--accept') options.accept = true;
        else if (argv[i] === '--record') options.record = argv[++i];
        else if (argv[i].startsWith('-')) throw new Error(`unknown option ${argv[i]}`);
        else options.wanted.push(argv[i]);
    }
    if (options.accept) options.drivers = ['sqlite'];
    if (options.drivers.length === 0) options.drivers = process.env.SOUK_TEST_PG ? ['sqlite', 'postgresql'] : ['sqlite'];
    if (options.drivers.includes('postgresql') && !process.env.SOUK_TEST_PG) throw new Error('SOUK_TEST_PG names no server');
    return options;
}

function findFiles(path) {
    if (!statSync(path).isDirectory()) return path.endsWith('.http') ? [path] : [];
    return readdirSync(path).sort().flatMap((name) => findFiles(join(path, name)));
}

/* Headers of the file, then of the request; an empty value takes one away. */
function requestHeaders(conversation, exchange, captures) {
    const headers = new Map();
    for (const {name, value} of [...conversation.headers, ...exchange.headers]) {
        if (value === '') headers.delete(name.toLowerCase());
        else headers.set(name.toLowerCase(), [name, fillIn(value, captures)]);
    }
    if (/^[{[]/.test(exchange.body) && !headers.has('content-type'))
        headers.set('content-type', ['Content-Type', 'application/json']);
    return Object.fromEntries(headers.values());
}

/* The file that a line `< NAME` stands for; NAME begins in the conversation's folder. */
const FILE_LINE = /^< (\S+)$/;
const readSample = (path, name) => readFileSync(join(dirname(path), name));

/* The bytes of a body. In a multipart body lines end in CRLF, and each line `< NAME` is that file. */
function requestBody(path, exchange, headers, captures) {
    const text = fillIn(exchange.body, captures);
    const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
    if (!/^multipart\//i.test(type)) return FILE_LINE.test(text) ? readSample(path, FILE_LINE.exec(text)[1]) : text;
    const lines = text.split('\n').map((line) => (FILE_LINE.test(line) ? readSample(path, FILE_LINE.exec(line)[1]) : Buffer.from(line)));
    return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\r\n')]));
}

function compareBody(path, expected, answer, captures) {
    const {body, bodyLine} = expected;
    const whole = wholeWildcard(body);
    if (whole?.kind === 'any') return [];
    if (FILE_LINE.test(body)) {
        const same = readSample(path, FILE_LINE.exec(body)[1]).equals(answer.bytes);
        return same ? [] : [{line: bodyLine, text: `the body is not that file, it has ${answer.bytes.length} bytes`}];
    }
    if (body === '') return answer.body === '' ? [] : [{line: expected.line, text: 'no body was expected'}];
    if (!/^[{["]/.test(body)) return matchLines(body, answer.body, captures, bodyLine);
    const differences = [];
    if (!/^application\/([a-z]+\+)?json\b/.test(answer.headers['content-type'] ?? ''))
        differences.push({line: bodyLine, text: `JSON was expected, Content-Type is ${answer.headers['content-type']}`});
    const wanted = parseJson(body, bodyLine);
    try {
        matchJson(wanted, parseJson(answer.body), captures, differences);
    } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        differences.push({line: bodyLine, text: `the body is not JSON: ${error.message}`});
    }
    return differences;
}

function compare(path, expected, answer, captures) {
    const differences = [];
    if (answer.status !== expected.status)
        differences.push({line: expected.line, text: `expected status ${expected.status}, got ${answer.status}`});
    for (const {name, value, line} of expected.headers) {
        const actual = answer.headers[name.toLowerCase()];
        if (value === null && actual !== undefined) differences.push({line, text: `${name} was not expected: ${actual}`});
        else if (value !== null && actual === undefined) differences.push({line, text: `${name}: missing`});
        else if (value !== null && ![actual].flat().some((line) => matchText(value, String(line), captures)))
            differences.push({line, text: `${name}: expected ${value}, got ${actual}`});
    }
    return [...differences, ...compareBody(path, expected, answer, captures)];
}

class Tap {
    constructor() {
        this.cases = 0;
        this.failed = 0;
    }

    report(name, problems) {
        this.cases++;
        if (problems.length) this.failed++;
        console.log(`${problems.length ? 'not ok' : 'ok'} ${this.cases} - ${name}`);
        for (const line of problems.flatMap((problem) => problem.split('\n'))) console.log(`#   ${line}`);
    }
}

function record(options, row) {
    if (!options.record) return;
    mkdirSync(options.record, {recursive: true});
    const name = `${row.driver}-${row.file.replace(/[^a-z0-9]+/gi, '-')}.jsonl`;
    appendFileSync(join(options.record, name), `${JSON.stringify(row)}\n`);
}

function describe(answer) {
    const body = answer.body.length > SHOWN_MAX ? `${answer.body.slice(0, SHOWN_MAX)}…` : answer.body;
    return `the answer was: ${answer.status} ${answer.headers['content-type'] ?? ''}\n${body}`;
}

/* The last lines of a log that are more than a record of what went well. */
function complaints(log) {
    return log.trim().split('\n').filter((line) => line !== '' && !/"level":"(info|debug)"/.test(line)).slice(-20);
}

/* One request: sends, compares, records. Gives the problems found and, with --accept, the expectation's new lines. */
async function hold(options, driver, path, conversation, exchange, client, captures, secrets) {
    if (exchange.method === 'MAIL') return judge(options, path, exchange, await client.mail(fillIn(exchange.target, captures)), captures);
    const plain = requestHeaders(conversation, exchange, captures);
    const target = fillIn(exchange.target, captures), body = requestBody(path, exchange, plain, captures);
    const headers = signAsStripe(plain, body);
    const answer = await client.send(exchange.method, target, headers, body);
    secrets.note(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])), body, answer);
    record(options, {
        driver, file: path, line: exchange.line, name: exchange.name, method: exchange.method, target,
        request_headers: headers, request_body: String(body), status: answer.status, headers: answer.headers, body: answer.body,
    });
    return judge(options, path, exchange, answer, captures);
}

/* Compares what came with what the file says, or says it with --accept. */
function judge(options, path, exchange, answer, captures) {
    if (options.accept) {
        const lines = acceptedLines(exchange, answer, captures);
        const accepted = readConversation(['###x', 'GET /', ...lines].join('\n'), path).exchanges[0].expected;
        compare(path, accepted, answer, captures);
        return {problems: [], lines};
    }
    if (!exchange.expected) {
        const problem = `${path}:${exchange.line}: no answer is written down; --accept fills it in`;
        return {problems: [problem, describe(answer)]};
    }
    const differences = compare(path, exchange.expected, answer, captures);
    const problems = differences.map(({line, text}) => `${path}:${line}: ${text}`);
    return {problems: problems.length ? [...problems, describe(answer)] : []};
}

async function holdConversation(options, driver, path, tap) {
    const text = readFileSync(path, 'utf8');
    const conversation = readConversation(text, path);
    const place = makePlace(driver, process.env.SOUK_TEST_PG);
    const rewritten = [];
    try {
        if (conversation.settings.seed) seed(options.program, place, conversation.settings.seed);
        const server = await startServer(options.program, place, conversation.settings);
        const seen = new Set();
        const client = {...makeClient(server.port), mail: (to) => nextMail(join(place.folder, 'data', 'mail'), to, seen, server.gone)};
        const captures = new Map([['address', server.address], ['admin', server.admin], ['setup', server.setup]]);
        const secrets = new Secrets();
        secrets.add(server.admin);
        if (server.setup) secrets.add(server.setup);
        let failedHere = false;
        for (const exchange of conversation.exchanges) {
            let result;
            try {
                result = await hold(options, driver, path, conversation, exchange, client, captures, secrets);
            } catch (error) {
                result = {problems: [`${path}:${exchange.line}: ${error.message}`]};
            }
            failedHere ||= result.problems.length > 0;
            rewritten.push(result.lines);
            tap.report(`${driver} ${path}:${exchange.line} ${exchange.name}`, result.problems);
        }
        client.close();
        const end = await server.stop();
        if (end) tap.report(`${driver} ${path} the server stops`, [end]);
        const told = secrets.found(server.log());
        if (told.length) tap.report(`${driver} ${path} the log tells no secrets`, told);
        if (failedHere || end) for (const line of complaints(server.log())) console.log(`#   log: ${line}`);
    } finally {
        place.remove();
    }
    if (options.accept) writeFileSync(path, rewrite(text, conversation, rewritten));
}

/* The file's text with the expectations replaced, everything else as it was. */
function rewrite(text, conversation, rewritten) {
    const lines = text.split('\n');
    for (let i = conversation.exchanges.length - 1; i >= 0; i--) {
        const exchange = conversation.exchanges[i];
        if (!rewritten[i]) continue;
        if (exchange.expected) {
            const {line, endLine} = exchange.expected;
            lines.splice(line - 1, Math.max(endLine, line) - line + 1, ...rewritten[i]);
        } else {
            lines.splice(exchange.endLine, 0, '', ...rewritten[i]);
        }
    }
    return `${lines.join('\n').trimEnd()}\n`;
}

/* The conversations of the tree whose name has one of `wanted` in it, all when there is none; and other files by path. */
function selectFiles(wanted) {
    const all = findFiles('tests/golden').map((path) => relative('.', path));
    const files = all.filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
    const others = wanted.filter((part) => !all.some((path) => path.includes(part)) && existsSync(part));
    return [...files, ...others.flatMap(findFiles)];
}

async function main() {
    const options = parseArguments(process.argv.slice(2));
    const files = selectFiles(options.wanted);
    const tap = new Tap();
    for (const driver of options.drivers) {
        for (const path of files) {
            try {
                await holdConversation(options, driver, path, tap);
            } catch (error) {
                tap.report(`${driver} ${path}`, [error.message]);
            }
        }
    }
    console.log(`1..${tap.cases}`);
    return tap.failed > 0 || tap.cases === 0 ? 1 : 0;
}

process.exitCode = await main();
