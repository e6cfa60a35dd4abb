#include "base/hash.h"
#include "base/id.h"
#include "base/money.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_times(Str text, Arena *arena)
{
    Time time, again;
    if (time_parse(text, &time))
        assert(time_parse(time_text(arena, time), &again) && again.us == time.us);
    if (time_parse_http(text, (Time){1795000000000000}, &time)) {
        char http[TIME_HTTP_LENGTH];
        time_write_http(http, time);
        assert(time_parse_http((Str){http, sizeof http}, (Time){0}, &again) && again.us == time.us);
    }
}

static void check_ids(Str text, Arena *arena)
{
    Id id, again;
    if (!id_parse(text, "prod", &id)) return;
    assert(id.n > 0 && id_parse(id_text(arena, "prod", id), "prod", &again) && id_eq(id, again));
}

static void check_numbers(Str text, Arena *arena)
{
    static const Currency currencies[] = {{"JPY"}, {"EUR"}, {"KWD"}, {"CLF"}};
    int64_t number;
    if (str_to_int(text, &number)) assert(str_eq(str_format(arena, "%jd", (intmax_t)number), text));
    for (size_t i = 0; i < 4; i++) {
        Money money, again;
        if (!money_parse(text, currencies[i], &money)) continue;
        Str written = money_text(arena, money, currencies[i]);
        assert(money_parse(written, currencies[i], &again) && again.minor == money.minor);
    }
    Currency currency;
    if (currency_parse(text, &currency)) assert(str_eq(currency_text(&currency), text));
}

static void check_bytes(Str text, Arena *arena)
{
    Str bytes;
    if (base64url_parse(arena, text, &bytes))
        assert(str_eq(base64url_text(arena, (const unsigned char *)bytes.p, bytes.n), text));
    size_t i = 0;
    for (size_t step; (step = str_utf8_step(str_slice(text, i, text.n))); i += step)
        assert(step <= 4);
    assert(str_is_utf8(text) == (i == text.n)); /* the fast path and the slow one agree */
}

/* Every reader of base: what it accepts it writes again with the same value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Arena *arena;
    if (!arena) arena = arena_new(64 * 1024);
    Str text = {(const char *)data, size};
    check_times(text, arena);
    check_ids(text, arena);
    check_numbers(text, arena);
    check_bytes(text, arena);
    arena_reset(arena);
    return 0;
}
