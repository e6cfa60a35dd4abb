// Carts are bought, or not: the total has changed, the bank says no, nothing is left; and whoever asks twice gets one order.

import {blocks, sumOf, withToken} from './cart.mjs';
import {placed} from './orders.mjs';

const SHIPPING = 490, FREE_FROM = 2000;
export const shippingRates = 'EUR 4.90 free from 20';

const address = {name: 'Ann Lee', line1: 'Main Street 1', city: 'Berlin', postal_code: '10115', country: 'DE'};

const filled = (world) => world.carts.filter((cart) => cart.lines.size);

function totalOf(cart) {
    const sum = sumOf(cart);
    return sum + (sum >= FREE_FROM ? 0 : SHIPPING);
}

const completion = (cart) => `/v1/carts/${cart.id}/checkout/complete`;
const withKey = (cart, key) => ({...withToken(cart), 'idempotency-key': key, authorization: null});

async function say(world, cart, method) {
    return world.want(200, null, 'PATCH', `/v1/carts/${cart.id}/checkout`,
        {email: 'ann@shop.example', shipping_address: address, shipping_rate: 'standard', payment: {provider: 'test', method}}, withToken(cart));
}

let keys = 0;
const newKey = () => `model-${++keys}`;

export const checkoutOperations = [
    {
        name: 'buy a cart', weight: 6, can: (world) => filled(world).length,
        async run(world, tape) {
            const cart = tape.one(filled(world)), good = tape.chance(75) || totalOf(cart) === 0, wrong = tape.chance(15), key = newKey();
            const shown = await say(world, cart, good ? 'tok_ok' : 'tok_declined'), total = totalOf(cart);
            const body = {expected_total: wrong ? total + 1 : total, currency: 'EUR'};
            if (wrong || blocks(cart)) return world.want(409, 'cart_changed', 'POST', completion(cart), body, withKey(cart, key));
            world.same('the total', shown.cart.totals.total, total);
            if (!good) {
                await world.want(402, 'payment_declined', 'POST', completion(cart), body, withKey(cart, key));
                return world.want(402, 'payment_declined', 'POST', completion(cart), body, withKey(cart, key));
            }
            const {order} = await world.want(201, null, 'POST', completion(cart), body, withKey(cart, key));
            const again = await world.want(201, null, 'POST', completion(cart), body, withKey(cart, tape.chance(50) ? newKey() : key));
            world.same('the order of who asks again', again.order.id, order.id);
            placed(world, order, [...cart.lines].map(([variant, {quantity}]) => [variant, quantity]), {customer: null, paid: true, captured: total, provider: 'test'});
            world.carts.splice(world.carts.indexOf(cart), 1);
            await world.want(409, 'cart_not_open', 'DELETE', `/v1/carts/${cart.id}/lines`, undefined, withToken(cart));
        },
    },
    {
        name: 'buy without saying where to', weight: 0.5, can: (world) => filled(world).some((cart) => !cart.said),
        async run(world, tape) {
            const cart = tape.one(filled(world).filter(({said}) => !said));
            if (blocks(cart)) return;
            const {missing} = await world.want(200, null, 'GET', `/v1/carts/${cart.id}/checkout`, undefined, withToken(cart));
            if (missing.length) await world.want(409, null, 'POST', completion(cart), {expected_total: sumOf(cart), currency: 'EUR'}, withKey(cart, newKey()));
        },
    },
    {
        name: 'send the key of another request', weight: 0.5, can: (world) => filled(world).length,
        async run(world, tape) {
            const cart = tape.one(filled(world)), key = newKey(), total = totalOf(cart);
            if (blocks(cart) || total === 0) return;
            await say(world, cart, 'tok_declined');
            await world.want(402, 'payment_declined', 'POST', completion(cart), {expected_total: total, currency: 'EUR'}, withKey(cart, key));
            await world.want(422, 'idempotency_key_reused', 'POST', completion(cart), {expected_total: total + 1, currency: 'EUR'}, withKey(cart, key));
        },
    },
];
