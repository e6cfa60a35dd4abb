-- What somebody has said of how his cart is to be sent and paid. It goes when the order has it, or with the cart.

create table checkouts (
    cart_id          ID primary key references carts (id) on delete cascade,
    customer_id      ID, -- the cart's
    email            TEXT not null,
    shipping_address JSON,
    billing_address  JSON,
    shipping_rate    TEXT not null,
    provider         TEXT not null,
    method           TEXT not null,
    note             TEXT not null,
    updated_at       TIME not null
);

create index checkouts_customer on checkouts (customer_id) where customer_id is not null;
