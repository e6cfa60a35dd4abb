// What lies where, holds of those who sell elsewhere, and transfers.
//
// The model knows what is on hand at each location, and what is promised in all. From which location a promise is kept is the shop's
// choice, so whatever depends on that is asked of the shop first.

export const VARIANTS = 6;
const LOCATIONS = 2;

export async function openStock(world) {
    world.locations = ['loc_0000000000001'];
    for (let i = 1; i < LOCATIONS; i++) world.locations.push((await world.want(201, null, 'POST', '/v1/locations', {name: `Elsewhere ${i}`})).id);
    world.variants = [];
    for (let i = 0; i < VARIANTS; i++) {
        const price = 5 + 333 * i;
        const made = await world.want(201, null, 'POST', '/v1/products', {
            title: `Thing ${i}`, status: 'active', variants: [{sku: `T-${i}`, prices: [{currency: 'EUR', amount: price}]}]});
        world.variants.push({id: made.variants[0].id, product: made.id, number: i, price, archived: false, on_hand: world.locations.map(() => 0), promised: 0});
    }
    world.holds = [];
    world.transfers = [];
}

export const onHand = (variant) => variant.on_hand.reduce((a, b) => a + b, 0);
export const free = (variant) => onHand(variant) - variant.promised;

const levelsOf = async (world, variant) => {
    const levels = (await world.want(200, null, 'GET', `/v1/variants/${variant.id}/stock`)).data;
    return world.locations.map((location) => levels.find((level) => level.location === location) ?? {on_hand: 0, reserved: 0});
};

/* What is on hand is read again where goods have left the house by a promise: the shop has chosen the places. */
export async function shipped(world, variant, quantity) {
    const before = onHand(variant), levels = await levelsOf(world, variant);
    levels.forEach((level, i) => {
        if (level.on_hand > variant.on_hand[i]) world.same(`on hand of ${variant.id} at ${i}`, level.on_hand, variant.on_hand[i]);
        variant.on_hand[i] = level.on_hand;
    });
    world.same(`on hand of ${variant.id} after ${quantity} have left`, onHand(variant), before - quantity);
    variant.promised -= quantity;
}

export async function compareStock(world) {
    for (const variant of world.variants) {
        const levels = await levelsOf(world, variant);
        world.same(`on hand of ${variant.id}`, levels.map((level) => level.on_hand), variant.on_hand);
        world.same(`promised of ${variant.id}`, levels.reduce((sum, level) => sum + level.reserved, 0), variant.promised);
    }
}

/* Of each variant at most one line, so that a refusal names it by its place. */
export function drawLines(world, tape, most) {
    const lines = new Map();
    for (let i = tape.between(1, 3); i > 0; i--) {
        const variant = tape.one(world.variants);
        lines.set(variant, (lines.get(variant) ?? 0) + tape.between(1, most));
    }
    return lines;
}

const asBody = (lines) => [...lines].map(([variant, quantity]) => ({variant: variant.id, quantity}));

export const stockOperations = [
    {
        name: 'count', weight: 6,
        async run(world, tape) {
            const variant = tape.one(world.variants), place = tape.below(LOCATIONS), on_hand = tape.between(0, 12);
            const {reserved} = (await levelsOf(world, variant))[place];
            const path = `/v1/variants/${variant.id}/stock/${world.locations[place]}`;
            if (on_hand < reserved) return world.want(409, 'stock_below_reserved', 'PUT', path, {on_hand});
            await world.want(200, null, 'PUT', path, {on_hand});
            variant.on_hand[place] = on_hand;
        },
    },
    {
        name: 'adjust', weight: 6,
        async run(world, tape) {
            const variant = tape.one(world.variants), place = tape.below(LOCATIONS), change = tape.between(-4, 9) || 1;
            const {reserved} = (await levelsOf(world, variant))[place];
            const path = `/v1/variants/${variant.id}/stock/${world.locations[place]}/adjust`;
            if (variant.on_hand[place] + change < reserved) return world.want(409, 'stock_below_reserved', 'POST', path, {change, reason: 'other'});
            await world.want(200, null, 'POST', path, {change, reason: 'other'});
            variant.on_hand[place] += change;
        },
    },
    {
        name: 'hold', weight: 5,
        async run(world, tape) {
            const lines = drawLines(world, tape, 4), short = [...lines].some(([variant, quantity]) => quantity > free(variant));
            const value = await world.want(short ? 409 : 201, short ? 'stock_short' : null, 'POST', '/v1/stock-holds', {lines: asBody(lines), seconds: 86400});
            if (short) return;
            for (const [variant, quantity] of lines) variant.promised += quantity;
            world.holds.push({id: value.id, lines});
        },
    },
    {
        name: 'extend a hold', can: (world) => world.holds.length,
        async run(world, tape) {
            await world.want(200, null, 'POST', `/v1/stock-holds/${tape.one(world.holds).id}/extend`, {seconds: 90000});
        },
    },
    {
        name: 'ship a hold', weight: 2, can: (world) => world.holds.length,
        async run(world, tape) {
            const [hold] = world.holds.splice(tape.below(world.holds.length), 1);
            await world.want(204, null, 'POST', `/v1/stock-holds/${hold.id}/ship`);
            for (const [variant, quantity] of hold.lines) await shipped(world, variant, quantity);
            await world.want(404, null, 'POST', `/v1/stock-holds/${hold.id}/ship`);
        },
    },
    {
        name: 'let a hold go', weight: 2, can: (world) => world.holds.length,
        async run(world, tape) {
            const [hold] = world.holds.splice(tape.below(world.holds.length), 1);
            await world.want(204, null, 'DELETE', `/v1/stock-holds/${hold.id}`);
            for (const [variant, quantity] of hold.lines) variant.promised -= quantity;
        },
    },
    {
        name: 'transfer', weight: 2,
        async run(world, tape) {
            const origin = tape.below(LOCATIONS), destination = (origin + 1) % LOCATIONS, variant = tape.one(world.variants), quantity = tape.between(1, 4);
            const {id} = await world.want(201, null, 'POST', '/v1/stock-transfers',
                {origin: world.locations[origin], destination: world.locations[destination], lines: [{variant: variant.id, quantity}]});
            world.transfers.push({id, origin, destination, variant, quantity, isShipped: false});
        },
    },
    {
        name: 'ship a transfer', weight: 2, can: (world) => world.transfers.some((transfer) => !transfer.isShipped),
        async run(world, tape) {
            const transfer = tape.one(world.transfers.filter(({isShipped}) => !isShipped)), {variant, origin, quantity} = transfer;
            const {reserved} = (await levelsOf(world, variant))[origin], path = `/v1/stock-transfers/${transfer.id}/ship`;
            if (variant.on_hand[origin] - reserved < quantity) return world.want(409, 'stock_short', 'POST', path);
            await world.want(200, null, 'POST', path);
            variant.on_hand[origin] -= quantity;
            transfer.isShipped = true;
        },
    },
    {
        name: 'receive a transfer', weight: 2, can: (world) => world.transfers.some((transfer) => transfer.isShipped),
        async run(world, tape) {
            const transfer = tape.one(world.transfers.filter(({isShipped}) => isShipped)), {variant, destination} = transfer;
            const quantity = tape.between(1, transfer.quantity);
            await world.want(200, null, 'POST', `/v1/stock-transfers/${transfer.id}/receive`, {lines: [{variant: variant.id, quantity}]});
            variant.on_hand[destination] += quantity;
            transfer.quantity -= quantity;
            if (!transfer.quantity) world.transfers.splice(world.transfers.indexOf(transfer), 1);
        },
    },
    {
        name: 'close a transfer', can: (world) => world.transfers.some((transfer) => transfer.isShipped),
        async run(world, tape) {
            const transfer = tape.one(world.transfers.filter(({isShipped}) => isShipped));
            await world.want(200, null, 'POST', `/v1/stock-transfers/${transfer.id}/close`);
            world.transfers.splice(world.transfers.indexOf(transfer), 1);
        },
    },
];
