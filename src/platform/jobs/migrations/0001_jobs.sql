-- Work to be done after a commit. A row is written in the transaction that wants the work; platform/jobs runs it.
-- A run is known by (id, runner, attempts): whoever finishes it names all three, so that a run that was given up for lost
-- cannot finish what another one is doing now.

create table jobs (
    id          ID primary key,
    kind        TEXT not null,
    state       TEXT not null,
    queue       TEXT not null, -- the kind's name when its runs at once are limited, else ''
    priority    TEXT not null,
    due_at      TIME not null, -- it is not begun before
    attempts    INTEGER not null,
    unique_key  TEXT,
    payload     JSON,
    error       TEXT not null, -- of the last run
    runner      ID,            -- while it runs: who has it
    lease_end   TIME,          -- and until when, unless it says so again
    started_at  TIME,          -- the last time
    finished_at TIME,          -- null: it waits or runs
    forget_at   TIME
);

create index jobs_due on jobs (queue, priority, due_at, id) where state = 'waiting';
create index jobs_leases on jobs (lease_end) where state = 'running';
create index jobs_dead on jobs (id) where state = 'dead';
create index jobs_forgotten on jobs (forget_at) where forget_at is not null;
create unique index jobs_kind_unique_key_key on jobs (kind, unique_key) where unique_key is not null and finished_at is null;

-- The last tick of each cron row for which its job was added.
create table crons (
    name TEXT primary key,
    tick TIME not null
);

-- only postgres
-- Rows come and go here faster than anywhere else.
alter table jobs set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
-- end
