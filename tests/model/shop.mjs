// Random operations against a model of a shop: SOUK_TEST_MODEL_STEPS of them (10,000 over both databases by default), from
// SOUK_TEST_MODEL_SEED. Whoever sells, counts, pays, ships and gives back does so in any order, the server ends and dies in between,
// and what the shop says must be what the model says. A run that fails is made short and printed.

import {Mismatch, explore, generator, repeat, shrink} from './engine.mjs';
import {World} from './world.mjs';
import {cartOperations, compareCarts, openCarts} from './cart.mjs';
import {checkoutOperations, shippingRates} from './checkout.mjs';
import {compareCredit, creditOperations, openCredit} from './credit.mjs';
import {compareOrders, openOrders, orderOperations} from './orders.mjs';
import {compareStock, openStock, stockOperations} from './stock.mjs';

const STEPS = Number(process.env.SOUK_TEST_MODEL_STEPS ?? 5000);
const SEED = Number(process.env.SOUK_TEST_MODEL_SEED ?? 20261122);
const STEPS_OF_A_SHOP = 1000;
const SHRINK_TRIES = 120;
const settings = {serve: ['--log-requests=false'], env: {SOUK_SHOP_SHIPPING_RATES: shippingRates, SOUK_LIMITS_WRITES_PER_MINUTE: '0'}};

async function compare(world) {
    await compareStock(world);
    await compareCredit(world);
    await compareCarts(world);
    await compareOrders(world);
}

const shopOperations = [
    {name: 'compare', weight: 2, run: compare},
    {
        name: 'restart', can: () => true, weight: 0.15,
        async run(world, tape) {
            await world.restart(tape.chance(70) ? 'SIGKILL' : 'SIGTERM');
            await compare(world);
        },
    },
    {name: 'souk check', weight: 0.15, run: async (world) => world.check()},
];

const operations = [...stockOperations, ...creditOperations, ...cartOperations, ...checkoutOperations, ...orderOperations, ...shopOperations];

async function open() {
    const world = await World.begin(settings);
    await openStock(world);
    await openCredit(world);
    openCarts(world);
    openOrders(world);
    return world;
}

/* Why the steps fail on a new shop, or null; with the requests that were made. */
async function failureOf(steps) {
    const world = await open();
    try {
        const error = await repeat(steps, world);
        return error && {error, log: world.log};
    } finally {
        await world.end();
    }
}

async function explain(steps, error) {
    console.log(`# after ${steps.length} steps: ${error.stack}`);
    const shortest = await shrink(steps, async (candidate) => await failureOf(candidate) !== null, SHRINK_TRIES);
    const failure = await failureOf(shortest) ?? {error: new Error('it did not fail when it was repeated'), log: []};
    console.log(`# the shortest run that was found to fail has ${shortest.length} steps:`);
    for (const {operation, numbers} of shortest) console.log(`#   ${operation.name} ${JSON.stringify(numbers)}`);
    console.log(`# ${failure.error.message}`);
    for (const line of failure.log.slice(-40).join('\n').split('\n')) console.log(`#   ${line}`);
}

async function runShop(seed, steps) {
    const world = await open();
    const random = generator(seed);
    let {steps: done, error} = await explore(operations, world, steps, random);
    try {
        if (!error) {
            await compare(world);
            world.check();
        }
    } catch (late) {
        error = late;
    }
    await world.end();
    if (error) await explain(done, error);
    return {error, requests: world.requests};
}

let number = 0, failed = false;
for (let left = STEPS; left > 0 && !failed; left -= STEPS_OF_A_SHOP) {
    const seed = SEED + number, steps = Math.min(left, STEPS_OF_A_SHOP);
    const {error, requests} = await runShop(seed, steps);
    failed = error !== null;
    console.log(`${failed ? 'not ok' : 'ok'} ${++number} - ${steps} steps from seed ${seed} end as the model does (${requests} requests)`);
    if (error && !(error instanceof Mismatch)) console.log(`# ${error.stack}`);
}
console.log(`1..${number}`);
process.exitCode = failed ? 1 : 0;
