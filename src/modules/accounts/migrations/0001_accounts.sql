-- Who has an account. A user who is deleted leaves a row without anything personal, since orders go on naming him.

create table users (
    id            ID primary key,
    email         TEXT not null,
    pending_email TEXT,
    name          TEXT not null,
    avatar_url    TEXT,
    locale        TEXT,
    status        TEXT not null,
    ban_reason    TEXT,
    banned_at     TIME,
    verified_at   TIME,
    last_login_at TIME,
    version       INTEGER not null,
    created_at    TIME not null,
    updated_at    TIME not null
);
create index users_status on users (status, id);

-- What one logs in with. `generation` counts its changes: links and challenges that were made before are no longer good.
create table credentials (
    user_id         ID primary key references users (id),
    email_key       TEXT not null unique,
    password_hash   TEXT,
    generation      INTEGER not null,
    totp_secret     TEXT,
    totp            BOOL not null,
    totp_last_step  INTEGER not null,
    wrong_codes     INTEGER not null,
    blocked_until   TIME
);

create table recovery_codes (
    user_id ID not null references users (id),
    hash    TEXT not null,
    primary key (user_id, hash)
);

-- By what administrators find users: the folded name from each of its words on, and the address.
create table user_words (
    user_id ID not null references users (id),
    word    TEXT not null,
    primary key (word, user_id)
);
create index user_words_user on user_words (user_id);
