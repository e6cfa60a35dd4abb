-- What a list or search needs of a product in one row: where it stands, what it is counted by, and its words. A shop would
-- write it with the product; here it is made once from Souk's tables.
--
--   facets  'vendor' || chr(31) || 'Isar': counted by one GROUP BY over all of them, which was faster than a table with
--           a row for each, and than a statement for each facet
create schema peer;

create table peer.shelf as
with recursive up (id, above) as (
    select id, id from categories
    union all
    select u.id, c.parent from up u join categories c on c.id = u.above where c.parent is not null
), places as (
    select pc.product_id, array_agg(distinct u.above) as ids from product_categories pc join up u on u.id = pc.category_id
    group by pc.product_id
), levels as (
    select product_id, max(free) as free
    from (select product_id, variant_id, sum(on_hand - reserved) as free from stock_levels group by product_id, variant_id) v
    group by product_id
), costs as (
    select v.product_id, min(r.amount) as price from variants v join prices r on r.variant_id = v.id
    where r.channel = 'default' and r.currency = 'EUR' and r.min_quantity = 1 and r.price_list is null
    group by v.product_id
)
select p.id, coalesce(places.ids, '{}') as places, costs.price,
    array['vendor' || chr(31) || p.vendor, 'type' || chr(31) || p.type,
        'availability' || chr(31) || case when coalesce(levels.free, 0) <= 0 then 'out' when levels.free <= 5 then 'low' else 'in' end]
        || array(select 'tag' || chr(31) || t from jsonb_array_elements_text(p.tags) t)
        || array(select 'category' || chr(31) || c from unnest(places.ids) c)
        || array(select 'attribute:' || (a ->> 'name') || chr(31) || (a ->> 'value') from jsonb_array_elements(p.attributes) a)
        as facets,
    setweight(to_tsvector('english', p.title), 'A')
        || setweight(to_tsvector('english', array_to_string(array(select jsonb_array_elements_text(p.tags)), ' ') || ' ' || p.vendor || ' ' || p.type), 'B')
        || setweight(to_tsvector('english', p.description), 'D') as words
from products p
left join places on places.product_id = p.id
left join levels on levels.product_id = p.id
left join costs on costs.product_id = p.id
where p.status = 'active' and p.channels ? 'default';

alter table peer.shelf add primary key (id);
create index on peer.shelf using gin (places);
create index on peer.shelf using gin (words);
vacuum analyze peer.shelf;
