// What people typed into the search of the made-up shop: 200 questions, the same in every run, from the words that
// `souk seed` makes names of (src/modules/catalog/seed.c). In real logs most questions are one or two words, many are sent
// before the word is finished, about one in ten is misspelt, and few people quote. Half of these questions find less than
// one product in a hundred; the largest, "who", finds two fifths of the shop, the next a quarter.

const nouns = ['desk lamp', 'floor lamp', 'armchair', 'side table', 'bookshelf', 't-shirt', 'jumper', 'raincoat', 'work trousers',
    'running shoe', 'hiking boot', 'backpack', 'weekend bag', 'espresso cup', 'frying pan', 'chef\'s knife', 'teapot', 'coffee beans',
    'olive oil', 'honey', 'notebook', 'fountain pen', 'garden shears', 'watering can', 'wool blanket', 'bath towel', 'hand soap',
    'face cream', 'bicycle bell', 'pannier'];
const tags = ['lighting', 'furniture', 'clothing', 'shoes', 'travel', 'kitchen', 'food', 'paper', 'garden', 'home', 'care', 'cycling'];
const makers = ['alder', 'birke', 'costa', 'dune', 'elm', 'fjord', 'granit', 'halm', 'isar', 'juno', 'kiesel', 'linde', 'moor', 'nord',
    'oliva', 'pinie', 'quell', 'rhea', 'salix', 'tide', 'ulmus', 'vela', 'weide', 'zeder'];
const materials = ['oak', 'walnut', 'linen', 'cotton', 'merino', 'brass', 'copper', 'steel', 'cork', 'bamboo', 'stoneware', 'leather', 'felt',
    'glass', 'ash', 'hemp'];
const beginnings = ['who', 'co', 'le', 'st', 'be', 'lea', 'coff', 'arm', 'wal', 'bamb', 'ki', 'kit', 'kitch', 'furn', 'not', 'esp', 'wat', 'jum',
    'run', 'hik', 'oak des', 'steel pa', 'linen bl', 'cotton t', 'copper te', 'wool bl', 'olive o', 'garden sh', 'brass la', 'cork no'];
const phrases = ['"floor lamp"', '"desk lamp"', '"olive oil"', '"wool blanket"', '"oak desk lamp"', '"steel frying pan"', '"linen bath towel"',
    '"small batches"', '"repair things"', '"coffee beans"', '"leather weekend bag"', '"garden shears"'];

/* A generator with which the same list comes out everywhere (Lehmer's, modulo 2^31 - 1). */
function dice() {
    let state = 20260601;
    return n => {
        state = Number(BigInt(state) * 48271n % 2147483647n);
        return state % n;
    };
}

/* As fingers slip: a letter too few, two in the wrong order, or one twice. Never the first one. */
function misspelt(word, below) {
    const at = 1 + below(word.length - 2), kind = below(3);
    if (kind === 0) return word.slice(0, at) + word.slice(at + 1);
    if (kind === 1) return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
    return word.slice(0, at) + word[at] + word.slice(at);
}

export const QUESTIONS = 200;

/* {words, pairs, beginnings, misspelt, phrases}: each a list of what is typed. */
export function questions() {
    const below = dice();
    const one = list => list[below(list.length)];
    const several = (n, make) => Array.from({length: n}, make);
    const long = [...materials, ...makers, 'armchair', 'bookshelf', 'backpack', 'notebook', 'kitchen', 'furniture'].filter(word => word.length > 4);
    return {
        words: several(52, () => one([...nouns, ...tags, ...makers, ...materials])),
        pairs: [...several(50, () => `${one(tags)} ${one(materials)}`), ...several(16, () => `${one(makers)} ${one(tags)}`),
            ...several(16, () => `${one(materials)} ${one(nouns)}`)],
        beginnings,
        misspelt: [...several(16, () => misspelt(one(long), below)), ...several(8, () => `${misspelt(one(long), below)} ${one(nouns)}`)],
        phrases,
    };
}
