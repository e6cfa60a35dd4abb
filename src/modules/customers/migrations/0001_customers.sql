-- What the shop keeps of its customers besides their accounts.

-- At most one of a user's addresses is where things are sent, and one who pays, when nobody says otherwise.
create table customer_addresses (
    id               ID primary key,
    user_id          ID not null,
    address          JSON not null,
    default_shipping BOOL not null,
    default_billing  BOOL not null,
    created_at       TIME not null,
    updated_at       TIME not null
);
create index customer_addresses_user on customer_addresses (user_id, id);
create unique index customer_addresses_shipping_key on customer_addresses (user_id) where default_shipping;
create unique index customer_addresses_billing_key on customer_addresses (user_id) where default_billing;

create table customer_groups (
    id          ID primary key,
    name        TEXT not null unique,
    description TEXT not null,
    created_at  TIME not null,
    updated_at  TIME not null
);

create table customer_group_members (
    group_id ID not null references customer_groups (id) on delete cascade,
    user_id  ID not null,
    primary key (group_id, user_id)
)
-- only sqlite
without rowid
-- end
;
create index customer_group_members_user on customer_group_members (user_id);

create table customer_tags (
    tag     TEXT not null,
    user_id ID not null,
    primary key (tag, user_id)
)
-- only sqlite
without rowid
-- end
;
create index customer_tags_user on customer_tags (user_id);

-- What staff tell each other of a customer.
create table customer_notes (
    id      ID primary key,
    user_id ID not null,
    author  TEXT not null,
    text    TEXT not null
);
create index customer_notes_user on customer_notes (user_id, id);
