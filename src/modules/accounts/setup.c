#include "modules/accounts/setup.h"

#include "modules/accounts/account.h"
#include "modules/accounts/links.h"
#include "modules/accounts/password.h"
#include "modules/auth/auth.h"
#include "platform/api/errors.h"
#include "platform/vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define SETUP_PURPOSE "accounts.setup"

Verdict setup_owner(Ctx *cx, Str email, Str name, Str password_hash, Id *out)
{
    NewUser new = {.email = email, .name = name, .password_hash = password_hash, .verified = true};
    if (!auth_wants_owner(cx)) return (Verdict){&error_bad_link, {0}};
    Verdict verdict = user_create(cx, &new, out);
    if (!verdict.error) auth_grant(cx, *out, S("owner"));
    return verdict;
}

static Str signature_of(Ctx *cx, int64_t expires_s)
{
    return vault_sign(cx->arena, cx->vault, SETUP_PURPOSE,
                      str_format(cx->arena, "%" PRId64, expires_s));
}

Str setup_link(Ctx *cx)
{
    int64_t expires_s = ctx_now(cx).us / 1000000 + SETUP_LINK_S;
    return str_format(cx->arena, "%" PRId64 ".%.*s", expires_s,
                      STR_ARG(signature_of(cx, expires_s)));
}

bool setup_link_holds(Ctx *cx, Str token)
{
    Str expires, signature;
    int64_t expires_s;
    if (!str_cut(token, '.', &expires, &signature) || !str_to_int(expires, &expires_s))
        return false;
    bool ours = vault_signed(cx->vault, SETUP_PURPOSE, str_format(cx->arena, "%" PRId64, expires_s),
                             signature);
    return ours && ctx_now(cx).us / 1000000 < expires_s && auth_owner_count(cx) == 0;
}

/* ---- At start ---------------------------------------------------------------------------------- */

typedef struct FirstStart {
    const Config *config;
    Str hash; /* empty: he sets a password by a link */
    Str path;
    Verdict refused;
    bool has_owner;
} FirstStart;

static bool look_for_owner(Ctx *cx, void *arg)
{
    FirstStart *start = arg;
    start->has_owner = auth_owner_count(cx) > 0;
    return true;
}

static bool make_owner(Ctx *cx, void *arg)
{
    FirstStart *start = arg;
    Str email = start->config->owner_email, local, domain;
    Id owner;
    str_cut(email, '@', &local, &domain);
    start->refused = setup_owner(cx, email, local, start->hash, &owner);
    /* Another process of the shop, started at the same time, has made him. */
    start->has_owner = start->refused.error == &error_bad_link;
    if (start->refused.error) return false;
    if (!start->hash.n)
        start->path = str_format(cx->arena, "/reset?token=%.*s",
                                 STR_ARG(account_reset_token(cx, owner, SETUP_LINK_S)));
    return true;
}

/* The first line of the file; false: *detail says why not. */
static bool read_password(Arena *arena, Str path, Str *out, Str *detail)
{
    char *text = arena_alloc(arena, PASSWORD_INPUT_MAX + 1, 1);
    int fd = open(str_z(arena, path), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, PASSWORD_INPUT_MAX + 1);
    if (n < 0)
        *detail = str_format(arena, "owner_password_file: %.*s cannot be read: %s", STR_ARG(path),
                             strerrordesc_np(errno));
    if (fd >= 0) close(fd);
    if (n < 0) return false;
    *out = str_slice((Str){text, (size_t)n}, 0, str_find_char((Str){text, (size_t)n}, '\n'));
    if (str_ends(*out, S("\r"))) out->n--;
    return true;
}

static bool hash_password(Ctx *cx, const Config *config, Str *hash, Str *detail)
{
    Str password, local, domain;
    *hash = S("");
    if (!config->owner_password_file.n) return true;
    if (!read_password(cx->arena, config->owner_password_file, &password, detail)) return false;
    str_cut(config->owner_email, '@', &local, &domain);
    PasswordMade made =
        account_make_password(cx, password, config->owner_email, local, S("/password"));
    if (made.refused)
        *detail = str_format(cx->arena, "owner_password_file: the password %.*s",
                             STR_ARG(made.refused->items[0].message));
    *hash = made.hash;
    return !made.refused;
}

const Error *account_first_start(Db *db, Ctx *cx, const Config *config, Str *path, Str *detail)
{
    FirstStart start = {.config = config};
    *path = S("");
    if (db_run(db, TX_READ, cx, look_for_owner, &start) != DB_FINE) {
        *detail = S("the owner could not be looked for");
        return &error_unavailable;
    }
    if (start.has_owner) return NULL;
    if (!config->owner_email.n) {
        *path = str_format(cx->arena, "/setup?token=%.*s", STR_ARG(setup_link(cx)));
        return NULL;
    }
    *detail = S("owner_email: that is no address");
    if (!text_is_email(config->owner_email)) return &err_config;
    if (!hash_password(cx, config, &start.hash, detail)) return &err_config;
    DbFailure failure = db_run(db, TX_WRITE, cx, make_owner, &start);
    if (start.has_owner) return NULL;
    if (failure != DB_FINE || start.refused.error) {
        *detail = start.refused.error ? str_from(start.refused.error->title)
                                      : S("the owner could not be stored");
        return &error_unavailable;
    }
    *path = start.path;
    return NULL;
}
