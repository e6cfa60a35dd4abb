// Store credit: given, taken back, moved, never below nothing.

export const CUSTOMERS = 3;

export async function openCredit(world) {
    world.customers = [];
    for (let i = 0; i < CUSTOMERS; i++) {
        const made = world.souk(['user', 'add', `customer${i}@shop.example`, '-', '--json'], `a password of number ${i}\n`);
        if (made.status !== 0) throw new Error(made.text);
        world.customers.push({id: JSON.parse(made.out).id, email: `customer${i}@shop.example`, credit: 0, number: i});
    }
}

export async function compareCredit(world) {
    for (const customer of world.customers) {
        const {data} = await world.want(200, null, 'GET', `/v1/users/${customer.id}/credit`);
        world.same(`credit of ${customer.email}`, data.find(({currency}) => currency === 'EUR')?.balance ?? 0, customer.credit);
    }
}

export const creditOperations = [
    {
        name: 'change credit', weight: 2,
        async run(world, tape) {
            const customer = tape.one(world.customers), amount = tape.between(-900, 1500) || 1, path = `/v1/users/${customer.id}/credit`;
            const body = {currency: 'EUR', amount, note: 'By the model.'};
            if (customer.credit + amount < 0) return world.want(409, 'balance_too_low', 'POST', path, body);
            customer.credit += amount;
            world.same('the balance', (await world.want(201, null, 'POST', path, body)).balance, customer.credit);
        },
    },
    {
        name: 'transfer credit',
        async run(world, tape) {
            const from = tape.one(world.customers), to = tape.one(world.customers), amount = tape.between(1, 1000), path = `/v1/users/${from.id}/credit/transfers`;
            const body = {to: to.id, currency: 'EUR', amount};
            if (from === to) return world.want(422, 'unknown_recipient', 'POST', path, body);
            if (from.credit < amount) return world.want(409, 'balance_too_low', 'POST', path, body);
            await world.want(201, null, 'POST', path, body);
            from.credit -= amount;
            to.credit += amount;
        },
    },
];
