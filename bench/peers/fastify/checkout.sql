-- The opponent's shop, for its checkout (checkout.mjs): tables of its own, and what the harness fills and counts them with.

create schema if not exists peer;

create table peer.variants (
    id      bigint primary key,
    product bigint not null,
    title   text not null,
    sku     text not null,
    price   bigint not null
);

create table peer.stock (
    variant_id bigint primary key references peer.variants (id),
    on_hand    bigint not null,
    reserved   bigint not null,
    check (0 <= reserved and reserved <= on_hand)
) with (fillfactor = 70);

create table peer.carts (
    id            bigint primary key,
    token_hash    text not null,
    status        text not null,
    email         text not null,
    address       jsonb not null,
    shipping_rate text not null,
    shipping      bigint not null,
    provider      text not null,
    method        text not null,
    order_id      bigint,
    updated_at    timestamptz not null
) with (fillfactor = 80);

create table peer.bought_lines (
    cart_id    bigint not null references peer.carts (id),
    variant_id bigint not null,
    quantity   bigint not null,
    primary key (cart_id, variant_id)
);

create table peer.idempotency_keys (
    key        text primary key,
    cart_id    bigint not null,
    created_at timestamptz not null
);

create sequence peer.ids;

create table peer.orders (
    id            bigint primary key,
    reference     text not null unique,
    cart_id       bigint not null unique,
    state         text not null,
    email         text not null,
    address       jsonb not null,
    shipping_rate text not null,
    subtotal      bigint not null,
    shipping      bigint not null,
    total         bigint not null,
    placed_at     timestamptz not null
);

create table peer.order_lines (
    order_id   bigint not null references peer.orders (id),
    position   integer not null,
    variant_id bigint not null,
    title      text not null,
    sku        text not null,
    quantity   bigint not null,
    unit_price bigint not null,
    primary key (order_id, position)
);

create table peer.payments (
    id       bigint primary key,
    order_id bigint not null references peer.orders (id),
    provider text not null,
    method   text not null,
    state    text not null,
    amount   bigint not null,
    paid_at  timestamptz not null
);
create index payments_order on peer.payments (order_id);

create table peer.ledger_entries (
    id       bigint primary key,
    order_id bigint not null,
    account  text not null,
    amount   bigint not null,
    at       timestamptz not null
);
create index ledger_entries_order on peer.ledger_entries (order_id);

create table peer.outbox (
    id      bigint primary key,
    kind    text not null,
    payload jsonb not null,
    at      timestamptz not null
);

/* ---- What the harness does ------------------------------------------------------------------------------------------- */

create function peer.open_shop(variants bigint, price bigint, plenty bigint) returns void language sql as $$
    insert into peer.variants select n, n / 4, 'Thing ' || n / 4, 'B-' || n, price from generate_series(1, variants) n;
    insert into peer.stock select n, plenty, 0 from generate_series(1, variants) n;
$$;

/* `n` carts from number `first` on, each ready to be completed, and the token of each. Spread as Souk's. */
create function peer.make_carts(first bigint, n bigint, variants bigint, lines bigint, shipping bigint) returns table (id bigint, token text) language sql as $$
    insert into peer.carts
        select c, translate(encode(sha256(('token-' || c)::bytea), 'base64'), '+/=', '-_'), 'open', 'ann@shop.example',
            '{"name": "Ann Lee", "line1": "Main Street 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}',
            'standard', shipping, 'test', 'tok_ok', null, now()
        from generate_series(first + 1, first + n) c;
    insert into peer.bought_lines
        select c, 1 + (c * lines + k * 337) % variants, 1 from generate_series(first + 1, first + n) c, generate_series(0, lines - 1) k;
    select c, 'token-' || c from generate_series(first + 1, first + n) c;
$$;

/* So many of everything that a checkout makes; the last is what was promised of the goods. */
create function peer.reckoning() returns table (orders bigint, lines bigint, payments bigint, entries bigint, events bigint, keys bigint, closed bigint, promised numeric) language sql as $$
    select (select count(*) from peer.orders), (select count(*) from peer.order_lines), (select count(*) from peer.payments where state = 'captured'),
        (select count(*) from peer.ledger_entries), (select count(*) from peer.outbox), (select count(*) from peer.idempotency_keys),
        (select count(*) from peer.carts where status = 'ordered'), (select sum(reserved) from peer.stock)
$$;
