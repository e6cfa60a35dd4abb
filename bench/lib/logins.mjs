// Logging in: how near it comes to the bare rate of hashes, and whether a flood of it is felt by who looks at products.

import fs from 'node:fs';
import path from 'node:path';

import {LOAD_CORE, SERVER_CORE, Void, alternate, askFor, copyFolder, load, loadBeside, loadUndisturbed, median, run} from './machine.mjs';

const EMAIL = 'bench@shop.example', PASSWORD = 'correct horse battery staple';
const LOGINS = 16; // connections; more only wait
const SESSIONS = 1000000;
const RATE = 1000; // products a second, while others log in

/* No limit by address stands in the way: each log-in comes from another one, as the load says in a proxy's place. */
const UNLIMITED = {SOUK_LIMITS_WRITES_PER_MINUTE: '0', SOUK_LIMITS_READS_PER_MINUTE: '0', SOUK_HTTP_TRUSTED_PROXIES: '127.0.0.1'};
const CREDENTIALS = JSON.stringify({email: EMAIL, password: PASSWORD});

/* From a device that the account knows, so that it may log in however often others have tried. */
async function loginOptions(port) {
    const answer = await askFor(200, port, '/v1/sessions', {'Content-Type': 'application/json'}, 'POST', CREDENTIALS);
    const cookies = answer.headers.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value.split(';')[0]);
    const device = cookies.find(pair => pair.startsWith('souk_device='));
    return {method: 'POST', path: '/v1/sessions', body: CREDENTIALS, connections: LOGINS, warmup: 1,
        header: ['Content-Type: application/json', 'X-Forwarded-For: 2001:db8:0:{n}::1', `Cookie: ${device}`]};
}

const shown = (show, options) => show({...options, header: options.header.map(line => line.replace(/souk_device=.*/, 'souk_device=…'))});

/* A shop with one user. */
async function withUser(bed, f) {
    const data = await bed.souk.seeded();
    const folder = copyFolder(data.folder, path.join(bed.work, 'data-logins'));
    run(bed.souk.program, ['user', 'add', EMAIL, '-', '--data', folder], {input: `${PASSWORD}\n`});
    const server = await bed.souk.serve(folder, {env: UNLIMITED});
    try {
        return await f(server, data);
    } finally {
        await server.stop();
    }
}

export function loginRows({productPaths, besideOf, othersOf, show, cores}) {
    const logins = bed => withUser(bed, async server => {
        const options = {...await loginOptions(server.port), seconds: bed.seconds, pid: [server.pid]};
        const reports = await alternate(bed.rounds, {
            Souk: () => loadUndisturbed(bed.programs, server.port, options),
            'the hashes alone': () => JSON.parse(run(path.join(bed.programs, 'hash'), [String(bed.seconds), '1'], {core: SERVER_CORE}))});
        const rounds = {Souk: reports.Souk.map(r => r.rate), 'the hashes alone': reports['the hashes alone'].map(r => r.hashes_per_s)};
        const souk = median(rounds.Souk), opponent = median(rounds['the hashes alone']);
        return {souk, opponent, value: souk / opponent, rounds, others: othersOf({Souk: reports.Souk}), command: shown(show, options),
            beside: besideOf({Souk: reports.Souk})};
    });

    /* By turns: products alone, and products while as many log in as can. */
    const flood = bed => withUser(bed, async (server, data) => {
        const asked = {paths: productPaths(bed, data), connections: 16, rate: RATE, warmup: 1, seconds: bed.seconds, pid: [server.pid]};
        const pressing = {...await loginOptions(server.port), seconds: bed.seconds + 1, warmup: 0, expect: ['200', '503'], pid: [server.pid]};
        const reports = await alternate(bed.rounds, {
            Souk: async () => {
                const flooding = loadBeside(bed.programs, server.port, pressing, {core: LOAD_CORE});
                const report = await load(bed.programs, server.port, asked, {core: LOAD_CORE});
                await flooding;
                return report;
            },
            'the same without': () => load(bed.programs, server.port, asked, {core: LOAD_CORE})});
        const p99 = list => list.map(r => r.latency_us.p99 / 1000);
        const rounds = Object.fromEntries(Object.entries(reports).map(([side, list]) => [side, p99(list)]));
        const souk = median(rounds.Souk), opponent = median(rounds['the same without']);
        return {souk, opponent, value: souk / opponent, rounds, command: show(asked), beside: besideOf(reports)};
    });

    /* The row of bench/micro of that name: what the median of its rounds was, in µs. */
    const micro = name => async bed => {
        const medians = (await alternate(bed.rounds, {Souk: () => {
            const line = run(path.join(bed.programs, 'micro/micro'), [name], {core: SERVER_CORE}).split('\n').find(text => text.startsWith(name));
            if (!line) throw new Void(`bench/micro has no row "${name}"`);
            return Number(line.trim().split(/\s+/).at(-1)) / 1000;
        }})).Souk;
        return {souk: median(medians), value: median(medians), rounds: {Souk: medians}, command: `micro '${name}'`};
    };

    const sessions = kind => async bed => {
        const folder = path.join(bed.work, 'data-sessions');
        fs.rmSync(folder, {recursive: true, force: true});
        fs.mkdirSync(folder);
        const postgres = path.join(bed.bench, '../tests/lib/pg.sh');
        const where = kind === 'PostgreSQL' ? run(postgres, ['start', path.join(folder, 'pg')]).trim() : folder;
        try {
            const made = JSON.parse(run(path.join(bed.programs, 'sessions'), [where, String(SESSIONS)]));
            return {souk: made.bytes / 1e6, value: made.bytes / 1e6, beside: {'seconds to begin them': made.seconds}, command: `sessions ${SESSIONS}`};
        } finally {
            if (where !== folder) run(postgres, ['stop', path.join(folder, 'pg')]);
            fs.rmSync(folder, {recursive: true, force: true});
        }
    };

    return [
        {name: 'token-check', title: 'who sends a request, by a token of 600 bytes, one of 8,000 in memory: median', unit: 'µs', floor: 3, aim: 1, better: 'less', absolute: true,
            measure: micro('token check, one of 8,000 JWTs'),
            about: 'From the header to the actor with his permissions, single-threaded on a core of its own; what `bench/micro` measures is processor time, since it never waits.'},
        {name: 'limit-deny', title: 'a limit that refuses, one of 10,000 addresses: median', unit: 'µs', floor: 1, aim: 0.2, better: 'less', absolute: true,
            measure: micro('limit: refused, 10,000 addresses'), about: '`limit_take` of an address that has used up its share.'},
        {name: 'sessions', title: '1,000,000 sessions on disk, SQLite', unit: 'MB', floor: 300, aim: 250, better: 'less', absolute: true, measure: sessions('SQLite'),
            about: 'Four a user, of browsers, with the index: how much larger the database file is.'},
        {name: 'sessions-postgres', title: '1,000,000 sessions on disk, PostgreSQL', unit: 'MB', floor: 300, aim: 250, better: 'less', absolute: true, measure: sessions('PostgreSQL'),
            about: 'The same; `pg_total_relation_size`.'},
        {name: 'logins', title: 'logging in against the bare rate of the hash', unit: 'log-ins/s', floor: 0.9, aim: 0.95, better: 'more', measure: logins,
            about: `One thread hashes (Argon2id, 19 MiB, 2 passes); each log-in also looks the user up and begins a session on disk. \`bench/hash.c\` only compares passwords, on the same core by turns. ${cores}`},
        {name: 'login-flood', title: 'p99 of products while 16 connections log in, against the same without', unit: 'ms', floor: 2, aim: 1.3, better: 'less', measure: flood,
            about: `Open loop, ${RATE} products a second by id from the database; the hash lane runs at nice 19 on the server's only core. ${cores}`},
    ];
}
