// oidc-provider, a certified server, set up to be what checks.mjs asks for: that the checks are right is proved on it.

import './webcrypto.mjs';
import {createServer} from 'node:http';
import * as jose from 'jose';
import {check} from './checks.mjs';
import {Report} from './report.mjs';

console.info = console.warn = () => {}; // it says at length that it is not meant for production like this
const {default: Provider} = await import('oidc-provider');

const callback = 'https://shop.example/callback', scope = 'openid profile email offline_access';
const shop = {client_id: 'shop', client_secret: 'the secret of the shop', redirect_uri: callback,
    post_logout_redirect_uri: 'https://shop.example/bye'};
const app = {client_id: 'app', redirect_uri: 'com.example.app:/callback'};
const service = {client_id: 'service', client_secret: 'the secret of the service', scope: 'shop:read', beyond: 'shop:write'};
const person = {fields: {login: 'ann', password: 'a password of mine'}, name: 'Ann Lee', email: 'ann@shop.example'};

const {privateKey} = await jose.generateKeyPair('EdDSA', {extractable: true});
const signing = {...await jose.exportJWK(privateKey), alg: 'EdDSA', use: 'sig', kid: 'one'};
const common = {id_token_signed_response_alg: 'EdDSA', require_auth_time: true};
const grants = ['authorization_code', 'refresh_token'];

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
    clients: [
        {...shop, redirect_uris: [callback], post_logout_redirect_uris: [shop.post_logout_redirect_uri], grant_types: grants, scope, ...common},
        {...app, redirect_uris: [app.redirect_uri], grant_types: grants, token_endpoint_auth_method: 'none', application_type: 'native',
            scope, ...common},
        {...service, redirect_uris: [], response_types: [], grant_types: ['client_credentials'], ...common},
    ].map(({redirect_uri, post_logout_redirect_uri, beyond, ...client}) => client),
    jwks: {keys: [signing]},
    cookies: {keys: ['of this test only']},
    scopes: ['openid', 'offline_access', 'shop:read', 'shop:write'],
    claims: {openid: ['sub'], profile: ['name'], email: ['email', 'email_verified']},
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: {idTokenSigningAlgValues: ['EdDSA']},
    findAccount: (ctx, id) => ({accountId: id, claims: () => ({sub: id, name: person.name, email: person.email, email_verified: true})}),
    pkce: {methods: ['S256'], required: () => true},
    rotateRefreshToken: true,
    issueRefreshToken: (ctx, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('openid'),
    features: {
        clientCredentials: {enabled: true}, introspection: {enabled: true}, revocation: {enabled: true}, rpInitiatedLogout: {enabled: true},
        resourceIndicators: {
            enabled: true,
            defaultResource: (ctx, client) => (client.clientId === 'service' ? 'urn:example:shop' : undefined),
            getResourceServerInfo: () => ({scope: 'shop:read', audience: 'urn:example:shop', accessTokenFormat: 'jwt',
                jwt: {sign: {alg: 'EdDSA'}}}),
        },
    },
});
server.on('request', provider.callback());

/* Its pages offer a link to leave by. */
const isConsent = ({html}) => html.includes('value="consent"');
const cancel = (browser, page) => browser.open(new URL(/href="([^"]*\/abort)"/.exec(page.html)[1], page.address));

const report = new Report();
await check({issuer, person, shop, app, service, isConsent, cancel}, report);
server.close();
server.closeAllConnections();
process.exitCode = report.end();
