// The shapes of the answers, for Fastify's compiled serialiser.

export const text = {type: 'string'}, integer = {type: 'integer'};
const textOrNull = {type: ['string', 'null']}, integerOrNull = {type: ['integer', 'null']};
const anything = {};
export const object = properties => ({type: 'object', properties});
export const list = items => ({type: 'array', items});

const price = object({
    channel: text, currency: text, amount: integer, compare_at: integerOrNull, price_list: textOrNull, min_quantity: integer,
    starts_at: textOrNull, ends_at: textOrNull,
});

const variant = object({
    id: text, product: text, sku: textOrNull, barcode: textOrNull, options: list(text), position: integer, prices: list(price),
    tax_class: text, weight: integerOrNull, length: integerOrNull, width: integerOrNull, height: integerOrNull,
    availability: text, created_at: text, updated_at: text,
});

export const product = object({
    id: text, handle: text, title: text, description: text, status: text, vendor: text, type: text,
    channels: list(text), tags: list(text), categories: list(text),
    options: list(object({name: text, values: list(text)})),
    attributes: list(object({name: text, value: anything})),
    images: list(object({url: text, alt: text})),
    seo: object({title: text, description: text}),
    variants: list(variant),
    version: integer, created_at: text, updated_at: text,
});

const facets = list(object({
    name: text, values: list(object({value: text, label: textOrNull, count: integer})), min: integerOrNull, max: integerOrNull}));

const page = item => object({data: list(item), has_more: {type: 'boolean'}, next_cursor: textOrNull, total: integer, facets});

export const products = page(product);
export const hits = page(object({product, highlights: object({title: text, description: text})}));

export const wanted = {type: 'object', required: ['lines'], properties: {lines: {type: 'array', minItems: 1, maxItems: 1, items: {
    type: 'object', required: ['variant', 'quantity'], properties: {variant: text, quantity: {type: 'integer', minimum: 1, maximum: 9999}}}}}};

export const cart = object({
    id: text, currency: text, channel: text, version: integer, total: integer,
    lines: list(object({variant: text, product: text, quantity: integer, title: text, sku: textOrNull, options: list(text), image: text,
        tax_class: text, weight: integerOrNull, unit_price: integer, subtotal: integer})),
});
