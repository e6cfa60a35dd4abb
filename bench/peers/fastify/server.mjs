// The opponent: the same answers as a good team would write them by hand. Fastify answers through a compiled serialiser,
// pg asks with prepared statements over a pool, Redis keeps finished answers, one process a core shares the port (cluster).
//
//     GET /v1/products/{id}
//     GET /v1/products?category=HANDLE&limit=20&include=facets,total
//     GET /v1/search?q=…&limit=20&include=facets,total     (sort=newest too)
//     POST /v1/carts/{id}/checkout/complete                {"expected_total": …, "currency": …}; checkout.sql makes its tables
//     POST /v1/carts/{id}/lines                            {"lines": [{"variant": …, "quantity": 1}]}
//
// usage: DATABASE_URL=postgresql://… PORT=… [REDIS_URL=redis://…] node server.mjs
//
// Lists and searches read a table of its own, which shelf.sql makes. Without REDIS_URL nothing is kept.

import cluster from 'node:cluster';
import os from 'node:os';

import fastify from 'fastify';
import pg from 'pg';

import {Cache} from './cache.mjs';
import {addToCart} from './carts.mjs';
import {routeCheckout} from './checkout.mjs';
import {Lists} from './lists.mjs';
import {productById} from './products.mjs';
import * as shapes from './shapes.mjs';
import {idNumber} from './spelling.mjs';

const POOL = 8; // connections a process; 2 to 16 were tried: fewer are slower, more only wait longer

function connect() {
    pg.types.setTypeParser(pg.types.builtins.INT8, value => value);
    pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, value => value);
    return new pg.Pool({connectionString: process.env.DATABASE_URL, max: POOL, min: POOL, options: '-c timezone=UTC'});
}

const NOT_FOUND = {type: 'about:blank', title: 'Not Found', status: 404};

async function serve() {
    const pool = connect(), cache = new Cache(process.env.REDIS_URL), lists = new Lists(pool);
    await lists.load();
    const app = fastify({logger: false, genReqId: undefined});

    /* Answers what read() resolves to, in this shape. */
    const route = (path, shape, read) => app.get(path, {schema: {response: {200: shape}}}, async (request, reply) => {
        const answer = await cache.answer(request.url, async () => {
            const value = await read(request);
            return value && reply.serialize(value);
        });
        if (!answer) return reply.code(404).send(NOT_FOUND);
        reply.header('x-request-id', request.id).header('etag', `"${answer.etag}"`).type('application/json');
        return reply.send(answer.body);
    });
    route('/v1/products/:id', shapes.product, ({params, query}) => productById(pool, idNumber('prod', params.id) ?? '0', query));
    route('/v1/products', shapes.products, ({query}) => lists.inCategory(query));
    route('/v1/search', shapes.hits, ({query}) => lists.search(query));

    routeCheckout(app, pool);

    app.post('/v1/carts/:id/lines', {schema: {body: shapes.wanted, response: {200: shapes.cart}}}, async (request, reply) => {
        const {status, body} = await addToCart(pool, request.params.id, request.headers['cart-token'], request.body.lines[0]);
        return reply.code(status).send(body);
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
