-- By which master key what is sealed in this database was sealed: its name, of which nothing follows. One row.

create table vault_master (
    place   INTEGER primary key,
    name    TEXT not null,
    made_at TIME not null
);
