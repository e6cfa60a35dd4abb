-- What is in the index; docs/internals/search.md. The words themselves are in search_words on SQLite and in the
-- column `words` on PostgreSQL.
create table search_objects (
    id ID primary key,
    kind TEXT not null,
    digest INTEGER not null, -- of all that was put: the same again costs nothing
    titles TEXT not null -- a line for each language: its tag, a tab, the title
);

-- The words of titles, tags and descriptions, for mending the spelling of questions. Never deleted.
create table search_vocabulary (
    kind TEXT not null,
    word TEXT not null,
    primary key (kind, word)
) without rowid;

-- only sqlite
-- Contentless: it holds postings, not texts. Words arrive ready, parted by blanks.
create virtual table search_words using fts5 (words, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '/:~_^|.-#'");
-- end
-- only postgres
-- A search reads marks of many rows and words of none, so the rows must be narrow. PostgreSQL moves a value out of its
-- row only when the row has more than 2 kB: the padding gets it there, and shrinks to 30 bytes itself. With it, 30,000
-- of 100,000 rows are read in a third of the time.
alter table search_objects
    add column marks BYTES not null,
    add column words tsvector not null,
    add column padding TEXT not null default repeat('-', 2100),
    alter column words set storage external,
    alter column titles set storage external,
    alter column marks set storage main,
    set (toast_tuple_target = 128);
-- Each search reads what was not yet sorted in; more than this and it would be felt.
create index search_objects_words on search_objects using gin (words) with (gin_pending_list_limit = 256);
-- end
