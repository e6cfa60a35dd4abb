-- Every change of what is on hand is written down; reservations have rows, which expire by themselves; each variant has a row
-- of its own for what is decided over all locations.

-- Who serves first when several could: the lowest number, then the oldest location.
alter table locations add column priority INTEGER not null default 0;

-- `safety` is never sold, `incoming` is on its way here: a rollup of transfers, as `reserved` is of reservations.
alter table stock_levels add column safety INTEGER not null default 0 check (safety >= 0);
alter table stock_levels add column incoming INTEGER not null default 0 check (incoming >= 0);

-- `waiting`: promised beyond what is there, over all locations; a rollup of the reservations that have none. `availability`:
-- what was announced last.
create table stock_items (
    variant_id      ID primary key,
    product_id      ID not null,
    policy          TEXT not null,
    backorder_limit INTEGER,
    available_at    TIME,
    waiting         INTEGER not null check (waiting >= 0),
    availability    TEXT not null
);
create index stock_items_product on stock_items (product_id);
create index stock_items_available on stock_items (available_at) where available_at is not null;

insert into stock_items (variant_id, product_id, policy, waiting, availability)
    select variant_id, min(product_id), 'deny', 0,
           case when sum(on_hand - reserved) <= 0 then 'out' when sum(on_hand - reserved) <= 5 then 'low' else 'in' end
    from stock_levels group by variant_id;

-- Append-only, and kept when a variant goes: of each variant at each location they add up to what is on hand.
create table stock_movements (
    id          ID primary key,
    variant_id  ID not null,
    location_id ID not null,
    change      INTEGER not null check (change <> 0),
    reason      TEXT not null,
    reference   TEXT not null,
    actor       TEXT not null,
    at          TIME not null
);
create index stock_movements_variant on stock_movements (variant_id, id);

insert into stock_movements (id, variant_id, location_id, change, reason, reference, actor, at)
    select row_number() over (order by variant_id, location_id), variant_id, location_id, on_hand, 'initial', '', '', updated_at
    from stock_levels where on_hand > 0;

-- A promise. No location: of stock that is yet to come. No end: to an order, and for good.
create table stock_reservations (
    id          ID primary key,
    owner_kind  TEXT not null,
    owner_id    ID not null,
    variant_id  ID not null,
    location_id ID references locations (id),
    quantity    INTEGER not null check (quantity > 0),
    expires_at  TIME,
    created_at  TIME not null
);
create index stock_reservations_owner on stock_reservations (owner_id, variant_id);
create index stock_reservations_variant on stock_reservations (variant_id, location_id, expires_at);
create index stock_reservations_expires on stock_reservations (expires_at) where expires_at is not null;
