// Does the program do what its OpenAPI document says? The golden conversations are the evidence.
//
// Three questions, a TAP case each for every operation: is each recorded exchange described (status, media type, body,
// the code of a refusal, query parameters, and a request body that was accepted); was each operation that the document
// or the route table knows answered with success on both databases; do refusals outside any operation speak RFC 9457.
// Descriptions are read as closed: a key that the document does not name is a failure, though clients must tolerate
// new ones.

import {readFileSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const require = createRequire(new URL('../package.json', import.meta.url));
const Ajv2020 = require('ajv/dist/2020.js').default;
const addFormats = require('ajv-formats').default;

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'];
const PROBLEMS_MAX = 10; // shown of one case

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const escape = (text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&'); // for a RegExp
const pointer = (...parts) => parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/* Forbids what is not named in every object schema that names properties, in place. */
function close(schema) {
    if (Array.isArray(schema)) return schema.forEach(close);
    if (schema === null || typeof schema !== 'object') return;
    for (const [key, part] of Object.entries(schema)) if (!['example', 'examples', 'default'].includes(key)) close(part);
    const closable = schema.properties && typeof schema.properties === 'object';
    if (closable && !('additionalProperties' in schema) && !('allOf' in schema)) schema.additionalProperties = false;
}

/* Requires nothing any more: what an answer to fields= is by its schema. */
function loosen(schema) {
    if (Array.isArray(schema)) return schema.forEach(loosen);
    if (schema === null || typeof schema !== 'object') return;
    if (Array.isArray(schema.required)) delete schema.required;
    Object.values(schema).forEach(loosen);
}

class Document {
    constructor(document) {
        this.document = document;
        const closed = structuredClone(document);
        close(closed.components?.schemas);
        close(closed.paths);
        const partial = structuredClone(closed);
        loosen(partial);
        this.ajv = new Ajv2020({strict: false, allErrors: true, validateFormats: true});
        addFormats(this.ajv);
        this.ajv.addSchema({...closed, $id: 'souk:openapi'});
        this.ajv.addSchema({...partial, $id: 'souk:partial'});
        this.validators = new Map();
        this.codes = new Set(Object.values(document.components?.responses ?? {})
            .flatMap((response) => Object.keys(response.content?.['application/problem+json']?.examples ?? {})));
        this.templates = Object.keys(document.paths ?? {}).map((path) => ({
            path,
            // What is written out wins over what is a parameter.
            weight: (path.match(/\{/g) ?? []).length,
            pattern: new RegExp(`^${path.split(/\{[^}]*\}/).map(escape).join('[^/]+')}$`),
        })).sort((a, b) => a.weight - b.weight);
    }

    /* Follows $ref: [what it means, where it stands]. */
    resolve(node, place) {
        while (node?.$ref) {
            place = node.$ref.slice(1);
            const parts = place.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
            node = parts.reduce((at, part) => at?.[part], this.document);
        }
        return [node, place];
    }

    find(method, target) {
        const path = decodePath(target.split('?')[0]);
        const template = this.templates.find(({pattern}) => pattern.test(path))?.path;
        if (!template) return null;
        const item = this.document.paths[template];
        const operation = item[method.toLowerCase()] ?? (method === 'HEAD' ? item.get : undefined);
        if (!operation) return null;
        const verb = item[method.toLowerCase()] ? method.toLowerCase() : 'get';
        return {key: `${verb.toUpperCase()} ${template}`, item, operation, place: pointer('paths', template, verb)};
    }

    operations() {
        return Object.entries(this.document.paths ?? {}).flatMap(([path, item]) =>
            METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`));
    }

    /* What is wrong with `value` by the schema at `place`; '' when nothing is. */
    violations(place, value, partial = false) {
        const schema = `souk:${partial ? 'partial' : 'openapi'}#${encodeURI(place)}`;
        if (!this.validators.has(schema)) this.validators.set(schema, this.ajv.compile({$ref: schema}));
        const validate = this.validators.get(schema);
        if (validate(value)) return '';
        const texts = validate.errors.map(({instancePath, message, params}) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
        return texts.slice(0, 5).join('; ');
    }
}

/* Escapes stand for what they escape; what is no escape stays. */
function decodePath(path) {
    try {
        return decodeURI(path);
    } catch {
        return path;
    }
}

const asksForFields = (target) => Boolean(new URLSearchParams(target.split('?')[1] ?? '').get('fields'));

const mediaType = (headers) => {
    const name = Object.keys(headers).find((key) => key.toLowerCase() === 'content-type');
    return name ? String(headers[name]).split(';')[0].trim().toLowerCase() : '';
};

function checkBody(document, content, place, type, body, what, partial = false) {
    if (!content || Object.keys(content).length === 0)
        return body === '' ? [] : [`${what} has a body, the document says none`];
    if (type === '' && body === '') return [`${what} has no body`];
    if (!content[type]) return [`${what} is ${type || 'of no type'}, the document knows ${Object.keys(content).join(', ')}`];
    if (!content[type].schema || !/json$/.test(type)) return [];
    let value;
    try {
        value = JSON.parse(body);
    } catch (error) {
        return [`${what}: ${error.message}`];
    }
    const wrong = document.violations(place + pointer('content', type, 'schema'), value, partial);
    return wrong ? [`${what}: ${wrong}`] : [];
}

function checkParameters(document, {item, operation}, target) {
    if (operation['x-lenient']) return [];
    const listed = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
    const parameters = listed.map((parameter) => document.resolve(parameter)[0]);
    const known = new Set(parameters.filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name));
    const query = new URLSearchParams(target.split('?')[1] ?? '');
    return [...query.keys()].filter((name) => !known.has(name))
        .map((name) => `the query parameter "${name}" was accepted, the document does not know it`);
}

/* A refusal's code must be one that its response shows as an example. What falls under `default` must be no code that
 * other operations show: then it is one of its own that this operation keeps quiet about. */
function checkCode(document, response, isDefault, row) {
    if (row.status < 400 || mediaType(row.headers) !== 'application/problem+json' || row.method === 'HEAD') return [];
    const {code} = JSON.parse(row.body);
    const shown = response.content?.['application/problem+json']?.examples ?? {};
    if (code in shown || (isDefault && !document.codes.has(code))) return [];
    return [`the refusal ${code} is not among ${Object.keys(shown).join(', ')}`];
}

/* The ways in which one exchange is not as its operation says. */
function checkExchange(document, found, row) {
    const {operation, place} = found;
    const range = `${String(row.status)[0]}XX`;
    const status = [String(row.status), range, 'default'].find((key) => operation.responses?.[key]);
    if (!status) return [`status ${row.status} is not described`];
    const [response, at] = document.resolve(operation.responses[status], place + pointer('responses', status));
    const problems = checkCode(document, response, status === 'default', row);
    for (const [name, header] of Object.entries(response.headers ?? {}))
        if (document.resolve(header)[0]?.required && !(name.toLowerCase() in row.headers))
            problems.push(`the header ${name} is missing`);
    if (row.method !== 'HEAD' && row.status !== 304)
        problems.push(...checkBody(document, response.content, at, mediaType(row.headers), row.body, 'the answer',
            row.status < 300 && asksForFields(row.target)));
    if (row.status < 400) {
        problems.push(...checkParameters(document, found, row.target));
        if (row.request_body !== '') {
            const [body, bodyAt] = document.resolve(operation.requestBody, place + pointer('requestBody'));
            const type = mediaType(row.request_headers);
            problems.push(...checkBody(document, body?.content, bodyAt, type, row.request_body, 'the request'));
        }
    }
    return problems;
}

/* A refusal, described or not, is problem+json that agrees with its status; but a page for people refuses with a page, and a foreign
 * protocol in its own document, which checkExchange holds against its schema. */
function checkRefusal(row, found) {
    if (row.status < 400 || row.method === 'HEAD') return [];
    const described = found?.operation.responses?.[String(row.status)]?.content ?? {};
    if ('text/html' in described && mediaType(row.headers) === 'text/html') return [];
    const foreign = 'application/json' in described && !('application/problem+json' in described);
    if (foreign && mediaType(row.headers) === 'application/json') return [];
    if (mediaType(row.headers) !== 'application/problem+json') return [`a refusal of type ${mediaType(row.headers) || 'none'}`];
    const body = JSON.parse(row.body);
    return body.status === row.status ? [] : [`the problem says status ${body.status}, the answer ${row.status}`];
}

class Tap {
    constructor() {
        this.cases = 0;
        this.failed = false;
    }

    report(name, problems) {
        this.failed ||= problems.length > 0;
        console.log(`${problems.length ? 'not ok' : 'ok'} ${++this.cases} - ${name}`);
        for (const problem of problems.slice(0, PROBLEMS_MAX)) console.log(`#   ${problem}`);
        if (problems.length > PROBLEMS_MAX) console.log(`#   and ${problems.length - PROBLEMS_MAX} more`);
    }
}

function readTraffic(folder) {
    return readdirSync(folder).filter((name) => name.endsWith('.jsonl')).sort()
        .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n').map((line) => JSON.parse(line)));
}

function main([documentPath, routesPath, folder]) {
    const document = new Document(readJson(documentPath));
    const traffic = readTraffic(folder);
    const drivers = [...new Set(traffic.map((row) => row.driver))].sort();
    const routes = readJson(routesPath).map((route) => `${route.method} ${route.path.replace(/\{([a-z_]+):[a-z]+\}/g, '{$1}')}`);
    const known = [...new Set([...document.operations(), ...routes])];
    const problems = new Map(known.map((key) => [key, []]));
    const succeeded = new Set();
    const strangers = [];
    for (const row of traffic) {
        const found = document.find(row.method, row.target);
        const stranger = !found && row.status < 400 && row.method !== 'OPTIONS'; // which every path takes
        const unknown = stranger ? ['an answer that the document does not know'] : [];
        const wrong = [...(found ? checkExchange(document, found, row) : unknown), ...checkRefusal(row, found)];
        const where = wrong.map((text) => `${row.file}:${row.line} (${row.driver}) ${row.method} ${row.target} ${row.status}: ${text}`);
        if (found && row.status < 400) succeeded.add(`${row.driver} ${found.key}`);
        (found ? problems.get(found.key) : strangers).push(...where);
    }
    const tap = new Tap();
    for (const [key, wrong] of problems) tap.report(`${key} is as described`, wrong);
    for (const key of known) {
        const missing = drivers.filter((driver) => !succeeded.has(`${driver} ${key}`));
        tap.report(`${key} was exercised`, missing.map((driver) => `no golden conversation on ${driver} had success with it`));
    }
    const documented = new Set(document.operations());
    for (const key of routes)
        tap.report(`${key} is documented`, documented.has(key) ? [] : ['a route that the document does not have']);
    tap.report('answers outside the described operations are refusals in problem+json', strangers);
    tap.report('both databases were spoken to', drivers.length === 2 ? [] : [`only ${drivers.join(', ') || 'none'}`]);
    return tap.failed ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
