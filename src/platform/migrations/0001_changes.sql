-- What has changed lately: a row is written in the transaction of the change. `place` is where a reader goes on.
-- SQLite has one writer, so the order of ids is the order of commits and the id is the place. PostgreSQL's place is the
-- number of the transaction: below the lowest one that is still under way, everything is there.

-- only sqlite
create table changes (
    place   ID primary key,
    id      ID generated always as (place) virtual,
    kind    TEXT not null,
    subject ID not null
);
-- end

-- only postgres
create table changes (
    place   INTEGER not null default cast(cast(pg_current_xact_id() as text) as bigint),
    id      ID not null default 0,
    kind    TEXT not null,
    subject ID not null,
    primary key (place, id)
);
-- end

-- Every position is above this one: so far everything is there.
insert into changes (place, kind, subject) values (0, '', 0);
