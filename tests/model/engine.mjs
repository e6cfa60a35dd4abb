// Random operations against a model, and what is left of them when one has gone wrong.
//
// An operation is {name, weight, can(world), run(world, tape)}: it does something to the shop by HTTP, says what the answer must
// be by the model, and changes the model. All its choices come from a tape of numbers, which is written while a run is made up and
// read back when it is repeated. So a run is data, and a run that fails can be made shorter: leave out steps, make numbers
// smaller, and see whether it still fails on a new shop (delta debugging: Zeller and Hildebrandt 2002). A step that refers to what a
// step left out would have made refers to something else then, or can not be done and is passed over.

export class Mismatch extends Error {}

/* The same generator in every run (Numerical Recipes): a seed is enough to repeat one. */
export function generator(seed) {
    let state = seed >>> 0;
    return (below) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor(state / 2 ** 32 * below);
    };
}

export class Tape {
    #random;
    #at = 0;

    /* Without a generator what is not on the tape is 0. */
    constructor(numbers, random) {
        this.numbers = numbers;
        this.#random = random;
    }

    below(n) {
        const at = this.#at++;
        if (at >= this.numbers.length) this.numbers.push(this.#random ? this.#random(n) : 0);
        return this.numbers[at] % n;
    }

    one(list) {
        return list[this.below(list.length)];
    }

    /* From low to high, both possible. */
    between(low, high) {
        return low + this.below(high - low + 1);
    }

    chance(percent) {
        return this.below(100) >= 100 - percent; // 0, to which numbers shrink, is "no"
    }
}

function draw(operations, world, random) {
    const possible = operations.filter((operation) => operation.can?.(world) ?? true);
    let left = random(possible.reduce((sum, {weight = 1}) => sum + weight, 0));
    return possible.find(({weight = 1}) => (left -= weight) < 0);
}

/* Makes up steps and does them. {steps, error}: all that were done, and why the last one failed, or null. */
export async function explore(operations, world, count, random) {
    const steps = [];
    for (let i = 0; i < count; i++) {
        const operation = draw(operations, world, random);
        const step = {operation, numbers: []};
        steps.push(step);
        try {
            await operation.run(world, new Tape(step.numbers, random));
        } catch (error) {
            return {steps, error};
        }
    }
    return {steps, error: null};
}

/* Does given steps; the error of the first that fails, or null. */
export async function repeat(steps, world) {
    for (const {operation, numbers} of steps) {
        if (!(operation.can?.(world) ?? true)) continue;
        try {
            await operation.run(world, new Tape([...numbers], null));
        } catch (error) {
            return error;
        }
    }
    return null;
}

/* The shortest list of steps that was found to fail, in at most `tries` attempts. `fails(steps)` runs them on a new shop. */
export async function shrink(steps, fails, tries) {
    let best = steps;
    const attempt = async (candidate) => {
        if (tries-- <= 0 || !await fails(candidate)) return false;
        best = candidate;
        return true;
    };
    for (let size = best.length >> 1; size >= 1; size >>= 1)
        for (let at = best.length - size; at >= 0; at -= size)
            await attempt([...best.slice(0, at), ...best.slice(at + size)]);
    for (let i = 0; i < best.length; i++)
        for (let k = 0; k < best[i].numbers.length; k++)
            for (const smaller of [0, best[i].numbers[k] >> 1, best[i].numbers[k] - 1]) {
                if (smaller < 0 || smaller >= best[i].numbers[k]) continue;
                const step = {...best[i], numbers: best[i].numbers.with?.(k, smaller) ?? best[i].numbers.map((n, j) => (j === k ? smaller : n))};
                if (await attempt([...best.slice(0, i), step, ...best.slice(i + 1)])) break;
            }
    return best;
}
