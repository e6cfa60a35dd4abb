-- Money that customers give the shop, and what providers have told of it. What is known of a payment only grows, so that a
-- fact may come twice or late; `state` follows from the other columns (store.c).

-- `subject`: what it is for, an id with its prefix. `claim`: what is under way that no other may begin beside it.
create table payments (
    id            ID primary key,
    subject       TEXT not null,
    customer      ID,
    email         TEXT not null,
    provider      TEXT not null,
    method        TEXT not null,
    currency      TEXT not null,
    amount        MONEY not null check (amount > 0),
    capture_now   BOOL not null,
    state         TEXT not null,
    provider_ref  TEXT,
    authorised    MONEY not null,
    captured      MONEY not null,
    refunded      MONEY not null check (refunded >= 0),
    refunding     MONEY not null check (refunding >= 0),
    credited      MONEY not null check (credited >= 0),
    voided        BOOL not null,
    claim         TEXT not null,
    decline_code  TEXT,
    detail        TEXT,
    action_url    TEXT,
    client_secret TEXT,
    version       INTEGER not null,
    created_at    TIME not null,
    updated_at    TIME not null,
    constraint payments_captured_of_authorised check (captured >= 0 and captured <= authorised),
    constraint payments_refunded_of_captured check (refunded + refunding <= captured)
);
create index payments_subject on payments (subject, id);
create index payments_customer on payments (customer, id) where customer is not null;
create index payments_state on payments (state, id);
create unique index payments_provider_ref on payments (provider, provider_ref) where provider_ref is not null;

create table payment_refunds (
    id           ID primary key,
    payment      ID not null references payments (id),
    amount       MONEY not null check (amount > 0),
    state        TEXT not null,
    note         TEXT not null,
    actor        TEXT not null,
    provider_ref TEXT,
    decline_code TEXT,
    detail       TEXT,
    created_at   TIME not null,
    updated_at   TIME not null
);
create index payment_refunds_payment on payment_refunds (payment, id);
create unique index payment_refunds_provider_ref on payment_refunds (payment, provider_ref) where provider_ref is not null;

-- What providers have told, each event once; `settled_at`: what it is about was looked at, and noted.
create table payment_events (
    provider    TEXT not null,
    event       TEXT not null,
    type        TEXT not null,
    object      TEXT not null,
    received_at TIME not null,
    settled_at  TIME,
    primary key (provider, event)
)
-- only sqlite
without rowid
-- end
;
create index payment_events_received on payment_events (received_at);

-- Who a user is to a provider, and what he has let the shop keep there. Never a card's number.
create table payment_customers (
    customer     ID not null,
    provider     TEXT not null,
    provider_ref TEXT not null,
    primary key (customer, provider)
);

create table payment_methods (
    id           ID primary key,
    customer     ID not null,
    provider     TEXT not null,
    provider_ref TEXT not null,
    kind         TEXT not null,
    brand        TEXT not null,
    last4        TEXT not null,
    expires      TEXT not null,
    created_at   TIME not null,
    unique (provider, provider_ref)
);
create index payment_methods_customer on payment_methods (customer, id);
