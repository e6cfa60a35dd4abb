-- Products, their translations, variants and prices. Titles and descriptions of `products` are in the shop's own
-- language; prices and documents carry a channel, translations a locale, from the first day.

create table products (
    id          ID primary key,
    handle      TEXT not null unique,
    title       TEXT not null,
    description TEXT not null,
    status      TEXT not null check (status in ('draft', 'active', 'archived')),
    channels    JSON not null,
    tags        JSON not null,
    options     JSON not null,
    attributes  JSON not null,
    images      JSON not null,
    version     INTEGER not null,
    created_at  TIME not null,
    updated_at  TIME not null
);

-- Staff list by status, newest first.
create index products_status on products (status, id);

-- What each channel shows: the finished JSON document of each active product in each of its channels, in the shop's own
-- language (locale '') and in each translation, derived from the other tables in the transaction that changes them. The
-- key is also the order of a channel's newest products. See docs/internals/product-documents.md.
create table product_documents (
    channel    TEXT not null,
    locale     TEXT not null,
    product_id ID not null references products (id) on delete cascade,
    version    INTEGER not null,
    shape      INTEGER not null,
    body       TEXT not null,
    primary key (channel, locale, product_id)
);

create index product_documents_product on product_documents (product_id);

-- only postgres
alter table product_documents alter column body set compression lz4;
-- end

create table product_translations (
    product_id  ID not null references products (id) on delete cascade,
    locale      TEXT not null,
    title       TEXT not null,
    description TEXT not null,
    primary key (product_id, locale)
);

create table variants (
    id         ID primary key,
    product_id ID not null references products (id) on delete cascade,
    sku        TEXT unique,
    barcode    TEXT,
    options    JSON not null,
    position   INTEGER not null,
    created_at TIME not null,
    updated_at TIME not null
);

create index variants_product on variants (product_id, position);

create table variant_prices (
    variant_id ID not null references variants (id) on delete cascade,
    channel    TEXT not null,
    currency   TEXT not null,
    amount     MONEY not null check (amount >= 0),
    primary key (variant_id, channel, currency)
)
-- only sqlite
without rowid
-- end
;
