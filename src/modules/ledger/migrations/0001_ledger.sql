-- The book: accounts, transactions, and their entries, which never change and are never deleted.

-- `owner` is an id with its prefix, empty for the shop's own; `unit` an ISO 4217 code, or points. The balance of an
-- account that is `limited` is always here, so that one statement can guard it; of the others it is here as far as
-- ledger_unfolded has been folded into it.
create table ledger_accounts (
    id         ID primary key,
    kind       TEXT not null,
    owner      TEXT not null,
    unit       TEXT not null,
    limited    BOOL not null,
    balance    MONEY not null,
    created_at TIME not null,
    unique (kind, owner, unit),
    constraint ledger_balance_limited check (not limited or balance >= 0)
);

create index ledger_accounts_owner on ledger_accounts (owner) where owner <> '';

-- `reference`: what the transaction is about, an id with its prefix. A cause happens once to it.
create table ledger_transactions (
    id        ID primary key,
    cause     TEXT not null,
    reference TEXT not null,
    unit      TEXT not null,
    note      TEXT not null,
    actor     TEXT not null
);

create unique index ledger_transactions_once on ledger_transactions (reference, cause) where reference <> '';

-- Credits are positive, debits negative; of one transaction they add up to 0. An account stands once in it.
create table ledger_entries (
    account_id     ID not null references ledger_accounts (id),
    transaction_id ID not null references ledger_transactions (id),
    amount         MONEY not null check (amount <> 0),
    primary key (account_id, transaction_id)
);

create index ledger_entries_transaction on ledger_entries (transaction_id);

-- Entries of accounts that are not limited, until a job adds them to the balance: many transactions at once would
-- wait for one row of `sales`.
create table ledger_unfolded (
    account_id     ID not null references ledger_accounts (id),
    transaction_id ID not null,
    amount         MONEY not null,
    primary key (account_id, transaction_id)
);
