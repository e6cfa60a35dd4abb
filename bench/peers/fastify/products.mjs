// Products as shoppers see them, read from the tables.

import {idText, timeText} from './spelling.mjs';

/* PostgreSQL folds a product into one row, its variants as JSON. Three statements over three connections at once (the
 * product, variants joined with prices, stock) were tried and were a quarter slower. Ids as text, since JavaScript's
 * numbers end at 2^53. */
const PRODUCTS = `select p.id, p.handle, coalesce(t.title, p.title) as title, coalesce(t.description, p.description) as description,
    p.status, p.vendor, p.type, p.channels, p.tags, p.options, p.attributes, p.images, p.seo, p.version, p.created_at, p.updated_at,
    array(select c.category_id::text from product_categories c where c.product_id = p.id order by c.category_id) as categories,
    (select json_agg(json_build_object('id', v.id::text, 'sku', v.sku, 'barcode', v.barcode, 'options', v.options,
            'position', v.position, 'tax_class', v.tax_class, 'weight', v.weight, 'length', v.length, 'width', v.width,
            'height', v.height, 'created_at', v.created_at, 'updated_at', v.updated_at,
            'stock', coalesce((select sum(l.on_hand - l.reserved) from stock_levels l where l.variant_id = v.id), 0),
            'prices', coalesce((select json_agg(json_build_object('channel', r.channel, 'currency', r.currency, 'amount', r.amount,
                    'compare_at', r.compare_at, 'price_list', null, 'min_quantity', r.min_quantity,
                    'starts_at', r.starts_at, 'ends_at', r.ends_at) order by r.position)
                from prices r where r.variant_id = v.id and r.channel = $2 and r.price_list is null
                    and (r.starts_at is null or r.starts_at <= now()) and (r.ends_at is null or r.ends_at > now())), '[]'))
        order by v.position, v.id) from variants v where v.product_id = p.id) as variants
from products p
left join product_translations t on t.product_id = p.id and t.locale = $3`;

const ONE = {name: 'product', text: `${PRODUCTS} where p.id = $1 and p.status = 'active' and p.channels ? $2`};
const MANY = {name: 'products', text: `${PRODUCTS} where p.id = any($1::bigint[])`};

const STOCK_LOW = 5;
const availability = stock => (stock <= 0 ? 'out' : stock <= STOCK_LOW ? 'low' : 'in');

function productOf(row) {
    const id = idText('prod', row.id);
    for (const variant of row.variants) {
        variant.id = idText('var', variant.id);
        variant.product = id;
        variant.availability = availability(variant.stock);
        variant.created_at = timeText(variant.created_at);
        variant.updated_at = timeText(variant.updated_at);
        for (const price of variant.prices) {
            price.starts_at = timeText(price.starts_at);
            price.ends_at = timeText(price.ends_at);
        }
    }
    return {...row, id, categories: row.categories.map(n => idText('cat', n)), created_at: timeText(row.created_at),
        updated_at: timeText(row.updated_at)};
}

/* undefined: there is none. */
export async function productById(pool, id, {channel = 'default', locale = ''}) {
    const {rows} = await pool.query({...ONE, values: [id, channel, locale]});
    return rows.length ? productOf(rows[0]) : undefined;
}

/* In the order of the ids. */
export async function productsById(pool, ids, {channel = 'default', locale = ''}) {
    const {rows} = await pool.query({...MANY, values: [ids, channel, locale]});
    const found = new Map(rows.map(row => [row.id, row]));
    return ids.filter(id => found.has(id)).map(id => productOf(found.get(id)));
}
