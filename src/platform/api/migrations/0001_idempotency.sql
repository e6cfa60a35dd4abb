-- What an Idempotency-Key has already done: written in the transaction of the effect, so that neither is there without
-- the other.

create table idempotency_keys (
    actor_id    ID not null,
    name        TEXT not null,
    fingerprint TEXT not null,
    status      INTEGER not null,
    location    TEXT not null,
    etag        TEXT not null,
    body        TEXT not null,
    created_at  TIME not null,
    primary key (actor_id, name)
);

create index idempotency_keys_age on idempotency_keys (created_at);
