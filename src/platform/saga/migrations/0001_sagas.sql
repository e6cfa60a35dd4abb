-- Work of several transactions. A row says how far a saga has come; whoever takes it on counts `round`, and writes only
-- where it is still his.

create table sagas (
    id           ID primary key,
    name         TEXT not null,
    subject_kind TEXT not null, -- what it is about: "cart" and the id behind that prefix
    subject      ID not null,
    key          TEXT,          -- the Idempotency-Key of its beginning
    fingerprint  TEXT not null,
    status       TEXT not null,
    step         TEXT not null, -- what is next: to be done, or, when it is undoing, to be undone; '' at an end
    undoing      BOOL not null,
    state        JSON not null,
    attempts     INTEGER not null, -- of that step, without success
    error        TEXT not null, -- why it is undone, or '': the code
    detail       TEXT not null, -- of it; of attempts, what went wrong the last time
    actor        ID,            -- who has begun it; null: nobody who is known
    actor_kind   TEXT not null,
    runner       ID,            -- while it runs: which process has it
    round        INTEGER not null,
    woken        BOOL not null, -- since it was last taken on
    until        TIME,          -- when its waiting ends
    due_at       TIME not null, -- when it is to be taken on: the end of a lease, of a pause, of waiting
    created_at   TIME not null,
    updated_at   TIME not null,
    finished_at  TIME,
    forget_at    TIME
);

create unique index sagas_key_key on sagas (subject, subject_kind, name, key) where key is not null;
create index sagas_open on sagas (subject) where finished_at is null;
create index sagas_due on sagas (due_at) where finished_at is null;
create index sagas_forgotten on sagas (forget_at) where forget_at is not null;

-- only postgres
alter table sagas set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
-- end
