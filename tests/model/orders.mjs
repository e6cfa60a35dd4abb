// Orders: placed by staff or bought from a cart, paid, sent in parts, taken back, given back as credit, given up.
//
// The state that the model expects follows from the facts that it keeps, as docs/internals/orders.md says it; it is written here
// once more, on purpose.

import {drawLines, free, shipped} from './stock.mjs';

const OPEN_MAX = 25; // orders that still live: so many are enough to be worked on at the same time

export function openOrders(world) {
    world.orders = [];
}

const sum = (list, f) => list.reduce((total, one) => total + f(one), 0);
const units = (order, what) => sum(order.lines, (line) => line[what]);

export function stateOf(order) {
    if (order.cancelled) return 'cancelled';
    if (!order.paid) return 'pending';
    if (order.over) return 'refunded';
    const items = units(order, 'quantity'), sent = units(order, 'shipped'), arrived = units(order, 'delivered'), back = units(order, 'returned');
    if (!sent) return 'paid';
    if (sent < items) return 'partially_fulfilled';
    if (back) return back === items ? 'returned' : 'partially_returned';
    if (arrived) return arrived === items ? 'delivered' : 'partially_delivered';
    return 'fulfilled';
}

/* What the shop says of the order is what the model says. Where it has more lines, returns or parcels, their ids are learnt. */
function sameOrder(world, order, value) {
    world.same(`the state of ${order.id}`, value.state, stateOf(order));
    world.same(`the money of ${order.id}`, [value.totals.total, value.captured, value.refunded, value.credited],
        [order.total, order.captured, order.refunded, order.credited]);
    world.same(`the lines of ${order.id}`, value.lines.map((line) => [line.id, line.variant, line.quantity, line.unit_price, line.shipped, line.delivered, line.returned, line.refunded]),
        order.lines.map((line) => [line.id, line.variant.id, line.quantity, line.unit_price, line.shipped, line.delivered, line.returned, line.refunded]));
    world.same(`the parcels of ${order.id}`, value.shipments.map((one) => [one.id, one.lines, one.delivered_at !== null]),
        order.shipments.map((one) => [one.id, one.lines, one.delivered]));
    world.same(`the returns of ${order.id}`, value.returns.map((one) => [one.id, one.lines, one.state]), order.returns.map((one) => [one.id, one.lines, one.state]));
}

export async function compareOrders(world) {
    for (const order of world.orders) sameOrder(world, order, await world.want(200, null, 'GET', `/v1/orders/${order.id}`));
}

/* Takes over what the shop has placed: its lines must be those that were wanted. */
export function placed(world, value, lines, more) {
    const order = {id: value.id, payment: value.payment, total: value.totals.total, captured: 0, refunded: 0, credited: 0, paid: false, over: false, cancelled: false,
        shipments: [], returns: [], ...more};
    order.lines = value.lines.map(({id, variant, quantity, unit_price}) =>
        ({id, variant: world.variants.find((one) => one.id === variant), quantity, unit_price, shipped: 0, delivered: 0, returned: 0, refunded: 0}));
    world.same('what was ordered', order.lines.map((line) => [line.variant.id, line.quantity]).sort(), [...lines].map(([variant, quantity]) => [variant.id, quantity]).sort());
    world.same('the total', order.total, sum(order.lines, (line) => line.unit_price * line.quantity) + value.totals.shipping);
    for (const line of order.lines) line.variant.promised += line.quantity;
    world.orders.push(order);
    return order;
}

/* Nothing more will be sent. */
function letGo(order) {
    for (const line of order.lines) line.variant.promised -= line.quantity - line.shipped;
}

const some = (test) => (world) => world.orders.some(test);
const draw = (world, tape, test) => tape.one(world.orders.filter(test));
const isOver = (order) => order.over || order.cancelled;
const maySend = (order) => ['paid', 'partially_fulfilled'].includes(stateOf(order));

/* Of some lines that have something left, some of it. */
function drawParts(tape, order, left) {
    const lines = order.lines.filter((line) => left(line) > 0), parts = [];
    for (const line of lines) if (!parts.length || tape.chance(60)) parts.push({line: line.id, quantity: tape.between(1, left(line))});
    return parts;
}

const addTo = (order, parts, what) => {
    for (const part of parts) order.lines.find(({id}) => id === part.line)[what] += part.quantity;
};

export const orderOperations = [
    {
        name: 'order for a customer', weight: 4, can: (world) => world.orders.filter((order) => !isOver(order)).length < OPEN_MAX,
        async run(world, tape) {
            const lines = drawLines(world, tape, 3), customer = tape.chance(60) ? tape.one(world.customers) : null, shipping = tape.one([0, 490]);
            const prices = new Map([...lines.keys()].map((variant) => [variant, tape.between(1, 2000)]));
            const short = [...lines].some(([variant, quantity]) => quantity > free(variant));
            const value = await world.want(short ? 409 : 201, short ? 'stock_short' : null, 'POST', '/v1/orders', {
                ...(customer ? {customer: customer.id} : {}), email: 'somebody@shop.example', currency: 'EUR', shipping,
                lines: [...lines].map(([variant, quantity]) => ({variant: variant.id, title: `Thing ${variant.number}`, quantity, unit_price: prices.get(variant)}))});
            if (!short) sameOrder(world, placed(world, value, lines, {customer, provider: 'manual'}), value);
        },
    },
    {
        name: 'the money comes', weight: 4, can: some((order) => !order.paid && !order.cancelled),
        async run(world, tape) {
            const order = draw(world, tape, (one) => !one.paid && !one.cancelled), path = `/v1/payments/${order.payment}/capture`;
            if (order.voided) return world.want(409, 'not_capturable', 'POST', path, {});
            await world.want(200, null, 'POST', path, {});
            order.captured = order.total;
            order.paid = true;
        },
    },
    {
        name: 'send', weight: 5, can: (world) => world.orders.length,
        async run(world, tape) {
            const order = tape.one(world.orders), left = (line) => line.quantity - line.shipped, path = `/v1/orders/${order.id}/shipments`;
            if (!maySend(order)) return world.want(409, 'order_state', 'POST', path, {carrier: 'Bike'});
            const lines = drawParts(tape, order, left), value = await world.want(201, null, 'POST', path, {lines, carrier: 'Bike', tracking_number: '4711'});
            addTo(order, lines, 'shipped');
            order.shipments.push({id: value.shipments.at(-1)?.id, lines, delivered: false});
            for (const {line, quantity} of lines) await shipped(world, order.lines.find(({id}) => id === line).variant, quantity);
            sameOrder(world, order, value);
        },
    },
    {
        name: 'send too much', weight: 0.5, can: some(maySend),
        async run(world, tape) {
            const order = draw(world, tape, maySend), line = tape.one(order.lines);
            await world.want(422, 'invalid', 'POST', `/v1/orders/${order.id}/shipments`, {lines: [{line: line.id, quantity: line.quantity - line.shipped + 1}]});
        },
    },
    {
        name: 'a parcel arrives', weight: 4, can: some((order) => order.shipments.length),
        async run(world, tape) {
            const order = draw(world, tape, (one) => one.shipments.length), shipment = tape.one(order.shipments), path = `/v1/orders/${order.id}/shipments/${shipment.id}/deliver`;
            if (shipment.delivered) return world.want(409, 'already_closed', 'POST', path);
            const value = await world.want(200, null, 'POST', path);
            shipment.delivered = true;
            addTo(order, shipment.lines, 'delivered');
            sameOrder(world, order, value);
        },
    },
    {
        name: 'something is to come back', weight: 2, can: some((order) => units(order, 'shipped') > units(order, 'returned')),
        async run(world, tape) {
            const order = draw(world, tape, (one) => units(one, 'shipped') > units(one, 'returned'));
            const lines = drawParts(tape, order, (line) => line.shipped - line.returned);
            const value = await world.want(201, null, 'POST', `/v1/orders/${order.id}/returns`, {lines, reason: 'Too small.'});
            order.returns.push({id: value.returns.at(-1)?.id, lines, state: 'requested'});
            sameOrder(world, order, value);
        },
    },
    {
        name: 'it has come back', weight: 2, can: some((order) => order.returns.length),
        async run(world, tape) {
            const order = draw(world, tape, (one) => one.returns.length), back = tape.one(order.returns), restock = tape.chance(60);
            const path = `/v1/orders/${order.id}/returns/${back.id}/receive`;
            if (back.state !== 'requested') return world.want(409, 'already_closed', 'POST', path, {restock});
            const fits = back.lines.every(({line, quantity}) => { const one = order.lines.find(({id}) => id === line); return quantity <= one.shipped - one.returned; });
            if (!fits) return world.want(409, 'nothing_left', 'POST', path, {restock});
            const value = await world.want(200, null, 'POST', path, {restock});
            back.state = 'received';
            addTo(order, back.lines, 'returned');
            if (restock) for (const {line, quantity} of back.lines) order.lines.find(({id}) => id === line).variant.on_hand[0] += quantity;
            sameOrder(world, order, value);
        },
    },
    {
        name: 'it is not taken back', weight: 0.7, can: some((order) => order.returns.length),
        async run(world, tape) {
            const order = draw(world, tape, (one) => one.returns.length), back = tape.one(order.returns), path = `/v1/orders/${order.id}/returns/${back.id}/refuse`;
            if (back.state !== 'requested') return world.want(409, 'already_closed', 'POST', path);
            await world.want(200, null, 'POST', path);
            back.state = 'refused';
        },
    },
    {
        name: 'give credit for an order', weight: 3, can: some((order) => order.captured > 0),
        async run(world, tape) {
            const order = draw(world, tape, (one) => one.captured > 0), left = order.captured - order.refunded, amount = tape.between(1, Math.max(2, Math.floor(left * 1.2)));
            const path = `/v1/orders/${order.id}/refunds`, body = {amount, way: 'credit', reason: 'A scratch.'};
            if (amount > left) return world.want(409, 'refund_too_large', 'POST', path, body);
            if (!order.customer) return world.want(409, 'no_customer', 'POST', path, body);
            const value = await world.want(201, null, 'POST', path, body);
            credit(order, amount);
            sameOrder(world, order, value);
        },
    },
    {
        name: 'give money back', weight: 3, can: some((order) => order.captured > 0),
        async run(world, tape) {
            const order = draw(world, tape, (one) => one.captured > 0), left = order.captured - order.refunded, all = tape.chance(20);
            const amount = all ? left : tape.between(1, Math.max(2, Math.floor(left * 1.2))), path = `/v1/payments/${order.payment}/refunds`;
            if (amount > left || amount === 0) return world.want(409, 'refund_too_much', 'POST', path, all ? {} : {amount});
            world.same('what goes back', (await world.want(201, null, 'POST', path, all ? {} : {amount})).amount, amount);
            giveBack(order, amount);
        },
    },
    {
        name: 'give money of an order back', weight: 3, can: some((order) => order.captured > 0),
        async run(world, tape) {
            const order = draw(world, tape, (one) => one.captured > 0), left = order.captured - order.refunded, amount = tape.between(1, Math.max(2, Math.floor(left * 1.2)));
            const path = `/v1/orders/${order.id}/refunds`, body = {amount, reason: 'Late.'};
            if (amount > left) return world.want(409, 'refund_too_large', 'POST', path, body);
            const value = await world.want(201, null, 'POST', path, body);
            giveBack(order, amount);
            sameOrder(world, order, value);
        },
    },
    {
        name: 'take no money', weight: 0.5, can: (world) => world.orders.length,
        async run(world, tape) {
            const order = tape.one(world.orders), path = `/v1/payments/${order.payment}/void`;
            if (order.voided || order.cancelled) return; // again is the same
            if (order.captured) return world.want(409, 'not_voidable', 'POST', path);
            await world.want(200, null, 'POST', path);
            order.voided = true;
        },
    },
    {
        name: 'give credit for lines', weight: 2, can: some((order) => order.customer && order.captured > order.refunded),
        async run(world, tape) {
            const order = draw(world, tape, (one) => one.customer && one.captured > one.refunded), lines = drawParts(tape, order, (line) => line.quantity - line.refunded);
            if (!lines.length) return;
            const amount = sum(lines, ({line, quantity}) => order.lines.find(({id}) => id === line).unit_price * quantity), path = `/v1/orders/${order.id}/refunds`;
            if (amount > order.captured - order.refunded) return world.want(409, 'refund_too_large', 'POST', path, {lines, way: 'credit'});
            const value = await world.want(201, null, 'POST', path, {lines, way: 'credit'});
            addTo(order, lines, 'refunded');
            credit(order, amount);
            sameOrder(world, order, value);
        },
    },
    {
        name: 'give up', weight: 1.5, can: (world) => world.orders.length,
        async run(world, tape) {
            const order = tape.one(world.orders), path = `/v1/orders/${order.id}/cancel`, body = {reason: 'Changed his mind.'};
            if (!['pending', 'paid'].includes(stateOf(order))) return world.want(409, 'order_state', 'POST', path, body);
            const value = await world.want(200, null, 'POST', path, body);
            order.cancelled = true;
            order.refunded = order.captured; // what is left goes back
            letGo(order);
            sameOrder(world, order, value);
        },
    },
    {
        name: 'forget orders that are over', weight: 0.3, can: (world) => world.orders.length > 2 * OPEN_MAX,
        async run(world) {
            await compareOrders(world);
            world.orders = world.orders.filter((order) => !isOver(order));
        },
    },
];

function giveBack(order, amount) {
    order.refunded += amount;
    if (order.refunded < order.captured) return;
    order.over = true;
    letGo(order);
}

function credit(order, amount) {
    order.credited += amount;
    order.customer.credit += amount;
    giveBack(order, amount);
}
