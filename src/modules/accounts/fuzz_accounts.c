/* What strangers send to accounts: tokens of links, codes, passwords, names and addresses. */
#include "modules/accounts/links.h"
#include "modules/accounts/password.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/totp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A form of a form is itself. */
static void check_forms(Arena *arena, Str text)
{
    Str form = password_form(arena, text);
    if (form.p && form.n <= PASSWORD_INPUT_MAX && !str_eq(password_form(arena, form), form))
        abort();
    Str code = recovery_code_form(arena, text);
    if (code.p && !str_eq(recovery_code_form(arena, code), code)) abort();
    Str word = user_search_form(arena, text);
    if (!str_is_utf8(word)) abort();
}

static void check_token(Str text)
{
    LinkToken token;
    if (!link_parse(text, &token)) return;
    if (token.signature.p < text.p || token.signature.p + token.signature.n > text.p + text.n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    Str text = {(const char *)data, size}, name, email;
    str_cut(text, '\n', &name, &email);
    check_forms(arena, text);
    check_token(text);
    StrList words = user_words_of(arena, email, name);
    if (words.n == 0 || words.n > USER_WORDS_MAX) abort();
    PasswordOwner owner = {.name = name, .email = email};
    (void)password_refused(arena, password_form(arena, text), &owner, PASSWORD_MIN);
    Str next = next_path(text, S("/account"));
    if (next.n < 1 || next.p[0] != '/' || str_starts(next, S("//"))) abort();
    arena_free(arena);
    return 0;
}
