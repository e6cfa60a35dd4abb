// Carts: what is in them, what it costs today, and what is said of it. A cart promises nothing: stock may leave it behind.

import {drawLines, free} from './stock.mjs';

const CARTS_MAX = 12;

export function openCarts(world) {
    world.carts = [];
}

export const withToken = (cart) => ({'cart-token': cart.token});

export const sumOf = (cart) => [...cart.lines].reduce((sum, [variant, {quantity}]) => sum + variant.price * quantity, 0);

const isShort = (lines) => [...lines].some(([variant, {quantity}]) => quantity > free(variant));

/* What is not for sale stands in the cart and costs nothing. */
export const blocks = (cart) => isShort(cart.lines) || [...cart.lines.keys()].some((variant) => variant.archived);

function sameCart(world, cart, value) {
    world.same('the lines', value.lines.map(({variant, quantity, unit_price}) => [variant, quantity, unit_price]).sort(),
        [...cart.lines].map(([variant, {quantity}]) => [variant.id, quantity, variant.archived ? null : variant.price]).sort());
    for (const line of value.lines) [...cart.lines].find(([variant]) => variant.id === line.variant)[1].id = line.id;
    if (!blocks(cart)) world.same('the subtotal', value.totals.subtotal, sumOf(cart));
    world.same('is anything in the way?', value.notices.some(({blocking}) => blocking), blocks(cart));
}

export async function compareCarts(world) {
    for (const cart of world.carts) sameCart(world, cart, await world.want(200, null, 'GET', `/v1/carts/${cart.id}`, undefined, withToken(cart)));
}

/* More of a variant than before is refused where it cannot be had. */
function mayHave(cart, variant, quantity) {
    return quantity <= (cart.lines.get(variant)?.quantity ?? 0) || (!variant.archived && quantity <= free(variant));
}

const some = (world) => world.carts.some((cart) => cart.lines.size);

export const cartOperations = [
    {
        name: 'take a cart', weight: 2, can: (world) => world.carts.length < CARTS_MAX,
        async run(world) {
            const {id, token} = await world.want(201, null, 'POST', '/v1/carts', {currency: 'EUR'});
            world.carts.push({id, token, lines: new Map()});
        },
    },
    {
        name: 'put into a cart', weight: 6, can: (world) => world.carts.length,
        async run(world, tape) {
            const cart = tape.one(world.carts), lines = drawLines(world, tape, 3);
            const wanted = [...lines].map(([variant, quantity]) => [variant, (cart.lines.get(variant)?.quantity ?? 0) + quantity]);
            const good = wanted.every(([variant, quantity]) => mayHave(cart, variant, quantity));
            const value = await world.want(good ? 200 : 409, good ? null : 'cannot_be_added', 'POST', `/v1/carts/${cart.id}/lines`,
                {lines: [...lines].map(([variant, quantity]) => ({variant: variant.id, quantity}))}, withToken(cart));
            if (!good) return;
            for (const [variant, quantity] of wanted) cart.lines.set(variant, {...cart.lines.get(variant), quantity});
            sameCart(world, cart, value);
        },
    },
    {
        name: 'change a line', weight: 3, can: some,
        async run(world, tape) {
            const cart = tape.one(world.carts.filter(({lines}) => lines.size)), [variant, line] = tape.one([...cart.lines]), quantity = tape.between(1, 5);
            const good = mayHave(cart, variant, quantity);
            const value = await world.want(good ? 200 : 409, good ? null : 'cannot_be_added', 'PATCH', `/v1/carts/${cart.id}/lines/${line.id}`, {quantity}, withToken(cart));
            if (!good) return;
            line.quantity = quantity;
            sameCart(world, cart, value);
        },
    },
    {
        name: 'take out a line', can: some,
        async run(world, tape) {
            const cart = tape.one(world.carts.filter(({lines}) => lines.size)), [variant, line] = tape.one([...cart.lines]);
            const value = await world.want(200, null, 'DELETE', `/v1/carts/${cart.id}/lines/${line.id}`, undefined, withToken(cart));
            cart.lines.delete(variant);
            sameCart(world, cart, value);
        },
    },
    {
        name: 'empty a cart', weight: 0.5, can: some,
        async run(world, tape) {
            const cart = tape.one(world.carts);
            const value = await world.want(200, null, 'DELETE', `/v1/carts/${cart.id}/lines`, undefined, withToken(cart));
            cart.lines.clear();
            sameCart(world, cart, value);
        },
    },
    {
        name: 'throw a cart away', weight: 0.5, can: (world) => world.carts.length > 1,
        async run(world, tape) {
            const [cart] = world.carts.splice(tape.below(world.carts.length), 1);
            await world.want(204, null, 'DELETE', `/v1/carts/${cart.id}`, undefined, withToken(cart));
            await world.want(404, null, 'GET', `/v1/carts/${cart.id}`, undefined, {...withToken(cart), authorization: null});
        },
    },
    {
        name: 'ask for a cart of somebody else', weight: 0.5, can: (world) => world.carts.length > 1,
        async run(world, tape) {
            const [cart, other] = [tape.below(world.carts.length), 1 + tape.below(world.carts.length - 1)];
            const stranger = world.carts[(cart + other) % world.carts.length];
            await world.want(404, null, 'GET', `/v1/carts/${world.carts[cart].id}`, undefined, {...withToken(stranger), authorization: null});
        },
    },
    {
        name: 'change a price', weight: 2,
        async run(world, tape) {
            const variant = tape.one(world.variants), price = tape.between(0, 2500);
            await world.want(200, null, 'PATCH', `/v1/variants/${variant.id}`, {prices: [{currency: 'EUR', amount: price}]});
            variant.price = price;
        },
    },
    {
        name: 'take off sale, or put on it', weight: 0.7,
        async run(world, tape) {
            const variant = tape.one(world.variants), archived = !variant.archived && tape.chance(40);
            await world.want(200, null, 'PATCH', `/v1/products/${variant.product}`, {status: archived ? 'archived' : 'active'});
            variant.archived = archived;
        },
    },
];
