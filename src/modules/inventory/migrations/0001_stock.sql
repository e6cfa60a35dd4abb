-- Stock is counted by variant and location from the first day, so that a second location is a row and not a migration.

create table locations (
    id   ID primary key,
    name TEXT not null unique
);

-- One row for each variant and location; every variant has one from its registration on. `product_id` only groups: it
-- stands first in the key, so that the stock of a product lies together and is read in one walk.
create table stock_levels (
    product_id  ID not null,
    variant_id  ID not null,
    location_id ID not null references locations (id),
    on_hand     INTEGER not null check (on_hand >= 0),
    reserved    INTEGER not null check (reserved >= 0 and reserved <= on_hand),
    updated_at  TIME not null,
    primary key (product_id, variant_id, location_id)
)
-- only sqlite
without rowid
-- end
;

create unique index stock_levels_variant on stock_levels (variant_id, location_id);
create index stock_levels_location on stock_levels (location_id);

-- Where stock lies when nobody says otherwise.
insert into locations (id, name) values (1, 'Main');
