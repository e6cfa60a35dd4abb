// What became of a Shopify product CSV that went in and came out again: prints each cell that is not what it was, and nothing
// else. usage: node compare.mjs IN.csv OUT.csv [MARKET=CURRENCY]
//
// Compared is what Souk keeps, wherever in a product's rows it stands (pictures in the order of their positions): texts exactly,
// numbers as numbers, TRUE and active in any case, and descriptions by what a reader sees of them: their texts and the elements
// that Markdown has. A column of IN that Souk does not keep is in `dropped` below, or the run fails.

import fs from 'node:fs';

const dropped = [/^Option[123] Linked To$/i, /^(Variant )?Inventory (Tracker|Policy)$/i, /^Continue selling when out of stock$/,
    /^(Variant )?Fulfillment Service$/i, /^(Variant )?Requires Shipping$/i, /^(Variant Taxable|Charge tax)$/, /^Unit Price /i, /^Gift Card$/i,
    /^Google Shopping \//, /^Variant Image( URL)?$/i, /^(Variant Weight Unit|Weight unit for display)$/, /^Included \//];

/* Old names, which are new names in lower case but for these. */
const names = {'url handle': 'handle', 'body (html)': 'description', 'published on online store': 'published', 'variant sku': 'sku',
    'variant barcode': 'barcode', 'variant price': 'price', 'variant compare at price': 'compare-at price', 'variant tax code': 'tax code',
    'variant inventory qty': 'inventory quantity', 'variant grams': 'weight value (grams)', 'image src': 'product image url'};
const ofVariant = /^(sku|barcode|option\d value|price|compare-at price|cost per item|tax code|inventory quantity|weight value \(grams\)|(price|compare-at price) \/ .*)$/;
const numbers = /^(price|compare-at price|cost per item|inventory quantity|weight value \(grams\))/;

function parse(text) {
    const rows = [[]];
    let cell = '', quoted = false, row = rows[0];
    for (let i = 0; i < text.length; i++) {
        const c = text[i];
        if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i];
        else if (c === '"') quoted = !quoted;
        else if (quoted || !/[,\r\n]/.test(c)) cell += c;
        else if (c !== '\r') {
            row.push(cell);
            cell = '';
            if (c === '\n') rows.push(row = []);
        }
    }
    return rows.filter(r => r.length > 0);
}

/* The guard against formulas (meta/csv.h). */
const unguard = text => (/^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text);

const entities = {amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', sup2: '²', atilde: 'ã', '#39': "'"};
const decode = text => text.replace(/&(#?\w+);/g, (all, name) => entities[name] ?? (() => { throw new Error(all); })());

/* Texts and the elements that Markdown has, one a line. */
function seen(html) {
    const kept = {b: 'strong', strong: 'strong', i: 'em', em: 'em', a: 'a', li: 'li', h3: 'h3', td: 'td', th: 'td'};
    return html.replace(/<script.*?<\/script>/gs, '').split(/(<[^>]*>)/).map(part => {
        const tag = /^<(\/?)(\w+)(?:.*?href="([^"]*)")?/s.exec(part);
        if (!tag) return decode(part.replace(/\s+/g, ' ')).replace(/ +/g, ' ');
        const name = kept[tag[2]];
        return name ? `\n<${tag[1]}${name}${tag[3] ? ` ${decode(tag[3])}` : ''}>\n` : /^(p|div|br|ul|ol|table|tbody|thead|tr)$/.test(tag[2]) ? '\n' : '';
    }).join('').split('\n').map(line => line.trim()).filter(Boolean).join('\n');
}

function same(column, a, b) {
    if (numbers.test(column) && a !== '' && b !== '') return Number(a) === Number(b);
    if (/^(published|status)$/.test(column)) return a.toLowerCase() === b.toLowerCase();
    if (column === 'description') return seen(a) === seen(b);
    return a === b;
}

/* {handle, cells, variants, images} of each product. */
function products(file, market) {
    const [header, ...rows] = parse(fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    const columns = header.map(name => {
        const key = (names[name.toLowerCase()] ?? name.toLowerCase()).replace(/^compare at price/, 'compare-at price');
        return market ? key.replace(` / ${market[0].toLowerCase()}`, ` / ${market[1].toLowerCase()}`) : key;
    });
    const list = [];
    for (const row of rows) {
        const cell = Object.fromEntries(columns.map((name, i) => [name, unguard(row[i] ?? '')]));
        let product = list.at(-1);
        if (product?.handle !== cell.handle) list.push(product = {handle: cell.handle, cells: cell, variants: [], images: []});
        if (cell['option1 value'] || cell.sku || cell.price) product.variants.push(cell);
        if (cell['product image url']) product.images.push({url: cell['product image url'], alt: cell['image alt text'], at: Number(cell['image position'])});
    }
    list.forEach(product => product.images.sort((a, b) => a.at - b.at));
    return {header, columns, list};
}

const [, , inFile, outFile, market] = process.argv;
const before = products(inFile, market?.split('=')), after = products(outFile);
const say = (where, a, b) => console.log(`${where}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`);

const kept = [];
before.columns.forEach((column, i) => {
    if (dropped.some(pattern => pattern.test(before.header[i]))) return;
    if (after.columns.includes(column)) kept.push(column);
    else if (before.list.some(p => [p.cells, ...p.variants].some(cell => cell[column]))) console.log(`the column ${before.header[i]} is lost`);
});
before.list.forEach((product, n) => {
    const other = after.list[n];
    if (!other) return say(product.handle, 'a product', 'nothing');
    for (const column of kept)
        if (!ofVariant.test(column) && !column.includes('image') && !same(column, product.cells[column], other.cells[column]))
            say(`${product.handle} ${column}`, product.cells[column], other.cells[column]);
    if (product.variants.length !== other.variants.length) say(`${product.handle} variants`, product.variants.length, other.variants.length);
    product.variants.forEach((variant, i) => kept.filter(column => ofVariant.test(column)).forEach(column => {
        const [a, b] = [variant[column], other.variants[i]?.[column]];
        if (!same(column, a, b)) say(`${product.handle} variant ${i + 1} ${column}`, a, b);
    }));
    const images = p => p.images.map(image => `${image.url} (${image.alt})`).join('\n');
    if (images(product) !== images(other)) say(`${product.handle} images`, images(product), images(other));
});
if (before.list.length !== after.list.length) say('products', before.list.length, after.list.length);
