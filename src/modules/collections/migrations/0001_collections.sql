-- Collections of products. Titles and descriptions of `collections` are in the shop's own language.

create table collections (
    id          ID primary key,
    handle      TEXT not null unique,
    title       TEXT not null,
    description TEXT not null,
    image       JSON,
    seo         JSON not null,
    hidden      BOOL not null,
    kind        TEXT not null check (kind in ('manual', 'rules')),
    match       TEXT not null check (match in ('all', 'any')),
    rules       JSON not null,
    sort        TEXT not null,
    position    INTEGER not null,
    version     INTEGER not null,
    created_at  TIME not null,
    updated_at  TIME not null
);

-- Lists.
create index collections_position on collections (position, id);

create table collection_translations (
    collection_id ID not null references collections (id) on delete cascade,
    locale        TEXT not null,
    title         TEXT not null,
    description   TEXT not null,
    seo           JSON,
    primary key (collection_id, locale)
);

-- What is in a collection made by hand. Positions only order: there may be gaps. Products are those of the catalogue,
-- whose tables come later, so nothing refers to them here: the catalogue says when one is gone.
create table collection_products (
    collection_id ID not null references collections (id) on delete cascade,
    product_id    ID not null,
    position      INTEGER not null,
    primary key (collection_id, product_id)
)
-- only sqlite
without rowid
-- end
;

create index collection_products_product on collection_products (product_id);
