-- A tree of categories. Titles and descriptions of `categories` are in the shop's own language. `position` counts from 0
-- among the children of one parent, without gaps.

create table categories (
    id          ID primary key,
    handle      TEXT not null unique,
    title       TEXT not null,
    description TEXT not null,
    parent      ID references categories (id),
    position    INTEGER not null,
    image       JSON,
    seo         JSON not null,
    hidden      BOOL not null,
    version     INTEGER not null,
    created_at  TIME not null,
    updated_at  TIME not null
);

create index categories_parent on categories (parent, position);

create table category_translations (
    category_id ID not null references categories (id) on delete cascade,
    locale      TEXT not null,
    title       TEXT not null,
    description TEXT not null,
    seo         JSON,
    primary key (category_id, locale)
);

-- The one row that every change of the tree's structure takes first, so that two of them never meet: each may be right by
-- itself and both together make a ring, or a tree that is too deep.
create table category_structure (
    id      ID primary key check (id = 1),
    changes INTEGER not null
);

insert into category_structure (id, changes) values (1, 0);
