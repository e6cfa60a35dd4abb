-- Pictures. Their bytes are blobs, named by hash; the same bytes are one object.

create table media (
    id           ID primary key,
    hash         TEXT not null unique,
    content_type TEXT not null check (content_type in ('image/jpeg', 'image/png', 'image/gif')),
    width        INTEGER not null check (width > 0),
    height       INTEGER not null check (height > 0),
    bytes        INTEGER not null,
    alt          TEXT not null,
    version      INTEGER not null,
    created_at   TIME not null,
    updated_at   TIME not null
);

create table media_thumbnails (
    media_id     ID not null references media (id) on delete cascade,
    width        INTEGER not null,
    height       INTEGER not null,
    content_type TEXT not null check (content_type in ('image/jpeg', 'image/png')),
    bytes        INTEGER not null,
    blob         TEXT not null,
    primary key (media_id, width)
);

-- Which blobs are still needed? Two pictures may have the same thumbnail.
create index media_thumbnails_blob on media_thumbnails (blob);

-- Who shows which: products and others, whose tables come later. What is shown is not deleted.
create table media_uses (
    user_id  ID not null,
    media_id ID not null references media (id),
    primary key (user_id, media_id)
)
-- only sqlite
without rowid
-- end
;

create index media_uses_media on media_uses (media_id);
