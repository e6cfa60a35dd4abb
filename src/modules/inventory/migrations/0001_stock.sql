-- Stock is counted by variant and location from the first day, so that a second location is a row and not a migration.

create table locations (
    id   ID primary key,
    name TEXT not null unique
);

-- Variants that can have stock. The catalogue registers them; `product_id` only groups, so that a page of products finds
-- its stock by the products' ids.
create table stock_items (
    variant_id ID primary key,
    product_id ID not null
);

create index stock_items_product on stock_items (product_id);

create table stock_levels (
    variant_id  ID not null references stock_items (variant_id) on delete cascade,
    location_id ID not null references locations (id),
    on_hand     INTEGER not null check (on_hand >= 0),
    reserved    INTEGER not null check (reserved >= 0 and reserved <= on_hand),
    updated_at  TIME not null,
    primary key (variant_id, location_id)
);

create index stock_levels_location on stock_levels (location_id);

-- Where stock lies when nobody says otherwise.
insert into locations (id, name) values (1, 'Main');
