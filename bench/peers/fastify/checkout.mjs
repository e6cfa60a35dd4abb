// Completing a checkout, as a good team would write it by hand: one transaction, and as few statements in it as its rules allow. The key is
// written first, so that of two who send it at once one waits and is told the other's order; the cart is held; goods are held in the order of their
// ids and taken by one guarded statement; all that the order consists of is written by one. Ids as text, since JavaScript's numbers end at 2^53.

import {createHash, randomBytes} from 'node:crypto';

import {integer, list, object, text} from './shapes.mjs';
import {idNumber, idText} from './spelling.mjs';

const KEY = {name: 'checkout-key', text: `insert into peer.idempotency_keys (key, cart_id, created_at) values ($1, $2, now())
    on conflict (key) do nothing returning key`};

const CART = {name: 'checkout-cart', text: `select id, status, email, address, shipping_rate, shipping, provider, method, order_id
    from peer.carts where id = $1 and token_hash = $2 for update`};

const LINES = {name: 'checkout-lines', text: `select l.variant_id, l.quantity, v.product, v.title, v.sku, v.price
    from peer.bought_lines l join peer.variants v on v.id = l.variant_id where l.cart_id = $1 order by l.variant_id`};

const STOCK = {name: 'checkout-stock', text: `with held as (
        select s.variant_id, w.quantity from unnest($1::bigint[], $2::bigint[]) w (variant_id, quantity)
        join peer.stock s on s.variant_id = w.variant_id order by s.variant_id for update of s)
    update peer.stock s set reserved = s.reserved + h.quantity from held h
    where s.variant_id = h.variant_id and s.on_hand - s.reserved >= h.quantity`};

const WRITE = {name: 'checkout-write', text: `with made as (
        insert into peer.orders (id, reference, cart_id, state, email, address, shipping_rate, subtotal, shipping, total, placed_at)
        values (nextval('peer.ids'), $2, $1, 'paid', $3, $4, $5, $6::bigint, $7::bigint, $6::bigint + $7::bigint, now()) returning id, total, placed_at),
    lines as (insert into peer.order_lines (order_id, position, variant_id, title, sku, quantity, unit_price)
        select made.id, l.position, l.variant_id, l.title, l.sku, l.quantity, l.price from made,
            unnest($8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[]) with ordinality l (variant_id, title, sku, quantity, price, position)),
    paid as (insert into peer.payments (id, order_id, provider, method, state, amount, paid_at)
        select nextval('peer.ids'), id, $13, $14, 'captured', total, now() from made),
    booked as (insert into peer.ledger_entries (id, order_id, account, amount, at)
        select nextval('peer.ids'), made.id, e.account, e.sign * total, now() from made, (values ('cash', -1), ('sales', 1)) e (account, sign)),
    told as (insert into peer.outbox (id, kind, payload, at)
        select nextval('peer.ids'), 'order.placed', jsonb_build_object('order', id), now() from made),
    closed as (update peer.carts set status = 'ordered', order_id = made.id, updated_at = now() from made where carts.id = $1)
    select id, total, placed_at from made`};

const ORDER = {name: 'checkout-order', text: `select o.*, (select json_agg(l order by position) from peer.order_lines l where l.order_id = o.id) as lines
    from peer.orders o where cart_id = $1`};

const hashOf = token => createHash('sha256').update(token).digest('base64url');
const newReference = () => randomBytes(5).toString('hex').toUpperCase();

/* What the provider says, who is part of this process here as it is in Souk. */
const authorise = method => method === 'tok_ok';

class Refusal extends Error {
    constructor(status, title) {
        super(title);
        this.answer = {status, body: {type: 'about:blank', title, status}};
    }
}

function answerOf(order, lines) {
    const total = Number(order.total), shipping = Number(order.shipping);
    return {status: 201, body: {status: 'completed', order: {
        id: idText('ord', order.id), reference: order.reference, state: order.state, cart: idText('cart', order.cart_id), email: order.email, currency: 'EUR',
        shipping_address: order.address, shipping_rate: order.shipping_rate, placed_at: order.placed_at,
        totals: {subtotal: total - shipping, discount: 0, shipping, tax: 0, total}, captured: total, refunded: 0,
        lines: lines.map(line => ({variant: idText('var', line.variant_id), title: line.title, sku: line.sku, quantity: Number(line.quantity),
            unit_price: Number(line.unit_price), total: Number(line.unit_price) * Number(line.quantity)}))}}};
}

async function boughtBefore(client, cart) {
    const {rows: [order]} = await client.query({...ORDER, values: [cart]});
    if (!order) throw new Refusal(409, 'The key was used for another cart');
    return answerOf(order, order.lines);
}

async function take(client, lines) {
    const {rowCount} = await client.query({...STOCK, values: [lines.map(line => line.variant_id), lines.map(line => line.quantity)]});
    if (rowCount !== lines.length) throw new Refusal(409, 'Sold out');
}

async function write(client, cart, lines, subtotal) {
    const reference = newReference(), of = name => lines.map(line => line[name]);
    const {rows: [made]} = await client.query({...WRITE, values: [cart.id, reference, cart.email, cart.address, cart.shipping_rate, subtotal, cart.shipping,
        of('variant_id'), of('title'), of('sku'), of('quantity'), of('price'), cart.provider, cart.method]});
    return {...made, reference, cart_id: cart.id, state: 'paid', email: cart.email, address: cart.address, shipping_rate: cart.shipping_rate, shipping: cart.shipping};
}

/* In a transaction. */
async function complete(client, id, token, key, wanted) {
    const {rowCount: isNew} = await client.query({...KEY, values: [key, id]});
    const {rows: [cart]} = await client.query({...CART, values: [id, hashOf(token)]});
    if (!cart) throw new Refusal(404, 'Not Found');
    if (!isNew || cart.status === 'ordered') return boughtBefore(client, id);
    const {rows: lines} = await client.query({...LINES, values: [id]});
    if (!lines.length) throw new Refusal(409, 'The cart is empty');
    const subtotal = lines.reduce((sum, line) => sum + Number(line.price) * Number(line.quantity), 0);
    if (subtotal + Number(cart.shipping) !== wanted.expected_total || wanted.currency !== 'EUR') throw new Refusal(409, 'The cart has changed');
    await take(client, lines);
    if (!authorise(cart.method)) throw new Refusal(402, 'The payment was declined');
    const order = await write(client, cart, lines, subtotal);
    return answerOf(order, lines.map(line => ({...line, unit_price: line.price})));
}

/* {status, body}: the order, or why there is none. */
async function completeCheckout(pool, cart, token, key, wanted) {
    const id = idNumber('cart', cart), client = await pool.connect();
    try {
        await client.query('begin');
        const answer = await complete(client, id ?? '0', token ?? '', key, wanted);
        await client.query('commit');
        return answer;
    } catch (error) {
        await client.query('rollback');
        if (error instanceof Refusal) return error.answer;
        throw error;
    } finally {
        client.release();
    }
}

/* ---- The route ----------------------------------------------------------------------------------------------------------- */

const wanted = {...object({expected_total: {type: 'integer', minimum: 0}, currency: {type: 'string', pattern: '^[A-Z]{3}$'}}), required: ['expected_total', 'currency']};
const named = {...object({'idempotency-key': {type: 'string', minLength: 1, maxLength: 255}}), required: ['idempotency-key']};
const address = object({name: text, line1: text, city: text, postal_code: text, country: text});
const completed = object({status: text, order: object({
    id: text, reference: text, state: text, cart: text, email: text, currency: text, shipping_address: address, shipping_rate: text, placed_at: text,
    totals: object({subtotal: integer, discount: integer, shipping: integer, tax: integer, total: integer}), captured: integer, refunded: integer,
    lines: list(object({variant: text, title: text, sku: text, quantity: integer, unit_price: integer, total: integer})),
})});

export function routeCheckout(app, pool) {
    app.post('/v1/carts/:id/checkout/complete', {schema: {body: wanted, headers: named, response: {201: completed}}}, async (request, reply) => {
        const {status, body} = await completeCheckout(pool, request.params.id, request.headers['cart-token'], request.headers['idempotency-key'], request.body);
        return reply.code(status).send(body);
    });
}
