-- Goods travel between locations.

create table stock_transfers (
    id           ID primary key,
    origin       ID not null references locations (id),
    destination  ID not null references locations (id),
    status       TEXT not null,
    reference    TEXT not null,
    version      INTEGER not null,
    created_at   TIME not null,
    shipped_at   TIME,
    closed_at    TIME
);

-- Of the `quantity` that leaves, `received` has come and `lost` will not.
create table stock_transfer_lines (
    transfer_id ID not null references stock_transfers (id) on delete cascade,
    variant_id  ID not null,
    quantity    INTEGER not null check (quantity > 0),
    received    INTEGER not null check (received >= 0),
    lost        INTEGER not null check (lost >= 0),
    primary key (transfer_id, variant_id),
    constraint stock_transfer_lines_whole check (received + lost <= quantity)
)
-- only sqlite
without rowid
-- end
;
create index stock_transfer_lines_variant on stock_transfer_lines (variant_id);
