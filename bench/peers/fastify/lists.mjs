// Lists and searches with facets: one statement over the shelf (shelf.sql) for ids, total and counts, one for the products.

import {productsById} from './products.mjs';
import {idNumber, idText} from './spelling.mjs';

/* `hit` is counted, so it is made whole; the page is its first few. */
const found = (where, order) => `with hit as materialized (${where})
select (select count(*) from hit) as total, (select min(price) from hit) as min, (select max(price) from hit) as max,
    array(select id::text from hit order by ${order} limit $2) as ids,
    (select json_object_agg(facet, n) from (select facet, count(*) as n from hit, unnest(facets) facet group by facet) f) as counts`;

const IN_CATEGORY = {name: 'category', text: found('select id, price, facets from peer.shelf where places @> array[$1::bigint]', 'id desc')};
const matches = `select id, price, facets, ts_rank(words, q) as score from peer.shelf, to_tsquery('english', $1) q where words @@ q`;
const BY_WORDS = {name: 'words', text: found(matches, 'score desc, id desc')};
const NEWEST_BY_WORDS = {name: 'newest_words', text: found(matches, 'id desc')};

const MARKS = 'StartSel=<mark>, StopSel=</mark>';
const HIGHLIGHTS = {name: 'highlights', text: `select p.id, ts_headline('english', p.title, q, '${MARKS}, HighlightAll=true') as title,
    ts_headline('english', p.description, q, '${MARKS}, MaxWords=35, MinWords=15') as description
from products p, to_tsquery('english', $2) q where p.id = any($1::bigint[])`};

const ORDER = ['vendor', 'type', 'tag', 'category', 'availability'];
const VALUES_MAX = 100;
const place = name => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
const numberOrNull = text => (text === null ? null : Number(text)); // prices are bigint, which pg hands over as text
const plain = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/* From {"vendor␟Isar": 14, …} to the facets of an answer. */
function facetsOf(row, titles) {
    const byName = new Map();
    for (const [key, count] of Object.entries(row.counts ?? {})) {
        const at = key.indexOf('\x1f'), name = key.slice(0, at), text = key.slice(at + 1);
        const value = name === 'category' ? {value: idText('cat', text), label: titles.get(text), count} : {value: text, label: null, count};
        if (!byName.has(name)) byName.set(name, []);
        byName.get(name).push(value);
    }
    const facets = [...byName].sort(([a], [b]) => place(a) - place(b) || plain(a, b)).map(([name, values]) => ({name, min: null, max: null,
        values: values.sort((a, b) => b.count - a.count || plain(a.value, b.value)).slice(0, VALUES_MAX)}));
    return [...facets, {name: 'price', values: [], min: numberOrNull(row.min), max: numberOrNull(row.max)}];
}

/* "oak desk lam": all of the words, and the last one may be the beginning of a word of the title or of a tag. */
function tsquery(q) {
    const words = q.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    const quoted = /^\s*".*"\s*$/.test(q);
    if (quoted) return words.join(' <-> ');
    return words.map((word, i) => (i < words.length - 1 ? word : `(${word} | ${word}:*AB)`)).join(' & ');
}

export class Lists {
    constructor(pool) {
        this.pool = pool;
    }

    /* Categories are few and change rarely: a process keeps them. */
    async load() {
        const {rows} = await this.pool.query('select id, handle, title from categories');
        this.byHandle = new Map(rows.map(row => [row.handle, row.id]));
        this.titles = new Map(rows.map(row => [row.id, row.title]));
    }

    async #page(statement, what, {limit}) {
        const {rows: [row]} = await this.pool.query({...statement, values: [what, Number(limit) + 1]});
        const more = row.ids.length > Number(limit);
        const ids = row.ids.slice(0, Number(limit));
        return {ids, has_more: more, next_cursor: more ? Buffer.from(ids.at(-1)).toString('base64url') : null, total: Number(row.total),
            facets: facetsOf(row, this.titles)};
    }

    async inCategory(query) {
        const id = idNumber('cat', query.category) ?? this.byHandle.get(query.category) ?? '0';
        const {ids, ...page} = await this.#page(IN_CATEGORY, id, query);
        return {data: await productsById(this.pool, ids, query), ...page};
    }

    async search(query) {
        const words = tsquery(query.q);
        const {ids, ...page} = await this.#page(query.sort === 'newest' ? NEWEST_BY_WORDS : BY_WORDS, words, query);
        const [products, marked] = await Promise.all([productsById(this.pool, ids, query),
            this.pool.query({...HIGHLIGHTS, values: [ids, words]})]);
        const highlights = new Map(marked.rows.map(row => [idText('prod', row.id), {title: row.title, description: row.description}]));
        return {data: products.map(product => ({product, highlights: highlights.get(product.id)})), ...page};
    }
}
