// Logging in: how near it comes to the bare rate of hashes, and whether a flood of it is felt by who looks at products.

import path from 'node:path';

import {LOAD_CORE, SERVER_CORE, alternate, copyFolder, load, loadBeside, loadUndisturbed, median, run} from './machine.mjs';

const EMAIL = 'bench@shop.example', PASSWORD = 'correct horse battery staple';
const LOGINS = 16; // connections; more only wait
const RATE = 1000; // products a second, while others log in

/* No limit by address stands in the way: all come from one. */
const UNLIMITED = {SOUK_LIMITS_WRITES_PER_MINUTE: '1000000', SOUK_LIMITS_READS_PER_MINUTE: '10000000', SOUK_LIMITS_LOGINS_PER_MINUTE: '1000000'};

const loginOptions = {
    method: 'POST', path: '/v1/sessions', header: ['Content-Type: application/json'],
    body: JSON.stringify({email: EMAIL, password: PASSWORD}), connections: LOGINS, warmup: 1};

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
        const options = {...loginOptions, seconds: bed.seconds, pid: [server.pid]};
        const reports = await alternate(bed.rounds, {
            Souk: () => loadUndisturbed(bed.programs, server.port, options),
            'the hashes alone': () => JSON.parse(run(path.join(bed.programs, 'hash'), [String(bed.seconds), '1'], {core: SERVER_CORE}))});
        const rounds = {Souk: reports.Souk.map(r => r.rate), 'the hashes alone': reports['the hashes alone'].map(r => r.hashes_per_s)};
        const souk = median(rounds.Souk), opponent = median(rounds['the hashes alone']);
        return {souk, opponent, value: souk / opponent, rounds, others: othersOf({Souk: reports.Souk}), command: show(options),
            beside: besideOf({Souk: reports.Souk})};
    });

    /* By turns: products alone, and products while as many log in as can. */
    const flood = bed => withUser(bed, async (server, data) => {
        const asked = {paths: productPaths(bed, data), connections: 16, rate: RATE, warmup: 1, seconds: bed.seconds, pid: [server.pid]};
        const pressing = {...loginOptions, seconds: bed.seconds + 1, warmup: 0, expect: ['200', '503'], pid: [server.pid]};
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

    return [
        {name: 'logins', title: 'logging in against the bare rate of the hash', unit: 'log-ins/s', floor: 0.8, aim: 0.9, better: 'more', measure: logins,
            about: `One thread hashes (Argon2id, 19 MiB, 2 passes); each log-in also looks the user up and begins a session on disk. \`bench/hash.c\` only compares passwords, on the same core by turns. ${cores}`},
        {name: 'login-flood', title: 'p99 of products while 16 connections log in, against the same without', unit: 'ms', floor: 3, aim: 2, better: 'less', measure: flood,
            about: `Open loop, ${RATE} products a second by id from the database; the hash lane runs at nice 19 on the server's only core. ${cores}`},
    ];
}
