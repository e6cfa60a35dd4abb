-- News for the outside world, written in the transaction that makes them true and numbered after it. What is committed and
-- has no number gets one; so numbers have no gaps, and none is seen before the ones below it.
--
-- `place` orders what is numbered together. On PostgreSQL it is the server's clock when the row was written: who had to wait
-- for another's commit writes later, whichever process it is. SQLite has one writer, whose ids ascend.

-- only sqlite
create table outbox (
    id          ID primary key,
    place       INTEGER not null default 0,
    sequence    INTEGER,
    name        TEXT not null,
    data        JSON not null,
    occurred_at TIME not null
);
-- end

-- only postgres
create table outbox (
    id          ID primary key,
    place       INTEGER not null default cast(extract(epoch from clock_timestamp()) * 1000000 as bigint),
    sequence    INTEGER,
    name        TEXT not null,
    data        JSON not null,
    occurred_at TIME not null
);
-- end

create unique index outbox_sequence_key on outbox (sequence) where sequence is not null;
create index outbox_unnumbered on outbox (place, id) where sequence is null;

-- One row: the last number that was given. Rows are forgotten; this is not.
create table outbox_end (
    single BOOL primary key,
    last   INTEGER not null
);
insert into outbox_end (single, last) values (true, 0);
