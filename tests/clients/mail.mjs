// Sends to smtp-server, in clear and with TLS, with and without log-in, to addresses that it takes, refuses and puts off; and
// reads what came with mailparser. At once (`souk mail test`), and by the job that sends all mail.

import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {simpleParser} from 'mailparser';
import {SMTPServer} from 'smtp-server';
import {cleanEnvironment} from '../lib/environment.mjs';
import {makeClient, makePlace, startServer} from '../golden/lib/server.mjs';

const program = process.env.SOUK ?? 'build/souk';
const folder = mkdtempSync(join(tmpdir(), 'souk-mail.'));
const place = makePlace(process.env.SOUK_TEST_DRIVER ?? 'sqlite', process.env.SOUK_TEST_PG);
let number = 0, failed = false;

function check(name, good, detail = '') {
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
    if (!good) console.log(`# ${String(detail).replaceAll('\n', '\n# ')}`);
    failed ||= !good;
}

/* A certificate of our own for 127.0.0.1. */
function certificate(name) {
    const key = join(folder, `${name}.key`), cert = join(folder, `${name}.pem`);
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    {encoding: 'utf8'});
    if (made.status !== 0) throw new Error(made.stderr);
    return {key: readFileSync(key), cert: readFileSync(cert), file: cert};
}

/* A mail server, what it was given, and whoever waits for more of it. */
async function mailServer(options) {
    const got = [];
    let waiting = () => {};
    const server = new SMTPServer({
        authOptional: true, disabledCommands: [], logger: false, ...options,
        onData(stream, session, done) {
            const parts = [];
            stream.on('data', (bytes) => parts.push(bytes));
            stream.on('end', () => {
                got.push({bytes: Buffer.concat(parts), envelope: session.envelope, secure: session.secure, user: session.user});
                done();
                waiting();
            });
        },
    });
    server.on('error', () => {}); // clients that turn away from a certificate
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    return {got, port: server.server.address().port, close: () => new Promise((done) => server.close(done)),
        arrived: async (n) => { while (got.length < n) await new Promise((done) => { waiting = done; }); }};
}

function send(settings, ...words) {
    return new Promise((done) => {
        const child = spawn(program, ['mail', 'test', ...words, '--data', join(place.folder, 'data'), '--mail-transport', 'smtp',
            '--mail-from', 'Tea & Café <shop@example.org>', ...settings], {env: {...cleanEnvironment(), ...place.env}});
        let out = '';
        child.stdout.on('data', (bytes) => { out += bytes; });
        child.stderr.on('data', (bytes) => { out += bytes; });
        child.on('exit', (code) => done({code, out}));
    });
}

const CLEAR = ['--mail-tls', 'never'];
const own = certificate('own'), other = certificate('other');

/* ---- At once --------------------------------------------------------------------------------- */

const plain = await mailServer({
    onRcptTo({address}, session, done) {
        if (address.startsWith('nobody@')) return done(Object.assign(new Error('no such mailbox'), {responseCode: 550}));
        if (address.startsWith('later@')) return done(Object.assign(new Error('come back'), {responseCode: 450}));
        return done();
    },
    onAuth({username, password}, session, done) {
        return username === 'shop' && password === 'se cret/@:' ? done(null, {user: 'shop'}) : done(new Error('wrong password'));
    },
    allowInsecureAuth: true, hideSTARTTLS: true,
});
const to = (server, who = '') => ['--mail-url', `smtp://${who}127.0.0.1:${server.port}`];
{
    const sent = await send([...to(plain), ...CLEAR], 'ann@example.com');
    check('a message is taken', sent.code === 0 && plain.got.length === 1, sent.out);
    const {bytes, envelope} = plain.got[0];
    check('from and to the right addresses', envelope.mailFrom.address === 'shop@example.org' &&
        envelope.rcptTo.map(({address}) => address).join() === 'ann@example.com', JSON.stringify(envelope));
    const mail = await simpleParser(bytes);
    check('a reader finds the sender', mail.from.value[0].name === 'Tea & Café' && mail.from.value[0].address === 'shop@example.org',
        JSON.stringify(mail.from));
    check('and the addressee', mail.to.value[0].address === 'ann@example.com', JSON.stringify(mail.to));
    check('and the subject', mail.subject === "A test of this shop's mail", mail.subject);
    check('and the text', mail.text.trim() === 'This message was sent by `souk mail test`.', JSON.stringify(mail.text));
    check('and the same as HTML', /<p>This message was sent by/.test(mail.html), mail.html);
    check('and an id of the sender\'s domain', /^<[a-z]+_[0-9a-z]{13}@example\.org>$/.test(mail.messageId), mail.messageId);
    check('and a date of now', Math.abs(mail.date - Date.now()) < 3600_000, mail.date);
}
{
    const refused = await send([...to(plain), ...CLEAR], 'nobody@example.com');
    check('a refusal is told with its code', refused.code === 69 && refused.out.includes('550'), refused.out);
    const late = await send([...to(plain), ...CLEAR], 'later@example.com');
    check('so is a delay', late.code === 69 && late.out.includes('450'), late.out);
    const none = await send([...to(plain), ...CLEAR], 'ann@example.com\r\nBCC:eve@example.com');
    check('what is no address is not sent', none.code === 1, none.out);
    const clear = await send(to(plain), 'ann@example.com');
    check('without TLS nothing is sent unless allowed', clear.code === 69 && plain.got.length === 1, clear.out);
}
{
    const login = await send([...to(plain, 'shop:se%20cret%2F%40%3A@'), ...CLEAR], 'ann@example.com');
    check('it logs in', login.code === 0 && plain.got.at(-1).user === 'shop', login.out);
    const wrong = await send([...to(plain, 'shop:wrongpw@'), ...CLEAR], 'ann@example.com');
    check('a wrong password is told, and not shown', wrong.code === 69 && !wrong.out.includes('wrongpw'), wrong.out);
}

const secure = await mailServer({key: own.key, cert: own.cert});
{
    const sent = await send([...to(secure), '--mail-ca-file', own.file], 'ann@example.com');
    check('STARTTLS', sent.code === 0 && secure.got[0]?.secure === true, sent.out);
    const stranger = await send([...to(secure), '--mail-ca-file', other.file], 'ann@example.com');
    check('a certificate of a stranger is refused', stranger.code === 69 && secure.got.length === 1, stranger.out);
    const system = await send(to(secure), 'ann@example.com');
    check('so is one that the system does not know', system.code === 69 && secure.got.length === 1, system.out);
}
const implicit = await mailServer({key: own.key, cert: own.cert, secure: true});
{
    const sent = await send(['--mail-url', `smtps://127.0.0.1:${implicit.port}`, '--mail-ca-file', own.file], 'ann@example.com');
    check('TLS from the first byte', sent.code === 0 && implicit.got[0]?.secure === true, sent.out);
}

/* ---- By the job ------------------------------------------------------------------------------ */

const server = await startServer(program, place, {serve: ['--log-requests=false', '--mail-transport', 'smtp', ...to(plain),
    ...CLEAR, '--mail-from', 'Tea & Café <shop@example.org>'], env: {}});
const client = makeClient(server.port);
const jobs = async (query) => {
    const answer = await client.send('GET', `/v1/jobs?kind=mail.send${query}`, {authorization: `Bearer ${server.admin}`}, '');
    return JSON.parse(answer.body).data;
};
const until = async (query, n) => {
    for (;;) {
        const found = await jobs(query);
        if (found.length === n) return found;
    }
};
const settings = [...to(plain), ...CLEAR];
{
    const before = plain.got.length;
    const asked = await send(settings, '--later', 'ann@example.com');
    await plain.arrived(before + 1);
    const mail = await simpleParser(plain.got.at(-1).bytes);
    check('the job sends it', asked.code === 0 && mail.to.value[0].address === 'ann@example.com', asked.out);
    const [done] = await until('&state=done', 1);
    check('and its id is the message\'s', mail.messageId === `<${done.id}@example.org>`, `${mail.messageId} ${done.id}`);
}
{
    await send(settings, '--later', 'nobody@example.com');
    const [dead] = await until('&state=dead', 1);
    check('a refused message is a dead letter at once', dead.attempts === 1 && dead.error.includes('550'), JSON.stringify(dead));
    const shown = JSON.parse((await client.send('GET', `/v1/jobs/${dead.id}`, {authorization: `Bearer ${server.admin}`}, '')).body);
    check('that still knows whom it was for', shown.payload.to === 'nobody@example.com', JSON.stringify(shown));
}
{
    await send(settings, '--later', 'later@example.com');
    const tried = async () => (await jobs('')).find((job) => job.error.includes('450'));
    let job;
    while (!job) job = await tried();
    check('one that is put off is tried again', ['waiting', 'running'].includes(job.state), JSON.stringify(job));
}
client.close();
const end = await server.stop();
check('the server ends well', end === '', end);
for (const each of [plain, secure, implicit]) await each.close();
place.remove();
rmSync(folder, {recursive: true, force: true});
console.log(`1..${number}`);
process.exitCode = failed ? 1 : 0;
