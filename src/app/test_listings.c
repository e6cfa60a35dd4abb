/* The lists have what the program does: each row once, complete, in order. */
#include "app/listings.h"
#include "app/modules.h"
#include "platform/api/throttle.h"
#include "platform/events.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

#include <setjmp.h>

#include <cmocka.h>

/* Every list has a name first and its prose last. */
static Str text_at(const Type *type, const void *row, size_t field)
{
    const Field *f = &type->fields[field];
    assert_int_equal(f->kind, KIND_STR);
    return *(const Str *)(const void *)((const char *)row + f->offset);
}

static void every_row_is_complete(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < listing_count; i++) {
        const Listing *listing = &listings[i];
        AnyList rows = listing->rows(arena);
        assert_true(rows.n > 0);
        for (size_t k = 0; k < rows.n; k++) {
            const char *row = (const char *)rows.items + k * listing->type->size;
            Str name = text_at(listing->type, row, 0);
            Str prose = text_at(listing->type, row, listing->type->field_count - 1);
            if (!name.n || !prose.n) fail_msg("%s: row %zu is empty", listing->name, k);
            if (!str_ends(prose, S(".")) && !str_ends(prose, S("?")))
                fail_msg("%s: %.*s: no sentence", listing->name, STR_ARG(name));
        }
    }
    arena_free(arena);
}

/* Names are what people search for, so there is one of each, and they are sorted. */
static void gathered_rows_have_names_of_their_own(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16);
    static const char *const gathered[] = {"log-events", "metrics", "faults"};
    for (size_t i = 0; i < sizeof gathered / sizeof *gathered; i++) {
        const Listing *listing = listings;
        while (strcmp(listing->name, gathered[i]) != 0) listing++;
        AnyList rows = listing->rows(arena);
        Str last = S("");
        for (size_t k = 0; k < rows.n; k++) {
            Str name =
                *(const Str *)(const void *)((const char *)rows.items + k * listing->type->size);
            if (str_cmp(last, name) >= 0)
                fail_msg("%s: %.*s comes after %.*s", gathered[i], STR_ARG(name), STR_ARG(last));
            last = name;
        }
    }
    arena_free(arena);
}

static bool is_announced(const Event *event)
{
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->event_count; k++)
            if (app_modules[i]->events[k] == event) return true;
    return false;
}

/* A reaction to an event that no table has is one that nobody finds. */
static void every_reaction_is_to_an_announced_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->reaction_count; k++) {
            const Reaction *reaction = &app_modules[i]->reactions[k];
            if (!is_announced(reaction->event))
                fail_msg("%s: no module lists %s", reaction->name, reaction->event->name);
        }
}

static void check_limit(const LimitClass *class, const LimitClass *const *others, size_t n)
{
    for (size_t i = 0; i < n; i++) assert_string_not_equal(class->name, others[i]->name);
    assert_in_range(class->window_s, 1, LIMIT_WINDOW_MAX_S);
    if (class->setting) return;
    assert_true(class->burst >= 1 && class->burst <= class->quota);
}

/* Answers name classes, so there is one of each name; and one that admits nothing is none. */
static void limits_have_names_of_their_own_and_admit_something(void **state)
{
    (void)state;
    const LimitClass *all[64];
    size_t n = 0;
    for (size_t i = 0; i < throttle_class_count; i++) {
        check_limit(throttle_classes[i], all, n);
        all[n++] = throttle_classes[i];
    }
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->limit_count; k++) {
            assert_true(n < sizeof all / sizeof *all);
            check_limit(app_modules[i]->limits[k], all, n);
            all[n++] = app_modules[i]->limits[k];
        }
}

LOG_EVENT(happened, "test.happened", LOG_INFO, "For this test.");
METRIC_FAMILY(counted, .name = "test_counted_total", .kind = METRIC_COUNTER,
              .doc = "For this test.");

/* A row that nothing has used yet is listed all the same: the linker gathers it. */
static void a_row_is_listed_before_its_use(void **state)
{
    (void)state;
    size_t count, found = 0;
    const LogEvent *const *events = log_event_list(&count);
    for (size_t i = 0; i < count; i++) found += events[i] == &happened;
    assert_int_equal(found, 1);
    const MetricFamily *const *families = metric_family_list(&count);
    for (size_t i = 0; i < count; i++) found += families[i] == &counted;
    assert_int_equal(found, 2);
}

/* A route's name is its operationId: clients are generated from it. */
static void operations_have_names_of_their_own(void **state)
{
    (void)state;
    enum { MOST = 1000 };
    const Route *seen[MOST];
    size_t n = 0;
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->route_count; k++) {
            const Route *route = &app_modules[i]->routes[k];
            for (size_t at = 0; at < n; at++)
                if (strcmp(seen[at]->name, route->name) == 0)
                    fail_msg("%s: %s and %s", route->name, seen[at]->path, route->path);
            assert_true(n < MOST);
            seen[n++] = route;
        }
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(operations_have_names_of_their_own),
        cmocka_unit_test(gathered_rows_have_names_of_their_own),
        cmocka_unit_test(every_reaction_is_to_an_announced_event),
        cmocka_unit_test(limits_have_names_of_their_own_and_admit_something),
        cmocka_unit_test(a_row_is_listed_before_its_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
