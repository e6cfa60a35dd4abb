// A shop's client as a customer would write it: types generated from the shop's own description, requests by
// openapi-fetch. That it compiles proves that the description gives usable types; that it runs, that they are true.

import createClient from 'openapi-fetch';
import type {components, paths} from './api.js';

declare const process: {argv: string[]; exitCode: number};

type Product = components['schemas']['Product'];

const [address, key] = process.argv.slice(2);
const shopper = createClient<paths>({baseUrl: address});
const staff = createClient<paths>({baseUrl: address, headers: {Authorization: `Bearer ${key}`}});

let cases = 0;
let failed = 0;
function is(name: string, actual: unknown, expected: unknown): void {
    const fine = JSON.stringify(actual) === JSON.stringify(expected);
    if (!fine) failed++;
    console.log(`${fine ? 'ok' : 'not ok'} ${++cases} - ${name}`);
    if (!fine) console.log(`# expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

async function make(title: string): Promise<Product> {
    const {data, error, response} = await staff.POST('/v1/products', {
        body: {title, status: 'active', variants: [{sku: `SKU-${title}`, prices: [{currency: 'EUR', amount: 4900}]}]},
    });
    if (!data) throw new Error(`${response.status} ${error?.code}`);
    return data;
}

const first = await make('One');
for (const title of ['Two', 'Three', 'Four', 'Five']) await make(title);

// An answer has every field: no "possibly undefined" anywhere down to the price.
const read = await shopper.GET('/v1/products/{id}', {params: {path: {id: first.id}, query: {currency: 'EUR'}}});
is('a price is where the types say', read.data?.variants[0]?.prices[0]?.amount, 4900);

const titles: string[] = [];
let cursor: string | undefined;
do {
    const page = await shopper.GET('/v1/products', {params: {query: {limit: 2, cursor}}});
    if (!page.data) throw new Error(page.error.code);
    titles.push(...page.data.data.map((product) => product.title));
    cursor = page.data.next_cursor ?? undefined;
} while (cursor);
is('pages are walked by their cursors', titles, ['Five', 'Four', 'Three', 'Two', 'One']);

const etag = read.response.headers.get('ETag') ?? '';
const change = {params: {path: {id: first.id}, header: {'If-Match': etag}}, body: {title: 'First', description: null}};
const changed = await staff.PATCH('/v1/products/{id}', change);
is('the state that was read can be changed', changed.data?.title, 'First');
const late = await staff.PATCH('/v1/products/{id}', change);
is('… once', [late.response.status, late.error?.code], [412, 'version_changed']);

const refused = await staff.POST('/v1/products', {body: {title: '', status: 'active'}});
is('a refusal says where', refused.error?.errors?.map(({pointer, code}) => [pointer, code]), [['/title', 'too_short']]);

const removed = await staff.DELETE('/v1/products/{id}', {params: {path: {id: first.id}}});
is('a deletion has no body', [removed.response.status, removed.data], [204, undefined]);

const stranger = await shopper.GET('/v1/locations');
is('a stranger is told so', stranger.error?.status, 401);

// What the types must not let through.
export async function never(): Promise<void> {
    // @ts-expect-error a product needs a title
    await staff.POST('/v1/products', {body: {status: 'draft'}});
    // @ts-expect-error there is no such status
    await staff.POST('/v1/products', {body: {title: 'x', status: 'sold'}});
    // @ts-expect-error the shop sets the id
    const create: components['schemas']['ProductCreate'] = {title: 'x', id: 'prod_0000000000001'};
    // @ts-expect-error an amount is a number of cents
    await staff.POST('/v1/products', {body: {title: 'x', variants: [{prices: [{currency: 'EUR', amount: '49.00'}]}]}});
    // @ts-expect-error variants are changed one by one
    const patch: components['schemas']['ProductPatch'] = {variants: []};
    // @ts-expect-error there is no such parameter
    await shopper.GET('/v1/products', {params: {query: {page: 2}}});
    // @ts-expect-error there is no such path
    await shopper.GET('/v1/product');
    console.log(create, patch);
}

console.log(`1..${cases}`);
process.exitCode = failed ? 1 : 0;
