-- Who did what. An entry is written with its effect; `sequence` and `hash` are set afterwards, once, by the sealer.

create table audit_entries (
    id           ID primary key,
    at           TIME not null,
    action       TEXT not null,
    actor_kind   TEXT not null,
    actor        ID,
    impersonator ID,
    session      ID,
    kind         TEXT not null,
    subject      ID,
    request      TEXT not null,
    origin       TEXT not null,
    changes      TEXT not null,
    person       ID,
    personal     TEXT not null,
    sequence     INTEGER not null default 0,
    hash         TEXT not null default ''
);

-- PostgreSQL's transactions commit in another order than they write: an entry is only sealed when no transaction that
-- is older than its own is still under way.
-- only postgres
alter table audit_entries add column place INTEGER not null default cast(cast(pg_current_xact_id() as text) as bigint);
-- end

create unique index audit_entries_sequence on audit_entries (sequence) where sequence > 0;
create index audit_entries_unsealed on audit_entries (id) where sequence = 0;
create index audit_entries_actor on audit_entries (actor, id);
create index audit_entries_subject on audit_entries (subject, id);
create index audit_entries_action on audit_entries (action, id);

-- The key of each person whose values are in entries, sealed by the vault. Empty: he was forgotten.
create table audit_people (
    person  ID primary key,
    sealed  TEXT not null,
    made_at TIME not null
);

-- The chain's state, signed. The newest one covers all that is sealed.
create table audit_checkpoints (
    sequence  INTEGER primary key,
    hash      TEXT not null,
    at        TIME not null,
    signer    ID not null,
    signature TEXT not null
);

-- Keys that sign checkpoints: the public half, and the private one sealed by the vault.
create table audit_signers (
    id      ID primary key,
    public  TEXT not null,
    private TEXT not null,
    made_at TIME not null
);
