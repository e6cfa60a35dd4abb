// Starts the program for one conversation, on an empty folder or a fresh database, and talks to it.

import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import http from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {brotliDecompressSync, gunzipSync} from 'node:zlib';
import {cleanEnvironment, PATIENCE_MS} from '../../lib/environment.mjs';

function psql(url, sql) {
    const run = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', url], {input: sql, encoding: 'utf8'});
    if (run.status !== 0) throw new Error(`psql: ${run.stderr || run.error}`);
}

let databases = 0;

/* Where the data lies: a folder, and for PostgreSQL a database of its own on the server `adminUrl`. */
export function makePlace(driver, adminUrl) {
    const folder = mkdtempSync(join(tmpdir(), 'souk-golden.'));
    const env = {};
    let drop = () => {};
    if (driver === 'postgresql') {
        const name = `golden_${process.pid}_${++databases}`;
        psql(adminUrl, `create database ${name} strategy file_copy`);
        env.DATABASE_URL = adminUrl.replace(/[^/]*$/, name);
        drop = () => psql(adminUrl, `drop database ${name} with (force)`);
    }
    return {folder, env, remove: () => { drop(); rmSync(folder, {recursive: true, force: true}); }};
}

export function seed(program, place, products) {
    const run = spawnSync(program, ['seed', '--products', String(products), '--data', join(place.folder, 'data')],
        {env: {...cleanEnvironment(), ...place.env}, encoding: 'utf8'});
    if (run.status !== 0) throw new Error(`souk seed: ${run.stderr || run.error}`);
}

/* A running server: {address, port, admin, setup, log(), gone(), stop(), kill()}. `admin` is the key that a first start prints, `setup` the token of
 * the link that makes the owner, or ''. What stop() and kill() promise is kept when the process is gone. */
export function startServer(program, place, settings) {
    const child = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(place.folder, 'data'), ...settings.serve],
        {env: {...cleanEnvironment(), ...place.env, ...settings.env}, stdio: ['ignore', 'pipe', 'pipe']});
    let out = '', log = '';
    const ended = new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)));

    const gone = () => child.exitCode !== null || child.signalCode !== null;

    /* '' when it ended by itself, well and in time, after SIGTERM; else what happened instead. */
    const stop = async () => {
        if (!gone()) child.kill('SIGTERM');
        const late = Symbol('late');
        let timer;
        const end = await Promise.race([ended, new Promise((done) => { timer = setTimeout(done, PATIENCE_MS, late); })]);
        clearTimeout(timer);
        if (end === 0) return '';
        child.kill('SIGKILL');
        return end === late ? `no end within ${PATIENCE_MS} ms of SIGTERM` : `ended with ${end}`;
    };

    return new Promise((ready, fail) => {
        const give = (how) => { clearTimeout(timer); how(); };
        const timer = setTimeout(() => {
            child.kill('SIGKILL');
            fail(new Error(`no address within ${PATIENCE_MS} ms\n${out}${log}`));
        }, PATIENCE_MS);
        child.on('error', (error) => give(() => fail(error)));
        ended.then((end) => give(() => fail(new Error(`the server ended at its start (${end})\n${out}${log}`))));
        const look = () => {
            const [address, port] = /http:\/\/127\.0\.0\.1:([0-9]+)/.exec(out) ?? [];
            const admin = /\bsk_[A-Za-z0-9_-]+/.exec(out)?.[0] ?? '';
            const setup = /\/setup\?token=(\S+)/.exec(out)?.[1] ?? '';
            const kill = () => { child.kill('SIGKILL'); return ended; };
            if (address) give(() => ready({address, port: Number(port), admin, setup, log: () => log, gone, stop, kill}));
        };
        child.stdout.on('data', (bytes) => { out += bytes; look(); });
        child.stderr.on('data', (bytes) => { log += bytes; });
    });
}

function decode(bytes, coding) {
    if (coding === 'gzip') return gunzipSync(bytes);
    if (coding === 'br') return brotliDecompressSync(bytes);
    return bytes;
}

/* One connection for a whole conversation: keep-alive is tested in passing. */
export function makeClient(port) {
    const agent = new http.Agent({keepAlive: true, maxSockets: 1});
    const send = (method, target, headers, body) => new Promise((done, fail) => {
        const request = http.request({agent, host: '127.0.0.1', port, method, path: target, headers, timeout: PATIENCE_MS});
        request.on('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
        request.on('error', fail);
        request.on('response', (answer) => {
            const parts = [];
            answer.on('data', (bytes) => parts.push(bytes));
            answer.on('error', fail);
            answer.on('end', () => {
                try {
                    const bytes = decode(Buffer.concat(parts), answer.headers['content-encoding']);
                    done({status: answer.statusCode, headers: answer.headers, body: bytes.toString('utf8'), bytes});
                } catch (error) {
                    fail(error);
                }
            });
        });
        request.end(body);
    });
    return {send, close: () => agent.destroy()};
}
