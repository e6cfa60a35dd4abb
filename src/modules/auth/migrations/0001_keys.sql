-- Secret keys. Only a hash is kept: 256 random bits need no salt and no slow hash.

create table api_keys (
    id         ID primary key,
    name       TEXT not null,
    hint       TEXT not null,
    hash       TEXT not null unique,
    created_at TIME not null
);
