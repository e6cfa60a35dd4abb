-- OAuth 2: programs that act for users or for themselves, and what they were given.

create table oauth_clients (
    id                        ID primary key,
    kind                      TEXT not null,
    name                      TEXT not null,
    first_party               BOOL not null,
    redirect_uris             JSON not null,
    post_logout_redirect_uris JSON not null,
    grants                    JSON not null,
    scopes                    JSON not null,
    secret_hash               TEXT not null,
    secret_hint               TEXT not null,
    made_by                   TEXT not null,
    created_at                TIME not null,
    updated_at                TIME not null
);

-- What a client was given for a user, and the count of its refresh tokens: one row for each session of
-- such a kind, which ends with it. The tokens themselves are nowhere (docs/decisions/refresh-tokens.md).
create table oauth_grants (
    session_id ID primary key references sessions (id) on delete cascade,
    client_id  ID not null,
    user_id    ID not null,
    scope      TEXT not null,
    salt       TEXT not null,
    generation INTEGER not null,
    rotated_at TIME not null
);
create index oauth_grants_client on oauth_grants (client_id, session_id);

-- Authorization codes, by their hash. A used one stays until it has expired: who sends it again ends the
-- session that it gave.
create table oauth_codes (
    id           ID primary key,
    hash         TEXT not null unique,
    client_id    ID not null references oauth_clients (id) on delete cascade,
    user_id      ID not null,
    login_id     ID not null,
    redirect_uri TEXT not null,
    scope        TEXT not null,
    challenge    TEXT not null,
    nonce        TEXT not null,
    auth_time    TIME not null,
    session_id   ID,
    expires_at   TIME not null
);
create index oauth_codes_client on oauth_codes (client_id);

-- What a user has let a program do.
create table oauth_consents (
    user_id    ID not null,
    client_id  ID not null references oauth_clients (id) on delete cascade,
    scopes     JSON not null,
    created_at TIME not null,
    updated_at TIME not null,
    primary key (user_id, client_id)
);
create index oauth_consents_client on oauth_consents (client_id);
