// A PostgreSQL with the seeded shop, for the rows that need one: started when the first row asks, stopped at the end. Its
// folder stays for as long as the program is the same, since filling it takes longer than measuring.

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import {Void, atExit, run} from './machine.mjs';
import {listProducts} from './souk.mjs';

function remember(file, value) {
    fs.writeFileSync(file, JSON.stringify(value));
    return value;
}

/* Statistics are fresh, and no worker of autovacuum comes or goes while a side is measured. */
const SETTLE = ['vacuum analyze', 'alter system set autovacuum = off', 'select pg_reload_conf()', 'checkpoint'];

const postmaster = folder => Number(fs.readFileSync(path.join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);

export class Postgres {
    constructor(bed) {
        this.script = path.join(bed.bench, '../tests/lib/pg.sh');
        this.folder = path.join(bed.work, 'pg');
        this.stamp = path.join(bed.work, 'pg.json');
        this.data = path.join(bed.work, 'data-pg'); // Souk's own folder
        this.bed = bed;
    }

    #do(...args) {
        return execFileSync(this.script, args, {encoding: 'utf8'}).trim();
    }

    sql(text) {
        return run('psql', ['-X', '-At', '-v', 'ON_ERROR_STOP=1', this.url, '-c', text]).trim();
    }

    file(path) {
        return run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', this.url, '-f', path]);
    }

    #throwAway() {
        this.#do('stop', this.folder);
        fs.rmSync(this.stamp, {force: true});
        fs.rmSync(this.data, {recursive: true, force: true});
    }

    /* What an earlier run has left, or undefined when that is of another program or does not start. */
    #again() {
        if (!fs.existsSync(this.stamp)) return undefined;
        const kept = JSON.parse(fs.readFileSync(this.stamp, 'utf8'));
        if (kept.program !== this.bed.souk.mark()) return undefined;
        try {
            this.#do('again', this.folder);
            return kept;
        } catch {
            return undefined; // its port is taken, or it was killed
        }
    }

    #settle() {
        SETTLE.forEach(statement => this.sql(statement));
    }

    async #fill() {
        this.#throwAway(); // what an older program or a killed run left
        this.url = this.#do('start', '--durable', this.folder);
        const seconds = this.bed.souk.seed(this.data, {env: this.env()});
        this.file(path.join(this.bed.bench, 'peers/fastify/shelf.sql'));
        this.#settle();
        const souk = await this.bed.souk.serve(this.data, {core: null, env: this.env()});
        const list = await listProducts(souk.port);
        await souk.stop();
        return remember(this.stamp, {program: this.bed.souk.mark(), url: this.url, seconds, ...list});
    }

    env() {
        return {DATABASE_URL: this.url};
    }

    halt() {
        atExit.delete(this.undo);
        this.#do('halt', this.folder);
    }

    async start() {
        const kept = this.#again();
        this.undo = () => this.halt();
        try {
            this.shop = kept ?? await this.#fill();
        } catch (error) {
            this.#throwAway();
            throw error instanceof Void ? error : new Void(`PostgreSQL: ${error.message}`);
        }
        atExit.add(this.undo);
        this.url = this.shop.url;
        this.pid = postmaster(this.folder);
        this.bed.versions.PostgreSQL = this.sql('show server_version');
        return this;
    }
}

/* An empty server of its own, which ends with f: f({url, pid, psql, settle}). */
export async function withEmptyPostgres(bed, name, f) {
    const script = path.join(bed.bench, '../tests/lib/pg.sh'), folder = path.join(bed.work, name);
    const stop = () => execFileSync(script, ['stop', folder]);
    stop();
    atExit.add(stop);
    try {
        const url = execFileSync(script, ['start', '--durable', folder], {encoding: 'utf8'}).trim();
        const psql = (...args) => run('psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', url, ...args]).trim();
        return await f({url, pid: postmaster(folder), psql, settle: () => SETTLE.forEach(statement => psql('-c', statement))});
    } finally {
        atExit.delete(stop);
        stop();
    }
}

/* The one of this run. `shop` is what listProducts says of it. */
export async function postgres(bed) {
    bed.postgres ??= await new Postgres(bed).start();
    return bed.postgres;
}
