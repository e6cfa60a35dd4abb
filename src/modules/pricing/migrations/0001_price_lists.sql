-- Price lists beside the one for everybody, which has no row.

create table price_lists (
    id         ID primary key,
    handle     TEXT not null unique,
    name       TEXT not null unique,
    note       TEXT not null,
    version    INTEGER not null,
    created_at TIME not null,
    updated_at TIME not null
);
