/* Every statement of the module.
 *
 * Whoever changes a user takes his row first, and his credentials after it; so two who change the same
 * user meet at the first row and not in a ring; a log-in, which begins with the credentials, is run again
 * when it meets one of them. Users are found by the beginnings of words in a table
 * of their own, since ranges of an index are the same on both databases and patterns are not. */
#include "modules/accounts/store.h"

#include "modules/accounts/rules.h"

/* ---- Users ----------------------------------------------------------------------------------- */

#define SELECT_USERS                                                                               \
    "select u.id, u.email, u.pending_email, u.name, u.avatar_url, u.locale, u.status, "            \
    "u.ban_reason, u.banned_at, u.verified_at, coalesce(c.totp, false) as two_factor, "            \
    "u.last_login_at, u.version, u.created_at, u.updated_at "                                      \
    "from users u left join credentials c on c.user_id = u.id "

User *user_read(Ctx *cx, Id id)
{
    return db_one(cx, &user_type, SELECT_USERS "where u.id = $1", id);
}

UserList users_by_id(Ctx *cx, IdList ids)
{
    return DB_LIST(UserList, db_all(cx, &user_type,
                                    SELECT_USERS "where u.id in IDS($1) order by u.id desc", ids));
}

bool user_touch(Ctx *cx, Id id)
{
    return db_exec(cx, "update users set version = version + 1, updated_at = $2 where id = $1", id,
                   ctx_now(cx)) == 1;
}

void user_insert(Ctx *cx, const User *user)
{
    db_post_put(cx, &user_type, user,
                "insert into users (id, email, pending_email, name, avatar_url, locale, status, "
                "ban_reason, banned_at, verified_at, last_login_at, version, created_at, "
                "updated_at) values (:id, :email, :pending_email, :name, :avatar_url, :locale, "
                ":status, :ban_reason, :banned_at, :verified_at, :last_login_at, :version, "
                ":created_at, :updated_at)");
}

void user_update(Ctx *cx, const User *user)
{
    db_post_put(cx, &user_type, user,
                "update users set email = :email, pending_email = :pending_email, name = :name, "
                "avatar_url = :avatar_url, locale = :locale, status = :status, "
                "ban_reason = :ban_reason, banned_at = :banned_at, verified_at = :verified_at "
                "where id = :id");
}

void user_logged_in(Ctx *cx, Id id)
{
    db_post(cx, "update users set last_login_at = $2 where id = $1", id, ctx_now(cx));
}

/* The end of the range of texts that begin with `prefix`: no text of UTF-8 has this byte. */
static Str end_of(Arena *arena, Str prefix)
{
    return str_format(arena, "%.*s\xF4\x8F\xBF\xBF", STR_ARG(prefix));
}

UserList users_page(Ctx *cx, const UserQuery *query, Id before)
{
    Str word = user_search_form(cx->arena, query->q);
    bool any_status = !IS_SET(&user_query_type, query, UserQuery, status);
    Str status = any_status ? S("") : enum_text(&user_status_names, query->status);
    int64_t limit = query->limit + 1;
    if (!word.n)
        return DB_LIST(UserList,
                       db_all(cx, &user_type,
                              SELECT_USERS "where u.id < $1 and ($2 = '' or u.status = $2) "
                                           "order by u.id desc limit $3",
                              before, status, limit));
    return DB_LIST(UserList,
                   db_all(cx, &user_type,
                          SELECT_USERS "where u.id in (select w.user_id from user_words w "
                                       "where w.word >= $4 and w.word < $5) and u.id < $1 "
                                       "and ($2 = '' or u.status = $2) order by u.id desc limit $3",
                          before, status, limit, word, end_of(cx->arena, word)));
}

void user_words_put(Ctx *cx, Id user, StrList words)
{
    db_post(cx, "delete from user_words where user_id = $1", user);
    for (size_t i = 0; i < words.n; i++)
        db_post(cx,
                "insert into user_words (user_id, word) values ($1, $2) "
                "on conflict (word, user_id) do nothing",
                user, words.items[i]);
}

int64_t users_forget_pending(Ctx *cx, Time before)
{
    enum { MOST = 1000 };
    Id oldest_kept = id_first_of(before);
    /* Held, so that nobody confirms his address while he is being forgotten. */
    db_exec(cx,
            "update users set version = version + 1 where status = 'pending' and id in "
            "(select id from users where status = 'pending' and id < $1 order by id limit $2)",
            oldest_kept, (int64_t)MOST);
    IdList ids = db_ids(cx,
                        "select id from users where status = 'pending' and id < $1 "
                        "order by id limit $2",
                        oldest_kept, (int64_t)MOST);
    db_post(cx, "delete from user_words where user_id in IDS($1)", ids);
    db_post(cx, "delete from credentials where user_id in IDS($1)", ids);
    db_post(cx, "delete from users where id in IDS($1)", ids);
    return (int64_t)ids.n;
}

/* ---- Credentials ----------------------------------------------------------------------------- */

Id user_by_email(Ctx *cx, Str email_key)
{
    return (Id){db_int(cx, 0, "select user_id from credentials where email_key = $1", email_key)};
}

#define LOGIN_LOOK                                                                                 \
    "select u.id, u.status, u.ban_reason, c.password_hash, c.generation, c.totp, "                 \
    "c.email_key as account "                                                                      \
    "from credentials c join users u on u.id = c.user_id "

LoginLook *login_look(Ctx *cx, Str email_key)
{
    return db_one(cx, &login_look_type, LOGIN_LOOK "where c.email_key = $1", email_key);
}

LoginLook *login_look_of(Ctx *cx, Id user)
{
    return db_one(cx, &login_look_type, LOGIN_LOOK "where c.user_id = $1", user);
}

Credentials *credentials_read(Ctx *cx, Id user)
{
    return db_one(cx, &credentials_type,
                  "select user_id, email_key, password_hash, generation, totp_secret, totp, "
                  "totp_last_step, wrong_codes, blocked_until from credentials where user_id = $1",
                  user);
}

void credentials_insert(Ctx *cx, const Credentials *credentials)
{
    db_post_put(cx, &credentials_type, credentials,
                "insert into credentials (user_id, email_key, password_hash, generation, "
                "totp_secret, totp, totp_last_step, wrong_codes, blocked_until) values (:user_id, "
                ":email_key, :password_hash, :generation, :totp_secret, :totp, :totp_last_step, "
                ":wrong_codes, :blocked_until)");
}

void credentials_delete(Ctx *cx, Id user)
{
    db_post(cx, "delete from recovery_codes where user_id = $1", user);
    db_post(cx, "delete from credentials where user_id = $1", user);
}

void credentials_put_password(Ctx *cx, Id user, Str password_hash)
{
    db_post(cx,
            "update credentials set password_hash = $2, generation = generation + 1, "
            "wrong_codes = 0, blocked_until = null where user_id = $1",
            user, password_hash);
}

void credentials_renew(Ctx *cx, Id user)
{
    db_post(cx, "update credentials set generation = generation + 1 where user_id = $1", user);
}

void credentials_put_email(Ctx *cx, Id user, Str email_key)
{
    db_post(cx,
            "update credentials set email_key = $2, generation = generation + 1 "
            "where user_id = $1",
            user, email_key);
}

bool credentials_hold(Ctx *cx, Id user, int64_t generation, Str new_hash)
{
    return db_exec(cx,
                   "update credentials set password_hash = coalesce(nullif($3, ''), "
                   "password_hash) where user_id = $1 and generation = $2",
                   user, generation, new_hash) == 1;
}

void credentials_take(Ctx *cx, Id user)
{
    db_post(cx, "update credentials set wrong_codes = wrong_codes where user_id = $1", user);
}

void totp_put(Ctx *cx, const Credentials *credentials)
{
    db_post_put(cx, &credentials_type, credentials,
                "update credentials set totp_secret = :totp_secret, totp = :totp, "
                "totp_last_step = :totp_last_step, wrong_codes = :wrong_codes, "
                "blocked_until = :blocked_until where user_id = :user_id");
}

void recovery_codes_put(Ctx *cx, Id user, const StrList *hashes)
{
    db_post(cx, "delete from recovery_codes where user_id = $1", user);
    for (size_t i = 0; i < hashes->n; i++)
        db_post(cx, "insert into recovery_codes (user_id, hash) values ($1, $2)", user,
                hashes->items[i]);
}

bool recovery_code_use(Ctx *cx, Id user, Str hash)
{
    return db_exec(cx, "delete from recovery_codes where user_id = $1 and hash = $2", user, hash) ==
           1;
}

int64_t recovery_codes_left(Ctx *cx, Id user)
{
    return db_int(cx, 0, "select count(*) from recovery_codes where user_id = $1", user);
}
