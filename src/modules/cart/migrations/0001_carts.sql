-- Carts, lists of customers, and what lies in them.

-- `kind`: cart, or a list of a customer's: saved, wish; only those have a name, and no end. A guest's has the hash of its
-- token, a customer's has a customer. Neither variants nor customers are referred to: what is gone is said to be gone.
create table carts (
    id            ID primary key,
    kind          TEXT not null,
    name          TEXT not null,
    token_hash    TEXT,
    customer_id   ID,
    status        TEXT not null,
    channel       TEXT not null,
    currency      TEXT not null,
    locale        TEXT not null,
    note          TEXT not null,
    seen_discount MONEY not null,
    order_id      ID,
    merged_into   ID,
    version       INTEGER not null,
    expires_at    TIME,
    created_at    TIME not null,
    updated_at    TIME not null,
    constraint carts_ordered check ((status = 'ordered') = (order_id is not null)),
    constraint carts_merged check ((status = 'merged') = (merged_into is not null)),
    constraint carts_kept check ((kind = 'cart') = (expires_at is not null))
);

create index carts_customer on carts (customer_id, id) where customer_id is not null;
create index carts_expires on carts (expires_at) where expires_at is not null;

-- `seen_price`: what a piece cost when its customer was shown it last, null: it was not for sale. `title` and `sku` are of
-- that moment too, for when the variant is gone.
create table cart_lines (
    cart_id    ID not null references carts (id) on delete cascade,
    id         ID not null,
    variant_id ID not null,
    product_id ID not null,
    quantity   INTEGER not null check (quantity > 0),
    attributes JSON not null,
    title      TEXT not null,
    sku        TEXT not null,
    seen_price MONEY,
    primary key (cart_id, id)
)
-- only sqlite
without rowid
-- end
;
