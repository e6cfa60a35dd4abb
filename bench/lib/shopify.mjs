// A product CSV as Shopify exports it, of any size: the columns of the old generation, HTML that people have pasted, pictures on
// rows of their own, and everything that Souk does not keep. The same file each time.

import fs from 'node:fs';

const HEADER = ['Handle', 'Title', 'Body (HTML)', 'Vendor', 'Product Category', 'Type', 'Tags', 'Published', 'Option1 Name', 'Option1 Value',
    'Option2 Name', 'Option2 Value', 'Option3 Name', 'Option3 Value', 'Variant SKU', 'Variant Grams', 'Variant Inventory Tracker',
    'Variant Inventory Qty', 'Variant Inventory Policy', 'Variant Fulfillment Service', 'Variant Price', 'Variant Compare At Price',
    'Variant Requires Shipping', 'Variant Taxable', 'Variant Barcode', 'Image Src', 'Image Position', 'Image Alt Text', 'Gift Card', 'SEO Title',
    'SEO Description', 'Google Shopping / Google Product Category', 'Google Shopping / Gender', 'Material (product.metafields.custom.material)',
    'Variant Image', 'Variant Weight Unit', 'Variant Tax Code', 'Cost per item', 'Status'];

const THINGS = [['Shirt', 'Apparel & Accessories > Clothing > Shirts & Tops'], ['Jumper', 'Apparel & Accessories > Clothing > Sweaters'],
    ['Boot', 'Apparel & Accessories > Shoes'], ['Lamp', 'Home & Garden > Lighting > Lamps'], ['Chair', 'Furniture > Chairs'],
    ['Teapot', 'Home & Garden > Kitchen & Dining > Tableware'], ['Notebook', 'Office Supplies > Paper'], ['Bag', 'Luggage & Bags']];
const MATERIALS = ['Cotton', 'Linen', 'Wool', 'Oak', 'Steel', 'Leather', 'Hemp', 'Clay'];
const VENDORS = ['Alder & Sons', 'Birke', 'Café Noir', 'Dune', 'Elm', 'Fjord'];
const COLOURS = ['Black', 'Sage', 'Rust', 'Sand', 'Natural'], SIZES = ['S', 'M', 'L'];

const quote = text => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/* About 700 bytes, as they come out of an editor. */
const html = (title, material, n) => `<p><span style="font-weight: 400;">The <strong>${title}</strong> is made of ${material.toLowerCase()}, in small
batches, by people who use it themselves.&nbsp;It weighs little &amp; lasts long&hellip;</span></p>\n<ul>\n<li>100% ${material.toLowerCase()}</li>
<li>Made in Portugal, number ${n}</li>\n<li><em>Wash</em> at 30&deg;C, dry flat</li>\n</ul>\n<h3>Care</h3><p>Do not bleach. Do not tumble dry.<br>
Repair what is torn: we send you "the thread" for nothing. <a href="https://shop.example/pages/care?from=product&amp;n=${n}">How to care</a></p>
<table><tbody><tr><td>Size</td><td>Chest</td></tr><tr><td>S</td><td>90 cm</td></tr><tr><td>M</td><td>96 cm</td></tr></tbody></table>`;

/* Writes a file with at least so many variants, three for each product; returns {products, variants, bytes}. */
export function writeShopifyCsv(file, variants) {
    const out = fs.openSync(file, 'w');
    let text = HEADER.map(quote).join(',') + '\n', products = 0, written = 0;
    const row = cells => { text += HEADER.map(name => quote(String(cells[name] ?? ''))).join(',') + '\n'; };
    for (let n = 1; written < variants; n++) {
        const [thing, category] = THINGS[n % THINGS.length], material = MATERIALS[(n * 7) % MATERIALS.length];
        const title = `${material} ${thing} No. ${n}`, handle = `${material}-${thing}-${n}`.toLowerCase(), image = `https://cdn.example/files/${handle}`;
        products++;
        for (let i = 0; i < 4; i++) {
            const cells = {Handle: handle};
            if (i === 0) Object.assign(cells, {Title: title, 'Body (HTML)': html(title, material, n), Vendor: VENDORS[n % VENDORS.length],
                'Product Category': category, Type: thing, Tags: `${material}, ${thing}, new in 20${10 + n % 15}`, Published: 'true', 'Option1 Name': 'Size',
                'Option2 Name': 'Colour', 'Gift Card': 'false', 'SEO Title': title, 'SEO Description': `${title} & more`,
                'Google Shopping / Gender': 'unisex', 'Material (product.metafields.custom.material)': material, Status: n % 9 ? 'active' : 'draft'});
            if (i < 3) Object.assign(cells, {'Option1 Value': SIZES[i], 'Option2 Value': COLOURS[n % COLOURS.length], 'Variant SKU': `${thing[0]}${n}-${SIZES[i]}`,
                'Variant Grams': `${100 + n % 900}.0`, 'Variant Inventory Tracker': 'shopify', 'Variant Inventory Qty': (n * 13 + i) % 60,
                'Variant Inventory Policy': 'deny', 'Variant Fulfillment Service': 'manual', 'Variant Price': `${10 + n % 190}.90`,
                'Variant Compare At Price': n % 4 ? '' : `${20 + n % 190}.90`, 'Variant Requires Shipping': 'true', 'Variant Taxable': 'true',
                'Variant Barcode': `40${String(n).padStart(9, '0')}${i}`, 'Variant Weight Unit': 'g', 'Cost per item': `${5 + n % 90}.00`});
            if (i < 3) written++;
            Object.assign(cells, {'Image Src': `${image}_${i + 1}.jpg?v=1700000${n % 100}`, 'Image Position': i + 1, 'Image Alt Text': i ? '' : title});
            row(cells);
        }
        if (text.length > 1 << 20) {
            fs.writeSync(out, text);
            text = '';
        }
    }
    fs.writeSync(out, text);
    const bytes = fs.fstatSync(out).size;
    fs.closeSync(out);
    return {products, variants: written, bytes};
}
