// Adding to a cart, as a good team would write it by hand: one transaction of three statements, each of which asks for all that it can.
// Ids as text, since JavaScript's numbers end at 2^53.

import {createHash} from 'node:crypto';

import {idNumber, idText} from './spelling.mjs';

/* Whose it is, whether it is open, and the row held: one statement. */
const TAKE = {name: 'cart-take', text: `update carts set version = version + 1, updated_at = now(), expires_at = now() + interval '30 days'
    where id = $1 and status = 'open' and expires_at > now() and token_hash = $2
    returning version, channel, currency, locale, expires_at`};

const PUT = {name: 'cart-put', text: `insert into peer.cart_lines as l (cart_id, variant_id, quantity) values ($1, $2, $3)
    on conflict (cart_id, variant_id) do update set quantity = l.quantity + excluded.quantity`};

/* The whole cart, and for each line what may be said against it. A price is the one of the largest quantity that is reached. */
const SHOW = {name: 'cart-show', text: `select l.variant_id, v.product_id, l.quantity, coalesce(t.title, p.title) as title, v.sku, v.options,
    p.images -> 0 ->> 'url' as image, v.tax_class, v.weight, p.status = 'active' and p.channels ? $2 as shown, r.amount,
    (select sum(s.on_hand - s.reserved) from stock_levels s where s.variant_id = l.variant_id) as free
    from peer.cart_lines l join variants v on v.id = l.variant_id join products p on p.id = v.product_id
    left join product_translations t on t.product_id = p.id and t.locale = $4
    left join lateral (select amount from prices where variant_id = v.id and channel = $2 and currency = $3 and price_list is null
        and min_quantity <= l.quantity and (starts_at is null or starts_at <= now()) and (ends_at is null or ends_at > now())
        order by min_quantity desc, starts_at desc nulls last limit 1) r on true
    where l.cart_id = $1 order by l.variant_id`};

const hashOf = token => createHash('sha256').update(token).digest('base64url');

function lineOf(row) {
    const quantity = Number(row.quantity), price = Number(row.amount);
    return {variant: idText('var', row.variant_id), product: idText('prod', row.product_id), quantity, title: row.title, sku: row.sku,
        options: row.options, image: row.image ?? '', tax_class: row.tax_class, weight: row.weight === null ? null : Number(row.weight),
        unit_price: price, subtotal: price * quantity};
}

function cartOf(id, row, rows) {
    const lines = rows.map(lineOf);
    return {id, currency: row.currency, channel: row.channel, version: Number(row.version), lines,
        total: lines.reduce((sum, line) => sum + line.subtotal, 0)};
}

/* {status, body}: the cart, or why not. */
export async function addToCart(pool, id, token, {variant, quantity}) {
    const cart = idNumber('cart', id), what = idNumber('var', variant), client = await pool.connect();
    const refuse = async (status, title) => {
        await client.query('rollback');
        return {status, body: {type: 'about:blank', title, status}};
    };
    try {
        await client.query('begin');
        const {rows: [row]} = await client.query({...TAKE, values: [cart, hashOf(token ?? '')]});
        if (!row) return await refuse(404, 'Not Found');
        await client.query({...PUT, values: [cart, what, quantity]});
        const {rows: lines} = await client.query({...SHOW, values: [cart, row.channel, row.currency, row.locale]});
        const added = lines.find(line => line.variant_id === what);
        if (!added?.shown || added.amount === null || Number(added.free) < Number(added.quantity)) return await refuse(409, 'Cannot be added');
        await client.query('commit');
        return {status: 200, body: cartOf(id, row, lines)};
    } catch (error) {
        await client.query('rollback');
        throw error;
    } finally {
        client.release();
    }
}
