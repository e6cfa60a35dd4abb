-- Who may do what: roles, who has them, sessions, and keys that have a part of the permissions.

-- The shop's own roles have the numbers 1 to 7, so that the program knows them whatever language
-- their descriptions are changed to. Nobody deletes them.
create table roles (
    id          ID primary key,
    name        TEXT not null unique,
    description TEXT not null,
    builtin     BOOL not null,
    version     INTEGER not null,
    created_at  TIME not null,
    updated_at  TIME not null
);

-- Permissions by name: a program that does not know one leaves it alone. The owner has none here,
-- since he has all.
create table role_permissions (
    role_id    ID not null references roles (id) on delete cascade,
    permission TEXT not null,
    primary key (role_id, permission)
);

-- The permissions that the shop's own roles have been asked about: each is granted once, when a
-- program first brings it, and never again after somebody has taken it away.
create table known_permissions (
    permission TEXT primary key
);

-- Users are another module's.
create table user_roles (
    user_id    ID not null,
    role_id    ID not null references roles (id),
    granted_at TIME not null,
    primary key (user_id, role_id)
);
create index user_roles_role on user_roles (role_id);

-- What is not yet over. The oldest ids go first, since a session's end is counted from its beginning.
create table sessions (
    id           ID primary key,
    user_id      ID,
    kind         TEXT not null,
    hash         TEXT,
    client_id    ID,
    scope        TEXT not null,
    impersonator ID,
    user_agent   TEXT not null,
    address      TEXT not null,
    last_used_at TIME not null,
    expires_at   TIME not null
);
create index sessions_user on sessions (user_id);

-- By which access tokens are signed. `sealed` is the private half.
create table signing_keys (
    id         ID primary key,
    jwk        TEXT not null,
    sealed     TEXT not null,
    created_at TIME not null,
    signs_from TIME not null
);

-- Keys that there were have had every permission, and keep it.
create table keys (
    id           ID primary key,
    kind         TEXT not null,
    name         TEXT not null,
    scopes       JSON not null,
    addresses    JSON not null,
    expires_at   TIME,
    hint         TEXT not null,
    hash         TEXT not null unique,
    made_by      TEXT not null,
    last_used_at TIME,
    created_at   TIME not null,
    updated_at   TIME not null
);
insert into keys (id, kind, name, scopes, addresses, hint, hash, made_by, created_at, updated_at)
select id, 'secret', name, '["*"]', '[]', hint, hash, '', created_at, created_at from api_keys;
drop table api_keys;
