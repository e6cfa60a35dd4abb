// What a server of OAuth 2 and OpenID Connect must do, as three well-known clients see it: openid-client (the flows), oauth4webapi (single
// messages), jose (signatures). The same checks run against Souk (souk.mjs) and against oidc-provider (witness.mjs): what fails on
// both is wrong here, what fails on one is wrong there.
//
// A subject is a server with what was set up on it:
//
//     issuer                 its address
//     person                 {fields} to log in by, and {name, email} as its claims must tell them
//     service                a client that acts for itself: {client_id, client_secret, scope, beyond}
//     shop                   a confidential client for people: {client_id, client_secret, redirect_uri, post_logout_redirect_uri}
//     app                    a public one, that shares nothing with `shop`: {client_id, redirect_uri}
//     isConsent(page)        does the page ask for consent?
//     cancel(browser, page)  says no there: where the browser is then
//     more(tools)            what only this one must do; optional

import './webcrypto.mjs';
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import {Browser} from './browser.mjs';

const SCOPE = 'openid profile email offline_access';
const http = {[oauth.allowInsecureRequests]: true};

/* One client's way of doing things: openid-client's configuration. Signatures of ID tokens are verified too, although TLS would do. */
export function configure(subject, client) {
    const authentication = client.client_secret ? oidc.ClientSecretBasic(client.client_secret) : oidc.None();
    return oidc.discovery(new URL(subject.issuer), client.client_id, undefined, authentication,
        {execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]});
}

/* A request for a code, with everything that proves the answer. `change` alters its parameters; undefined takes one away. */
export async function ask(config, client, change = {}) {
    const verifier = oidc.randomPKCECodeVerifier();
    const parameters = {
        redirect_uri: client.redirect_uri, scope: SCOPE, prompt: 'consent', state: oidc.randomState(), nonce: oidc.randomNonce(),
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...change,
    };
    for (const name of Object.keys(parameters)) if (parameters[name] === undefined) delete parameters[name];
    const checks = {pkceCodeVerifier: verifier, expectedState: parameters.state, expectedNonce: parameters.nonce, idTokenExpected: true};
    return {address: oidc.buildAuthorizationUrl(config, parameters), checks, parameters};
}

export async function refused(promise, error, status) {
    const thrown = await promise.then(() => assert.fail(`not refused; wanted ${error}`), (reason) => reason);
    const [challenge] = thrown.code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' ? thrown.cause : []; // who sent Basic is asked for Basic
    assert.equal(challenge ? challenge.parameters.error : thrown.error, error, `${thrown.stack}\n${JSON.stringify(thrown.cause)}`);
    if (status) assert.equal(thrown.status, status);
}

export async function check(subject, report) {
    const {issuer, person} = subject;
    const shop = await configure(subject, subject.shop), app = await configure(subject, subject.app);
    const server = shop.serverMetadata();
    const jwks = jose.createRemoteJWKSet(new URL(server.jwks_uri));

    /* Consents, and logs in before if the browser has not yet: the usual one, since a server may count log-ins. */
    const usual = new Browser(issuer);
    const visit = async (config, client, change, browser = usual) => {
        const request = await ask(config, client, change);
        const end = await browser.walk(request.address, person.fields);
        assert.ok(end.left, `stopped at ${end.address} (${end.status}):\n${end.html}`);
        return {...request, answer: end.left, browser};
    };
    const redeem = (config, {answer, checks}) => oidc.authorizationCodeGrant(config, answer, checks);
    const logIn = async (config = shop, client = subject.shop, change = {}) => redeem(config, await visit(config, client, change));
    const refresh = (token, config = shop) => oidc.refreshTokenGrant(config, token);
    const isActive = async (token) => (await oidc.tokenIntrospection(shop, token)).active;

    /* ---- What it says of itself ---- */

    await report.case('discovery tells what there is', async () => {
        assert.equal(server.issuer, issuer);
        assert.ok(server.response_types_supported.includes('code'));
        assert.ok(server.code_challenge_methods_supported.includes('S256'));
        assert.ok(!server.code_challenge_methods_supported.includes('plain'));
        assert.ok(server.scopes_supported.includes('openid'));
        assert.ok(server.subject_types_supported.includes('public'));
        assert.equal(server.authorization_response_iss_parameter_supported, true);
        for (const name of ['authorization', 'token', 'userinfo', 'introspection', 'revocation', 'end_session'])
            assert.ok(server[`${name}_endpoint`].startsWith(issuer), name);
    });
    /* ---- client_credentials ---- */

    const service = await configure(subject, subject.service);
    await report.case('a client for itself has a token that jose verifies', async () => {
        const answer = await oidc.clientCredentialsGrant(service, {scope: subject.service.scope});
        assert.equal(answer.token_type, 'bearer');
        assert.equal(answer.refresh_token, undefined);
        assert.ok(answer.expires_in > 0);
        const {payload} = await jose.jwtVerify(answer.access_token, jwks, {issuer, typ: 'at+jwt', clockTolerance: 5});
        assert.equal(payload.client_id, subject.service.client_id);
        assert.equal(payload.sub, subject.service.client_id);
        assert.equal(payload.scope, subject.service.scope);
        assert.ok(payload.jti && payload.aud);
    });
    await report.case('the keys are public halves, and say what they are for', async () => {
        const {keys} = await (await fetch(server.jwks_uri)).json();
        assert.ok(keys.length >= 1);
        for (const key of keys) {
            assert.ok(key.kid && key.alg && key.use === 'sig', JSON.stringify(key));
            assert.equal(key.d, undefined);
        }
    });
    await report.case('with its secret in the body as well', async () => {
        const config = await oidc.discovery(new URL(issuer), subject.service.client_id, undefined,
            oidc.ClientSecretPost(subject.service.client_secret), {execute: [oidc.allowInsecureRequests]});
        assert.ok((await oidc.clientCredentialsGrant(config, {scope: subject.service.scope})).access_token);
    });
    await report.case('a wrong secret is invalid_client', async () => {
        const config = await configure(subject, {...subject.service, client_secret: 'wrong'});
        await refused(oidc.clientCredentialsGrant(config), 'invalid_client', 401);
    });
    await report.case('an unknown client is invalid_client too', async () => {
        const config = await configure(subject, {client_id: 'nobody', client_secret: 'wrong'});
        await refused(oidc.clientCredentialsGrant(config), 'invalid_client', 401);
    });
    await report.case('a scope that the client may not have is invalid_scope', async () => {
        await refused(oidc.clientCredentialsGrant(service, {scope: subject.service.beyond}), 'invalid_scope', 400);
    });
    await report.case('a grant that nobody knows is unsupported_grant_type', async () => {
        await refused(oidc.genericGrantRequest(service, 'urn:example:none', {}), 'unsupported_grant_type', 400);
    });

    /* ---- authorization_code ---- */

    await report.case('a code, and what it is worth', async () => {
        const before = Math.floor(Date.now() / 1000) - 5;
        const visited = await visit(shop, subject.shop);
        assert.equal(visited.answer.searchParams.get('iss'), issuer);
        const answer = await redeem(shop, visited);
        assert.equal(answer.token_type, 'bearer');
        assert.ok(answer.access_token && answer.refresh_token && answer.id_token);
        const {payload, protectedHeader} = await jose.jwtVerify(answer.id_token, jwks,
            {issuer, audience: subject.shop.client_id, clockTolerance: 5});
        assert.notEqual(protectedHeader.typ, 'at+jwt');
        assert.equal(payload.nonce, visited.parameters.nonce);
        assert.ok(payload.sub && payload.auth_time >= before);
        const half = createHash(protectedHeader.alg === 'EdDSA' ? 'sha512' : 'sha256').update(answer.access_token).digest();
        assert.equal(payload.at_hash, half.subarray(0, half.length / 2).toString('base64url'));
    });
    await report.case('userinfo tells what the scopes ask for', async () => {
        const answer = await logIn();
        const {sub} = answer.claims();
        const told = await oidc.fetchUserInfo(shop, answer.access_token, sub);
        assert.deepEqual({name: told.name, email: told.email, email_verified: told.email_verified},
            {name: person.name, email: person.email, email_verified: true});
        const posted = await fetch(server.userinfo_endpoint, {method: 'POST', headers: {authorization: `Bearer ${answer.access_token}`}});
        assert.deepEqual(await posted.json(), told);
    });
    await report.case('and no more than that', async () => {
        const answer = await logIn(shop, subject.shop, {scope: 'openid'});
        const told = await oidc.fetchUserInfo(shop, answer.access_token, answer.claims().sub);
        assert.deepEqual(Object.keys(told), ['sub']);
    });
    await report.case('userinfo refuses who has no token of it', async () => {
        const {id_token} = await logIn();
        for (const token of ['nonsense', id_token]) {
            const answer = await fetch(server.userinfo_endpoint, {headers: {authorization: `Bearer ${token}`}});
            assert.equal(answer.status, 401);
            assert.match(answer.headers.get('www-authenticate'), /^Bearer\b.*error="invalid_token"/);
        }
    });
    await report.case('a public client needs no secret', async () => {
        const answer = await logIn(app, subject.app);
        assert.ok(answer.access_token && answer.claims().sub);
    });
    await report.case('but cannot go without it where there is one', async () => {
        const visited = await visit(shop, subject.shop);
        const nobody = await configure(subject, {client_id: subject.shop.client_id});
        await refused(redeem(nobody, visited), 'invalid_client', 401);
    });
    await report.case('a code counts once, and its reuse ends what it gave', async () => {
        const visited = await visit(shop, subject.shop);
        const answer = await redeem(shop, visited);
        assert.equal(await isActive(answer.access_token), true);
        await refused(redeem(shop, visited), 'invalid_grant', 400);
        assert.equal(await isActive(answer.access_token), false);
        await refused(refresh(answer.refresh_token), 'invalid_grant', 400);
    });
    await report.case('a code without its verifier is nothing', async () => {
        const visited = await visit(shop, subject.shop);
        visited.checks.pkceCodeVerifier = oidc.randomPKCECodeVerifier();
        await refused(redeem(shop, visited), 'invalid_grant', 400);
    });
    await report.case('nor by another client', async () => {
        const visited = await visit(shop, subject.shop);
        await refused(redeem(app, visited), 'invalid_grant', 400);
    });
    await report.case('nor for another redirect URI', async () => {
        const {answer, checks} = await visit(shop, subject.shop);
        const client = {client_id: subject.shop.client_id};
        const proved = oauth.validateAuthResponse(server, client, answer, checks.expectedState);
        const sent = await oauth.authorizationCodeGrantRequest(server, client, oauth.ClientSecretBasic(subject.shop.client_secret), proved,
            `${subject.shop.redirect_uri}/`, checks.pkceCodeVerifier, http);
        assert.equal(sent.status, 400);
        assert.equal((await sent.json()).error, 'invalid_grant');
    });

    /* ---- What is wrong with a request ---- */

    for (const [name, change] of [['a redirect URI that is not registered', {redirect_uri: 'https://evil.example/callback'}],
        ['one that only begins well', {redirect_uri: `${subject.shop.redirect_uri}/evil`}],
        ['a client that nobody knows', {client_id: 'nobody'}]])
        await report.case(`${name} is told on a page, and the browser stays`, async () => {
            const {address} = await ask(shop, subject.shop, change);
            const page = await new Browser(issuer).open(address);
            assert.equal(page.left, undefined);
            assert.ok(page.status >= 400 && page.status < 500, `status ${page.status}`);
            assert.equal(page.forms.length, 0);
        });

    const told = (name, error, change) => report.case(`${name} is told to the client: ${error}`, async () => {
        const {address, checks} = await ask(shop, subject.shop, change);
        const {left} = await new Browser(issuer).open(address);
        assert.ok(left, 'the browser was not sent back');
        assert.equal(left.origin + left.pathname, subject.shop.redirect_uri);
        assert.equal(left.searchParams.get('iss'), issuer);
        await refused(oidc.authorizationCodeGrant(shop, left, checks), error);
    });
    await told('a request without PKCE', 'invalid_request', {code_challenge: undefined, code_challenge_method: undefined});
    await told('PKCE in the clear', 'invalid_request', {code_challenge_method: 'plain'});
    await told('prompt=none of who is not logged in', 'login_required', {prompt: 'none'});
    await told('prompt=none and more', 'invalid_request', {prompt: 'none login'});

    await report.case('who says no is sent back: access_denied', async () => {
        const browser = new Browser(issuer), {address, checks} = await ask(shop, subject.shop);
        const asked = await browser.walk(address, person.fields, (page) => subject.isConsent(page));
        const {left} = await subject.cancel(browser, asked);
        await refused(oidc.authorizationCodeGrant(shop, left, checks), 'access_denied');
    });
    await report.case('an answer with another state, or from another issuer, is refused by the client', async () => {
        const {answer, checks} = await visit(shop, subject.shop);
        const changed = (name) => { const url = new URL(answer); url.searchParams.set(name, 'https://evil.example'); return url; };
        for (const name of ['state', 'iss'])
            await assert.rejects(oidc.authorizationCodeGrant(shop, changed(name), checks), {code: 'OAUTH_INVALID_RESPONSE'});
    });

    /* ---- Who is logged in already ---- */

    await report.case('prompt=none of who is logged in and has consented needs no page', async () => {
        const {browser} = await visit(shop, subject.shop);
        browser.visited = [];
        const again = await visit(shop, subject.shop, {prompt: 'none'}, browser);
        assert.equal(browser.visited.length, 0);
        assert.ok((await redeem(shop, again)).access_token);
    });
    const asksAnew = (name, change) => report.case(`${name} asks for the password again`, async () => {
        const first = await visit(shop, subject.shop);
        const then = (await redeem(shop, first)).claims();
        first.browser.visited = [];
        const again = await visit(shop, subject.shop, change, first.browser);
        assert.ok(first.browser.visited.length > 0);
        const now = (await oidc.authorizationCodeGrant(shop, again.answer, {...again.checks, maxAge: 600})).claims();
        assert.ok(now.auth_time >= then.auth_time);
        assert.equal(now.sub, then.sub);
    });
    await asksAnew('prompt=login', {prompt: 'login'});
    await asksAnew('max_age=0', {max_age: '0', prompt: undefined});

    /* ---- refresh_token ---- */

    await report.case('a refresh token is good once, and gives another', async () => {
        const first = await logIn(), second = await refresh(first.refresh_token);
        assert.notEqual(second.refresh_token, first.refresh_token);
        assert.equal(await isActive(second.access_token), true);
        assert.equal(second.claims().sub, first.claims().sub);
        assert.ok((await refresh(second.refresh_token)).access_token);
    });
    // Two refreshes later: who repeats the last one may be forgiven, since its answer may have been lost.
    await report.case('an old one ends the whole family', async () => {
        const first = await logIn(), second = await refresh(first.refresh_token), third = await refresh(second.refresh_token);
        await refused(refresh(first.refresh_token), 'invalid_grant', 400);
        await refused(refresh(third.refresh_token), 'invalid_grant', 400);
        assert.equal(await isActive(third.access_token), false);
    });
    await report.case('that of a public client as well', async () => {
        const first = await logIn(app, subject.app), second = await refresh(first.refresh_token, app);
        const third = await refresh(second.refresh_token, app);
        await refused(refresh(first.refresh_token, app), 'invalid_grant', 400);
        await refused(refresh(third.refresh_token, app), 'invalid_grant', 400);
    });
    await report.case('it is nothing in the hands of another client', async () => {
        const {refresh_token} = await logIn();
        await refused(refresh(refresh_token, app), 'invalid_grant', 400);
    });
    await report.case('it asks for less, never for more', async () => {
        const {refresh_token} = await logIn(shop, subject.shop, {scope: 'openid profile offline_access'});
        await refused(oidc.refreshTokenGrant(shop, refresh_token, {scope: 'openid email'}), 'invalid_scope', 400);
        const less = await oidc.refreshTokenGrant(shop, refresh_token, {scope: 'openid'});
        assert.deepEqual(Object.keys(await oidc.fetchUserInfo(shop, less.access_token, less.claims().sub)), ['sub']);
    });

    /* ---- Introspection and revocation ---- */

    await report.case('introspection tells of a token that is good', async () => {
        const answer = await logIn();
        const told = await oidc.tokenIntrospection(shop, answer.access_token);
        assert.equal(told.active, true);
        assert.equal(told.client_id, subject.shop.client_id);
        assert.equal(told.sub, answer.claims().sub);
        assert.ok(told.exp > told.iat && told.scope.split(' ').includes('openid'));
    });
    await report.case('and of any other only that it is not', async () => {
        assert.deepEqual(await oidc.tokenIntrospection(shop, 'nonsense'), {active: false});
    });
    await report.case('nobody in particular may introspect nothing', async () => {
        const answer = await fetch(server.introspection_endpoint, {method: 'POST', body: new URLSearchParams({token: 'x'})});
        assert.ok([400, 401].includes(answer.status), `status ${answer.status}`);
    });
    await report.case('a refresh token that is revoked ends all that came of it', async () => {
        const answer = await logIn();
        await oidc.tokenRevocation(shop, answer.refresh_token);
        assert.equal(await isActive(answer.access_token), false);
        await refused(refresh(answer.refresh_token), 'invalid_grant', 400);
    });
    await report.case('an access token can be revoked', async () => {
        const answer = await logIn();
        await oidc.tokenRevocation(shop, answer.access_token, {token_type_hint: 'access_token'});
        assert.equal(await isActive(answer.access_token), false);
    });
    await report.case('to revoke what is nothing is no mistake', async () => {
        await oidc.tokenRevocation(shop, 'nonsense');
    });
    await report.case('and nobody revokes the tokens of another client', async () => {
        const answer = await logIn();
        await oidc.tokenRevocation(app, answer.refresh_token).catch(() => {});
        assert.equal(await isActive(answer.access_token), true);
    });

    /* ---- Logging out ---- */

    await report.case('a log-out that a client asks for ends the browser\'s session, and leads back', async () => {
        const visited = await visit(shop, subject.shop), {id_token} = await redeem(shop, visited);
        const address = oidc.buildEndSessionUrl(shop, {id_token_hint: id_token, state: 'out',
            post_logout_redirect_uri: subject.shop.post_logout_redirect_uri});
        const {left} = await visited.browser.walk(address, {});
        assert.equal(String(left), `${subject.shop.post_logout_redirect_uri}?state=out`);
        const again = await ask(shop, subject.shop, {prompt: 'none'});
        const end = await visited.browser.open(again.address);
        await refused(oidc.authorizationCodeGrant(shop, end.left, again.checks), 'login_required');
    });

    if (subject.more) await subject.more({shop, app, visit, redeem, logIn, refresh, isActive, told});
}
