-- Vendors, types, categories and search texts of products; what parcels need to know of variants; prices of several lists,
-- quantities and times; and what lists and searches read.

alter table products add column vendor TEXT not null default '';
alter table products add column type TEXT not null default '';
alter table products add column categories JSON not null default '[]';
alter table products add column seo JSON not null default '{"title":"","description":""}';

-- Which products are in a category, for when the category goes.
create table product_categories (
    category_id ID not null references categories (id),
    product_id  ID not null references products (id) on delete cascade,
    primary key (category_id, product_id)
);
create index product_categories_product on product_categories (product_id);

-- Kinds of products; `attributes` says what is to be told of each.
create table product_types (
    id         ID primary key,
    name       TEXT not null unique,
    attributes JSON not null,
    version    INTEGER not null,
    created_at TIME not null,
    updated_at TIME not null
);
create index products_type on products (type);

alter table variants add column costs JSON not null default '[]';
alter table variants add column tax_class TEXT not null default '';
alter table variants add column weight INTEGER;
alter table variants add column length INTEGER;
alter table variants add column width INTEGER;
alter table variants add column height INTEGER;

-- A variant's prices are replaced as a whole, so their place among each other names them. No list: the default one.
create table prices (
    variant_id   ID not null references variants (id) on delete cascade,
    position     INTEGER not null,
    price_list   ID references price_lists (id),
    channel      TEXT not null,
    currency     TEXT not null,
    min_quantity INTEGER not null,
    starts_at    TIME,
    ends_at      TIME,
    amount       MONEY not null check (amount >= 0),
    compare_at   MONEY,
    primary key (variant_id, position)
)
-- only sqlite
without rowid
-- end
;
create index prices_price_list on prices (price_list);

insert into prices (variant_id, position, channel, currency, min_quantity, amount)
    select variant_id, row_number() over (partition by variant_id order by channel, currency) - 1, channel, currency, 1, amount
    from variant_prices;
drop table variant_prices;

-- Documents hold until the next price begins or ends. Those of the first release lack fields, so they go; the program writes
-- them anew in the background (docs/internals/product-documents.md).
delete from product_documents;
alter table product_documents add column valid_until TIME;

-- What filters, facets and orders know of each active product (docs/internals/browsing.md).
create table product_facts (
    product_id  ID primary key references products (id) on delete cascade,
    shape       INTEGER not null,
    terms       JSON not null,
    numbers     JSON not null,
    categories  JSON not null,
    title_key   TEXT not null,
    valid_until TIME
);
create index product_facts_valid_until on product_facts (valid_until);

-- How many pieces were sold: counted up by orders, and read by who sorts by it.
create table product_sales (
    product_id ID primary key references products (id) on delete cascade,
    sold       INTEGER not null
);
