// npm jose as the peer of src/platform/jose: what one signs the other verifies, what one writes as a key the other reads, and of what
// jose can make but a shop must not take, each kind is refused. jose_peer is our side as a program.

import './webcrypto.mjs';
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import * as jose from 'jose';
import {Report} from './report.mjs';

const program = `${process.env.SOUK_TEST_BUILD ?? 'build'}/tests/oauth/jose_peer`;
const ISSUER = 'https://shop.example', AUDIENCE = 'https://api.shop.example', TYP = 'at+jwt';
const NOW = 1_800_000_000, LATER = NOW + 900; // seconds: nobody's clock is asked
const claims = {iss: ISSUER, aud: AUDIENCE, sub: 'user_1', iat: NOW, exp: LATER};
const rules = {issuer: ISSUER, audience: AUDIENCE, typ: TYP, currentDate: new Date(NOW * 1000)};

function peer(...words) {
    const run = spawnSync(program, words, {encoding: 'utf8'});
    assert.equal(run.status, 0, run.stderr || String(run.error));
    return run.stdout.trimEnd().split('\n');
}

const verify = (token, ...keys) => peer('verify', TYP, ISSUER, AUDIENCE, String(NOW), token, ...keys.map((key) => JSON.stringify(key)))[0];
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/* A pair of theirs, with the names that a key set of a server has. */
async function pairOf(alg, kid = 'one') {
    const pair = await jose.generateKeyPair(alg, {extractable: true});
    return {...pair, jwk: {...await jose.exportJWK(pair.publicKey), alg, kid, use: 'sig'}};
}

const signed = (pair, head = {}, changed = {}) => new jose.SignJWT({...claims, ...changed})
    .setProtectedHeader({alg: pair.jwk.alg, typ: TYP, kid: pair.jwk.kid, ...head}).sign(pair.privateKey, {crit: {souk: true}});

const report = new Report();
for (const alg of ['ES256', 'EdDSA']) {
    const [kid, secret, open] = peer('make', alg);
    const [ownPrivate, ownPublic] = [JSON.parse(secret), JSON.parse(open)];
    const own = await jose.importJWK(ownPublic, alg);
    const theirs = await pairOf(alg);

    await report.case(`${alg}: jose verifies our token`, async () => {
        const [token] = peer('sign', secret, TYP, JSON.stringify(claims));
        const {payload, protectedHeader} = await jose.jwtVerify(token, own, {...rules, algorithms: [alg]});
        assert.deepEqual(payload, claims);
        assert.deepEqual(protectedHeader, {alg, typ: TYP, kid});
    });
    await report.case(`${alg}: out of a set, by its kid`, async () => {
        const [token] = peer('sign', secret, TYP, JSON.stringify(claims));
        const set = jose.createLocalJWKSet({keys: [theirs.jwk, ownPublic]});
        assert.equal((await jose.jwtVerify(token, set, rules)).payload.sub, 'user_1');
    });
    await report.case(`${alg}: our keys are named by their thumbprint, and the public half holds no secret`, async () => {
        assert.equal(kid, await jose.calculateJwkThumbprint(ownPublic, 'sha256'));
        assert.equal(kid, ownPublic.kid);
        assert.equal(ownPublic.d, undefined);
        assert.ok(ownPrivate.d);
    });
    await report.case(`${alg}: jose signs with our key, and we verify`, async () => {
        const pair = {privateKey: await jose.importJWK(ownPrivate, alg), jwk: ownPublic};
        assert.equal(verify(await signed(pair), ownPublic), 'sub user_1');
    });
    await report.case(`${alg}: we verify jose's token, alone and out of a set`, async () => {
        const token = await signed(theirs), other = await pairOf(alg, 'two');
        assert.equal(verify(token, theirs.jwk), 'sub user_1');
        assert.equal(verify(token, other.jwk, theirs.jwk, ownPublic), 'sub user_1');
        assert.equal(verify(token, other.jwk, ownPublic), 'token_unknown_key');
    });
    await report.case(`${alg}: for several audiences, of which we are one`, async () => {
        assert.equal(verify(await signed(theirs, {}, {aud: ['https://other.example', AUDIENCE]}), theirs.jwk), 'sub user_1');
    });

    const refuse = (name, code, make) => report.case(`${alg}: refused: ${name}`, async () => {
        assert.equal(verify(await make(), theirs.jwk, ownPublic), code);
    });
    await refuse('another key of the same name', 'token_bad_signature', async () => signed(await pairOf(alg)));
    await refuse('the key that the token brings along', 'token_bad_signature', async () => {
        const pair = await pairOf(alg);
        return signed(pair, {jwk: await jose.exportJWK(pair.publicKey)});
    });
    await refuse('another type', 'token_wrong_type', () => signed(theirs, {typ: 'JWT'}));
    await refuse('none', 'token_wrong_type', () => signed(theirs, {typ: undefined}));
    await refuse('another issuer', 'token_wrong_issuer', () => signed(theirs, {}, {iss: 'https://evil.example'}));
    await refuse('another audience', 'token_wrong_audience', () => signed(theirs, {}, {aud: 'https://other.example'}));
    await refuse('one that is over', 'token_expired', () => signed(theirs, {}, {exp: NOW - 1}));
    await refuse('one without an end', 'token_bad_claims', () => signed(theirs, {}, {exp: undefined}));
    await refuse('one of tomorrow', 'token_not_yet_valid', () => signed(theirs, {}, {nbf: NOW + 86400}));
    await refuse('one that wants something critical', 'token_unsupported', () => signed(theirs, {crit: ['souk'], souk: 1}));
    await refuse('a payload that is not encoded (RFC 7797)', 'token_unsupported', async () => {
        const {protected: head, signature} = await new jose.FlattenedSign(Buffer.from(JSON.stringify(claims)))
            .setProtectedHeader({alg, typ: TYP, kid: 'one', b64: false, crit: ['b64']}).sign(theirs.privateKey);
        return `${head}.${encode(claims)}.${signature}`;
    });
    await refuse('no signature at all', 'token_unsupported', () =>
        `${encode({alg: 'none', typ: TYP, kid: 'one'})}.${encode(claims)}.`);
    await refuse('an HMAC with the public key as its secret', 'token_unsupported', () => new jose.SignJWT(claims)
        .setProtectedHeader({alg: 'HS256', typ: TYP, kid: 'one'}).sign(Buffer.from(JSON.stringify(theirs.jwk))));
    await refuse('RSA', 'token_unsupported', async () => signed(await pairOf('RS256')));
    await refuse('the other algorithm under the name of this key', 'token_unsupported', async () =>
        signed(await pairOf(alg === 'ES256' ? 'EdDSA' : 'ES256')));
    await refuse('a token that is encrypted', 'token_malformed', async () => {
        const {publicKey} = await jose.generateKeyPair('ECDH-ES');
        return new jose.EncryptJWT(claims).setProtectedHeader({alg: 'ECDH-ES', enc: 'A256GCM'}).encrypt(publicKey);
    });
}
process.exitCode = report.end();
