// The opponent: the same answer to GET /v1/products/{id} as a good team would write it by hand. Fastify answers through
// a compiled serialiser, pg asks with prepared statements over a pool, one process a core shares the port (cluster).
//
// usage: DATABASE_URL=postgresql://… PORT=… node server.mjs

import cluster from 'node:cluster';
import os from 'node:os';

import fastify from 'fastify';
import pg from 'pg';

const POOL = 8; // connections a process; 2 to 16 were tried: fewer are slower, more only wait longer

/* ---- Souk's spellings ----------------------------------------------------------------------------------------------- */

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const ID = /^prod_[0-7][0-9a-hjkmnp-tv-z]{12}$/;

function idText(prefix, decimal) {
    let n = BigInt(decimal);
    let low = Number(n & 0x3fffffffn);
    let middle = Number((n >> 30n) & 0x3fffffffn);
    let high = Number(n >> 60n);
    let text = '';
    for (let i = 0; i < 6; i++, low >>>= 5) text = CROCKFORD[low & 31] + text;
    for (let i = 0; i < 6; i++, middle >>>= 5) text = CROCKFORD[middle & 31] + text;
    return `${prefix}_${CROCKFORD[high]}${text}`;
}

function idNumber(text) {
    let n = 0n;
    for (let i = 5; i < text.length; i++) n = (n << 5n) | BigInt(CROCKFORD.indexOf(text[i]));
    return n.toString();
}

/* PostgreSQL writes "2026-11-21 12:58:19.12+00" in rows and "2026-11-21T12:58:19.12+00:00" in JSON. */
function timeText(text) {
    const end = text.indexOf('+');
    const dot = text.indexOf('.');
    const date = text.slice(0, 10), time = text.slice(11, dot < 0 ? end : dot);
    return dot < 0 ? `${date}T${time}Z` : `${date}T${time}.${text.slice(dot + 1, end).padEnd(6, '0')}Z`;
}

const STOCK_LOW = 5;
const availability = stock => (stock <= 0 ? 'out' : stock <= STOCK_LOW ? 'low' : 'in');

/* ---- The serialiser's schema ------------------------------------------------------------------------------------------ */

const text = {type: 'string'}, integer = {type: 'integer'}, optional = {type: ['string', 'null']};
const object = properties => ({type: 'object', properties});
const list = items => ({type: 'array', items});

const product = object({
    id: text, handle: text, title: text, description: text, status: text, channels: list(text), tags: list(text),
    options: list(object({name: text, values: list(text)})),
    attributes: list(object({name: text, value: text})),
    images: list(object({url: text, alt: text})),
    variants: list(object({
        id: text, product: text, sku: optional, barcode: optional, options: list(text), position: integer,
        prices: list(object({channel: text, currency: text, amount: integer})),
        stock: integer, availability: text, created_at: text, updated_at: text,
    })),
    version: integer, created_at: text, updated_at: text,
});

/* ---- One process ---------------------------------------------------------------------------------------------------- */

/* PostgreSQL folds a product into one row, its variants as JSON. Three statements over three connections at once (the
 * product, variants joined with prices, stock) were tried and were a quarter slower. Ids as text, since JavaScript's
 * numbers end at 2^53. */
const FIND = {
    name: 'find',
    text: `select p.id, p.handle, coalesce(t.title, p.title) as title, coalesce(t.description, p.description) as description,
    p.status, p.channels, p.tags, p.options, p.attributes, p.images, p.version, p.created_at, p.updated_at,
    (select json_agg(json_build_object('id', v.id::text, 'sku', v.sku, 'barcode', v.barcode, 'options', v.options,
            'position', v.position, 'created_at', v.created_at, 'updated_at', v.updated_at,
            'stock', coalesce((select sum(l.on_hand - l.reserved) from stock_levels l where l.variant_id = v.id), 0),
            'prices', coalesce((select json_agg(json_build_object('channel', r.channel, 'currency', r.currency, 'amount', r.amount)
                order by r.currency) from variant_prices r where r.variant_id = v.id and r.channel = $2), '[]'))
        order by v.position, v.id) from variants v where v.product_id = p.id) as variants
from products p
left join product_translations t on t.product_id = p.id and t.locale = $3
where p.id = $1 and p.status = 'active' and p.channels ? $2`,
};

function productOf(row) {
    const id = idText('prod', row.id);
    for (const variant of row.variants) {
        variant.id = idText('var', variant.id);
        variant.product = id;
        variant.availability = availability(variant.stock);
        variant.created_at = timeText(variant.created_at);
        variant.updated_at = timeText(variant.updated_at);
    }
    return {...row, id, created_at: timeText(row.created_at), updated_at: timeText(row.updated_at)};
}

async function serve() {
    pg.types.setTypeParser(pg.types.builtins.INT8, value => value);
    pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, value => value);
    const pool = new pg.Pool({connectionString: process.env.DATABASE_URL, max: POOL, min: POOL, options: '-c timezone=UTC'});
    const app = fastify({logger: false, genReqId: undefined});
    app.get('/v1/products/:id', {schema: {response: {200: product}}}, async (request, reply) => {
        const {id} = request.params;
        const {locale = '', channel = 'default'} = request.query;
        const {rows} = ID.test(id) ? await pool.query({...FIND, values: [idNumber(id), channel, locale]}) : {rows: []};
        if (rows.length === 0) return reply.code(404).send({type: 'about:blank', title: 'Not Found', status: 404});
        reply.header('x-request-id', request.id).header('etag', `"${rows[0].version}"`);
        return productOf(rows[0]);
    });
    app.get('/readyz', async () => {
        await pool.query('select 1');
        return {status: 'ok'};
    });
    await app.listen({host: '127.0.0.1', port: Number(process.env.PORT)});
}

if (cluster.isPrimary) {
    for (let i = 0; i < os.availableParallelism(); i++) cluster.fork();
    cluster.on('exit', () => process.exit(1)); // a measurement with a process less is void
    process.on('SIGTERM', () => process.exit(0));
} else {
    await serve();
}
