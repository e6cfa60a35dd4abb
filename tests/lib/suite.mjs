// The test suite: finds the tests, runs them side by side, adds up their cases. Called by tests/run.
//
// Everything that tests speaks TAP, so this file knows nothing of C or HTTP: it knows where tests are (meson's list,
// and folders of scripts), gives each its own database and a clean environment, and counts what they report.
// Rejected: `meson test`, which counts programs and not cases, and knows nothing of the parts that are not built.

import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {cpus} from 'node:os';
import {basename, join, resolve} from 'node:path';
import {cleanEnvironment} from './environment.mjs';
import {stall} from './stall.mjs';
import {parseTap} from './tap.mjs';

const DATABASES = ['sqlite', 'postgresql'];
const LOG_LINES_MAX = 60; // of one failed case
const SIDE_BY_SIDE_MAX = 12;
const STALL_FACTOR = 10; // so much longer takes who is stopped all the time
const TIMEOUT_S = 600; // only a hang comes to its end

function parseArguments(argv) {
    const options = {build: 'build', work: '', list: false, slow: 1, stall: null, patterns: []};
    for (let i = 0; i < argv.length; i++) {
        if (argv[i] === '--build') options.build = argv[++i];
        else if (argv[i] === '--work') options.work = argv[++i];
        else if (argv[i] === '--list') options.list = true;
        else if (argv[i] === '--slow') options.slow = Number(argv[++i]);
        else if (argv[i] === '--stall') options.stall = Number(argv[++i]);
        else if (argv[i].startsWith('--')) throw new Error(`unknown option ${argv[i]}`);
        else options.patterns.push(argv[i]);
    }
    return options;
}

/* How hard a test tries, and by which random numbers, is the caller's to say: SOUK_TEST_SOAK_KILLS, SOUK_TEST_MODEL_SEED … */
const asked = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => /^SOUK_TEST_(CRASH|JOBS|MODEL|SOAK)/.test(name)));

function environment(options) {
    return {
        ...cleanEnvironment(),
        ...asked(),
        CMOCKA_MESSAGE_OUTPUT: 'TAP',
        SOUK_TEST_BUILD: resolve(options.build),
        SOUK: resolve(options.build, 'souk'),
        SOUK_TEST_REQUIRE_PG: '1',
    };
}

/* unit: the cmocka programs; fuzz: the replays of seeds and past crashes. */
function mesonTests(options) {
    const run = spawnSync('meson', ['introspect', '--tests', options.build], {encoding: 'utf8'});
    if (run.status !== 0) throw new Error(`meson introspect: ${run.stderr}`);
    return JSON.parse(run.stdout).map((test) => {
        const suite = test.suite.map((name) => name.split(':').pop())[0] || 'unit';
        return {name: `${suite}/${test.name}`, argv: test.cmd, timeout_s: test.timeout, database: suite === 'unit'};
    });
}

/* Shell tests. Those that need no database say so in a line `# databases: none`; all others run once on each. */
function scriptTests(suite) {
    const folder = join('tests', suite);
    if (!existsSync(folder)) return [];
    const scripts = readdirSync(folder).filter((file) => file.endsWith('.sh')).sort();
    return scripts.flatMap((file) => {
        const path = join(folder, file);
        const name = basename(file, '.sh');
        if (/^# databases: none$/m.test(readFileSync(path, 'utf8')))
            return [{name: `${suite}/${name}`, argv: ['bash', path], timeout_s: TIMEOUT_S}];
        return DATABASES.map((driver) => ({
            name: `${suite}/${driver}/${name}`, argv: ['bash', path], timeout_s: TIMEOUT_S,
            driver, database: driver === 'postgresql',
        }));
    });
}

function findFiles(path, end) {
    if (!statSync(path).isDirectory()) return path.endsWith(end) ? [path] : [];
    return readdirSync(path).sort().flatMap((name) => findFiles(join(path, name), end));
}

/* Each conversation on each database; all leave a record of what went over the wire. */
function goldenTests(options) {
    return findFiles('tests/golden', '.http').flatMap((path) => DATABASES.map((driver) => ({
        name: `golden/${driver}/${path.slice('tests/golden/'.length, -'.http'.length)}`,
        argv: ['tests/golden/run', '--driver', driver, '--record', join(options.work, 'traffic'), path],
        timeout_s: TIMEOUT_S, server: driver === 'postgresql',
    })));
}

/* What the conversations said, held against what `souk openapi` and `souk routes` say. It needs all of them. */
function openapiTests(options) {
    if (!existsSync('src/main.c')) return [];
    return [{name: 'openapi/traffic', argv: ['tests/openapi/check', join(options.work, 'traffic')], timeout_s: TIMEOUT_S}];
}

/* In this order; the tests of one suite run side by side. A kind of test that is gone is no success. */
function findTests(options) {
    const built = mesonTests(options);
    for (const suite of ['unit', 'fuzz'])
        if (!built.some((test) => test.name.startsWith(`${suite}/`))) throw new Error(`the build has no ${suite} tests`);
    const scripts = ['build', 'tools', 'cli', 'clients', 'cost', 'access', 'oauth', 'stripe', 'crash', 'model', 'browser'].map(scriptTests);
    return [built, ...scripts, goldenTests(options), openapiTests(options)];
}

/* The tests of `suites` that the patterns name; when there is none, all but those that need a browser, which is too
 * large to be installed everywhere: they run when a pattern begins with "browser", and then they fail without one. */
function select(suites, patterns) {
    const fits = (test) => patterns.length === 0 || patterns.some((pattern) => test.name.includes(pattern));
    const browser = patterns.some((pattern) => pattern.startsWith('browser'));
    const named = (test) => fits(test) && (browser || !test.name.startsWith('browser/'));
    const openapi = suites.at(-1).some(named);
    return suites.map((tests) => tests.filter((test) => named(test) || (openapi && test.name.startsWith('golden/'))));
}

function psql(url, sql) {
    const run = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', url], {input: sql, encoding: 'utf8'});
    if (run.status !== 0) throw new Error(`psql: ${run.stderr || run.error}`);
}

/* A database of its own for each test that wants one. */
function createDatabases(url, tests) {
    const wanting = tests.filter((test) => test.database);
    psql(url, wanting.map((test, i) => {
        test.database = `test_${i}_${test.name.replace(/[^a-z0-9]/gi, '_')}`.slice(0, 60).toLowerCase();
        return `create database ${test.database} strategy file_copy;\n`;
    }).join(''));
    for (const test of wanting) test.databaseUrl = url.replace(/[^/]*$/, test.database);
    for (const test of tests) if (test.server) test.databaseUrl = url;
}

/* The groups of the tests that are running. */
const running = new Set();

function killGroup(group) {
    try { process.kill(-group, 'SIGKILL'); } catch { /* it has ended */ }
}

/* They are groups of their own, so whoever interrupts the run does not reach them. */
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]])
    process.on(signal, () => {
        running.forEach(killGroup);
        process.exit(status);
    });

function runTest(test, env, options) {
    return new Promise((done) => {
        const own = {...env, SOUK_TEST_DIR: join(options.work, test.name.replaceAll('/', '_'))};
        if (test.databaseUrl) own.SOUK_TEST_PG = test.databaseUrl;
        if (test.driver) own.SOUK_TEST_DRIVER = test.driver;
        mkdirSync(own.SOUK_TEST_DIR, {recursive: true});
        const started = process.hrtime.bigint();
        // A group of its own, so that what it started ends with it.
        const child = spawn(test.argv[0], test.argv.slice(1), {env: own, detached: true, stdio: ['ignore', 'pipe', 'pipe']});
        running.add(child.pid);
        const endStalls = options.stall === null ? () => {} : stall(child.pid, options.stall);
        let out = '', err = '', late = false;
        child.stdout.on('data', (bytes) => { out += bytes; });
        child.stderr.on('data', (bytes) => { err += bytes; });
        const timer = setTimeout(() => { late = true; killGroup(child.pid); }, test.timeout_s * 1000);
        const finish = (end) => {
            clearTimeout(timer);
            endStalls();
            killGroup(child.pid);
            running.delete(child.pid);
            const seconds = Number(process.hrtime.bigint() - started) / 1e9;
            done({...judge(out, err, late ? `no end after ${test.timeout_s} s` : end), seconds});
        };
        child.on('error', (error) => finish(error.message));
        child.on('exit', (code, signal) => {
            // What it left running must not hold the pipes open.
            setTimeout(killGroup, 1000, child.pid).unref();
            child.on('close', () => finish(signal ? `killed by ${signal}` : code ? `exit status ${code}` : ''));
        });
    });
}

/* A program that reports no cases is one case itself; one that ends badly with no failed case to show for it has one. */
function judge(out, err, end) {
    const cases = parseTap(out);
    const stderr = err.split('\n').filter((line) => line !== '');
    if (cases.length === 0)
        cases.push({name: '', status: end ? 'failed' : 'passed', detail: out.split('\n').filter((line) => line !== '')});
    else if (end && !cases.some((c) => c.status === 'failed'))
        cases.push({name: 'the program ends well', status: 'failed', detail: []});
    const failed = cases.filter((c) => c.status === 'failed');
    const culprit = failed.find((c) => c.name.endsWith('never finished')) ?? failed.at(-1);
    if (culprit && (end || stderr.length)) culprit.detail.push(...stderr, ...(end ? [`(${end})`] : []));
    return {cases};
}

/* Tests that are stopped most of the time leave room for others. No more than PostgreSQL has connections for. */
async function runSideBySide(tests, options, run) {
    const waiting = [...tests];
    const worker = async () => { for (let test; (test = waiting.shift());) await run(test); };
    const wanted = Math.max(2, cpus().length) * (options.stall === null ? 1 : 4);
    await Promise.all(Array.from({length: Math.min(wanted, SIDE_BY_SIDE_MAX)}, worker));
}

function count(cases, status) {
    return cases.filter((c) => c.status === status).length;
}

function report(test, result) {
    const failed = count(result.cases, 'failed'), skipped = count(result.cases, 'skipped');
    const notes = [`${result.cases.length} ${result.cases.length === 1 ? 'case' : 'cases'}`];
    if (failed) notes.push(`${failed} failed`);
    if (skipped) notes.push(`${skipped} skipped`);
    console.log(`${failed ? 'FAIL' : 'ok  '} ${test.name.padEnd(44)} ${notes.join(', ')}, ${result.seconds.toFixed(2)} s`);
}

function printCases(title, cases) {
    if (cases.length) console.log(`\n${title}:`);
    for (const c of cases) {
        console.log(`\n--- ${c.test}${c.name ? `: ${c.name}` : ''}`);
        const cut = c.detail.length - LOG_LINES_MAX;
        if (cut > 0) console.log(`    (${cut} earlier lines)`);
        for (const line of c.detail.slice(-LOG_LINES_MAX)) console.log(`    ${line}`);
    }
}

async function main() {
    const options = parseArguments(process.argv.slice(2));
    const suites = select(findTests(options), options.patterns);
    if (options.list) {
        for (const test of suites.flat()) console.log(test.name);
        return 0;
    }
    const env = environment(options);
    createDatabases(process.env.SOUK_TEST_PG, suites.flat());
    const all = [];
    for (const tests of suites) {
        await runSideBySide(tests, options, async (test) => {
            const slow = options.slow * (options.stall === null ? 1 : STALL_FACTOR);
            const result = await runTest({...test, timeout_s: test.timeout_s * slow}, env, options);
            report(test, result);
            all.push(...result.cases.map((c) => ({...c, test: test.name})));
        });
    }
    printCases('Skipped', all.filter((c) => c.status === 'skipped'));
    printCases('Failed', all.filter((c) => c.status === 'failed'));
    const passed = count(all, 'passed'), failed = count(all, 'failed'), skipped = count(all, 'skipped');
    console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
    return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await main();
