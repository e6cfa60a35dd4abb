// What all rows need: processes on a chosen core, one raw HTTP request, the load generator, facts about the machine.

import {execFile, execFileSync, spawn} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';

/* A measurement that must not be used, and why. */
export class Void extends Error {}

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export function median(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/* A file of the harness's own folder, for the load; its path. */
export function writeLines(bed, name, lines) {
    const file = path.join(bed.work, name);
    fs.writeFileSync(file, lines.join('\n') + '\n');
    return file;
}

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

export function freePort() {
    return new Promise((resolve, reject) => {
        const server = net.createServer().on('error', reject);
        server.listen(0, '127.0.0.1', () => {
            const {port} = server.address();
            server.close(() => resolve(port));
        });
    });
}

/* One request, on a connection of its own unless there is an agent: {status, headers: [[name, value]…] as sent, body: Buffer, headSize}. */
export function ask(port, target, headers = {}, method = 'GET', body = undefined, agent = false) {
    return new Promise((resolve, reject) => {
        const request = http.request({host: '127.0.0.1', port, path: target, method, headers, agent}, answer => {
            const pieces = [];
            answer.on('data', piece => pieces.push(piece));
            answer.on('end', () => {
                const list = [];
                for (let i = 0; i < answer.rawHeaders.length; i += 2) list.push([answer.rawHeaders[i], answer.rawHeaders[i + 1]]);
                resolve({status: answer.statusCode, headers: list, body: Buffer.concat(pieces)});
            });
            answer.on('error', reject);
        });
        request.on('error', reject);
        request.end(body);
    });
}

export async function askFor(status, port, target, ...rest) {
    const answer = await ask(port, target, ...rest);
    if (answer.status !== status)
        throw new Void(`${target} answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
    return answer;
}

/* f(i, agent) for each i below n, so many at a time, over connections that stay open: askFor takes the agent last. */
export async function manyAtOnce(connections, n, f) {
    const agent = new http.Agent({keepAlive: true, maxSockets: connections});
    let next = 0;
    try {
        await Promise.all(Array.from({length: connections}, async () => {
            while (next < n) await f(next++, agent);
        }));
    } finally {
        agent.destroy();
    }
}

const running = new Set();

/* What must be undone however the harness ends. */
export const atExit = new Set();

process.on('exit', () => {
    running.forEach(server => server.child.kill('SIGKILL'));
    atExit.forEach(undo => undo());
});
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.on(signal, () => process.exit(code));

/* A server under measurement. `core` undefined: wherever the kernel puts it. Its output goes to a file. */
export class Server {
    constructor(name, argv, {core, env = {}, port, log}) {
        this.name = name;
        this.port = port;
        this.log = log;
        const pinned = core === undefined ? argv : ['taskset', '-c', String(core), ...argv];
        const out = fs.openSync(log, 'w');
        this.child = spawn(pinned[0], pinned.slice(1), {env: {...process.env, ...env}, stdio: ['ignore', out, out]});
        fs.closeSync(out);
        this.pid = this.child.pid;
        this.ended = new Promise(resolve => {
            this.child.on('error', error => resolve(String(error)));
            this.child.on('exit', (code, signal) => resolve(signal ?? code));
        });
        running.add(this);
        this.ended.then(how => {
            this.how = how;
            running.delete(this);
        });
    }

    output() {
        return fs.readFileSync(this.log, 'utf8');
    }

    async ready(target, seconds = 30) {
        for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) {
            if (this.how !== undefined) break;
            try {
                if ((await ask(this.port, target)).status === 200) return this;
            } catch {
                // not listening yet
            }
        }
        throw new Void(`${this.name} did not answer ${target}: ${this.output().slice(-1000)}`);
    }

    /* SIGTERM, and SIGKILL when that is not heard within ten seconds. A server that did not last until now, or does not
     * end well, voids the row. */
    async stop() {
        const lasted = this.how === undefined;
        this.child.kill('SIGTERM');
        const late = setTimeout(() => this.child.kill('SIGKILL'), 10000);
        const how = await this.ended;
        clearTimeout(late);
        if (!lasted || how !== 0)
            throw new Void(`${this.name} ${lasted ? 'ended with' : 'had ended, with'} ${how}: ${this.output().slice(-1000)}`);
    }
}

export function run(program, args, {core, ...options} = {}) {
    const argv = core === undefined ? [program, ...args] : ['taskset', '-c', String(core), program, ...args];
    try {
        return execFileSync(argv[0], argv.slice(1), {encoding: 'utf8', maxBuffer: 1 << 28, timeout: 600000, ...options});
    } catch (error) {
        throw new Void(`${path.basename(program)}: ${(error.stderr || error.message).toString().trim().slice(-1000)}`);
    }
}

export function copyFolder(from, to) {
    fs.rmSync(to, {recursive: true, force: true});
    run('cp', ['-a', '--reflink=auto', from, to]);
    return to;
}

function loadArguments(port, options) {
    const args = [];
    for (const [name, value] of Object.entries(options)) {
        for (const one of Array.isArray(value) ? value : [value]) args.push(`--${name}`, ...(one === true ? [] : [String(one)]));
    }
    return [...args, `127.0.0.1:${port}`];
}

/* Begins a load and does not wait for it: what else is done runs beside it. Its report. */
export async function loadBeside(programs, port, options, {core = LOAD_CORE} = {}) {
    const argv = ['-c', String(core), path.join(programs, 'load/load'), ...loadArguments(port, options)];
    return JSON.parse((await promisify(execFile)('taskset', argv, {encoding: 'utf8'})).stdout);
}

/* Runs bench/load and returns its report. `options`: its long options; true for a flag, a list for a repeated one. */
export async function load(programs, port, options, {core = LOAD_CORE} = {}) {
    return JSON.parse(run(path.join(programs, 'load/load'), loadArguments(port, options), {core}));
}

/* Above this share of a processor spent by others, a measurement is made again. */
const DISTURBED = 0.15;
const ATTEMPTS = 4;

/* The quietest of at most four measurements; `measure` resolves to a report of the load. */
export async function undisturbed(measure) {
    let best;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const report = await measure();
        if (!best || report.others_cpu_share < best.others_cpu_share) best = report;
        if (best.others_cpu_share <= DISTURBED) break;
    }
    return best;
}

export const loadUndisturbed = (...args) => undisturbed(() => load(...args));

/* Measures the sides by turns, A B A B …, and returns their reports: {souk: [report…], nginx: […]}. */
export async function alternate(rounds, sides) {
    const reports = Object.fromEntries(Object.keys(sides).map(name => [name, []]));
    for (let round = 0; round < rounds; round++)
        for (const [name, measure] of Object.entries(sides)) reports[name].push(await measure(round));
    return reports;
}

export function rssAnonKib(pid) {
    return Number(/^RssAnon:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function first(program, args, pattern) {
    try {
        return pattern.exec(execFileSync(program, args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']}))[1];
    } catch {
        return 'unknown';
    }
}

export function facts(workFolder) {
    const lines = fs.readFileSync('/proc/mounts', 'utf8').trim().split('\n').map(line => line.split(' '));
    const under = lines.filter(([, point]) => `${workFolder}/`.startsWith(point.endsWith('/') ? point : `${point}/`));
    const mount = under.sort((a, b) => b[1].length - a[1].length)[0];
    const os_release = fs.readFileSync('/etc/os-release', 'utf8');
    return {
        cpu: os.cpus()[0].model.trim(),
        cores: os.cpus().length,
        memory_gib: Math.round(os.totalmem() / 2 ** 30),
        kernel: os.release(),
        system: /^PRETTY_NAME="?(.*?)"?$/m.exec(os_release)?.[1] ?? 'unknown',
        file_system: mount ? mount[2] : 'unknown',
        commit: first('git', ['describe', '--always', '--dirty', '--abbrev=12'], /(\S+)/),
        node: process.version,
    };
}
