-- Orders: what was sold, to whom, for how much, and what has become of it since.

-- `number` is given after the commit, without gaps, in the order of placing; `reference` is there at once. `token` lets a
-- guest read his order: whoever reads this row has the order itself, so it is no secret here, and a checkout that is asked
-- again must answer it again. `items`, `shipped`, `delivered` and `returned` are sums of the lines; of money that came and
-- went, `captured` and `refunded` are sums of what payments and refunds have told; `credited` is the part of `refunded`
-- that was given as store credit. `email_key` and `name_key` are what staff search by, without case.
create table orders (
    id               ID primary key,
    number           INTEGER,
    reference        TEXT not null,
    token            TEXT not null,
    state            TEXT not null,
    cart_id          ID,
    customer_id      ID,
    payment_id       ID,
    email            TEXT not null,
    email_key        TEXT not null,
    name_key         TEXT not null,
    locale           TEXT not null,
    channel          TEXT not null,
    currency         TEXT not null,
    subtotal         MONEY not null,
    discount         MONEY not null,
    shipping         MONEY not null,
    tax              MONEY not null,
    total            MONEY not null,
    captured         MONEY not null,
    refunded         MONEY not null,
    credited         MONEY not null,
    items            INTEGER not null,
    shipped          INTEGER not null,
    delivered        INTEGER not null,
    returned         INTEGER not null,
    title            TEXT not null,
    image            TEXT not null,
    shipping_rate    TEXT not null,
    note             TEXT not null,
    shipping_address JSON,
    billing_address  JSON,
    cancel_reason    TEXT,
    forget           BOOL not null,
    placed_at        TIME not null,
    paid_at          TIME,
    cancelled_at     TIME,
    version          INTEGER not null,
    updated_at       TIME not null,
    constraint orders_add_up check (total = subtotal - discount + shipping + tax),
    constraint orders_sent check (0 <= returned and 0 <= delivered and returned <= shipped and delivered <= shipped and shipped <= items)
);

create unique index orders_number_key on orders (number) where number is not null;
create unique index orders_reference_key on orders (reference);
create unique index orders_cart_id_key on orders (cart_id) where cart_id is not null;
create index orders_unnumbered on orders (placed_at, id) where number is null;
create index orders_customer on orders (customer_id, id) where customer_id is not null;
create index orders_state on orders (state, id);
create index orders_email on orders (email_key, id);
create index orders_name on orders (name_key, id);

-- One row: the last number that was given.
create table order_numbers (
    single BOOL primary key,
    last   INTEGER not null
);
insert into order_numbers (single, last) values (true, 0);

-- Copies: products change, and orders do not.
create table order_lines (
    id            ID primary key,
    order_id      ID not null references orders (id),
    position      INTEGER not null,
    variant_id    ID,
    product_id    ID,
    title         TEXT not null,
    variant_title TEXT not null,
    sku           TEXT not null,
    image         TEXT not null,
    quantity      INTEGER not null check (quantity > 0),
    unit_price    MONEY not null,
    discount      MONEY not null,
    tax           MONEY not null,
    total         MONEY not null,
    shipped       INTEGER not null,
    delivered     INTEGER not null,
    returned      INTEGER not null,
    refunded      INTEGER not null,
    constraint order_lines_add_up check (total = unit_price * quantity - discount + tax),
    constraint order_lines_sent check (0 <= returned and 0 <= delivered and returned <= shipped and delivered <= shipped and shipped <= quantity),
    constraint order_lines_refunded check (0 <= refunded and refunded <= quantity)
);
create unique index order_lines_order on order_lines (order_id, position);
create index order_lines_sku on order_lines (sku, order_id) where sku <> '';

-- Parcels. `lines` says which lines, and how many of each.
create table order_shipments (
    id              ID primary key,
    order_id        ID not null references orders (id),
    carrier         TEXT not null,
    tracking_number TEXT not null,
    tracking_url    TEXT not null,
    lines           JSON not null,
    shipped_at      TIME not null,
    delivered_at    TIME
);
create index order_shipments_order on order_shipments (order_id, id);

-- Goods on their way back. Announced by the customer or by staff, then received or refused.
create table order_returns (
    id           ID primary key,
    order_id     ID not null references orders (id),
    state        TEXT not null,
    lines        JSON not null,
    reason       TEXT not null,
    restocked    BOOL not null,
    requested_at TIME not null,
    closed_at    TIME
);
create index order_returns_order on order_returns (order_id, id);

-- Money that goes back. `refund` is the payment's own id of it; without a payment it is store credit. `goods`, `shipping` and
-- `tax` are what `amount` is made of.
create table order_refunds (
    id         ID primary key,
    order_id   ID not null references orders (id),
    state      TEXT not null,
    way        TEXT not null,
    payment_id ID,
    refund     ID,
    amount     MONEY not null check (amount > 0),
    goods      MONEY not null,
    shipping   MONEY not null,
    tax        MONEY not null,
    lines      JSON not null,
    reason     TEXT not null,
    created_at TIME not null
);
create index order_refunds_order on order_refunds (order_id, id);
create unique index order_refunds_refund_key on order_refunds (refund) where refund is not null;

-- What has happened to an order: only ever added to.
create table order_timeline (
    id       ID primary key,
    order_id ID not null references orders (id),
    kind     TEXT not null,
    state    TEXT not null,
    public   BOOL not null,
    detail   TEXT not null,
    amount   MONEY,
    actor    TEXT not null
);
create index order_timeline_order on order_timeline (order_id, id);

-- What staff tell each other.
create table order_notes (
    id       ID primary key,
    order_id ID not null references orders (id),
    author   TEXT not null,
    text     TEXT not null
);
create index order_notes_order on order_notes (order_id, id);
