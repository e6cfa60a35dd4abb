#include "platform/api/router.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static Reply nothing_handler(Request *rq, const void *body)
{
    (void)rq;
    (void)body;
    return (Reply){0};
}

static const Route list = ROUTE(GET, "/v1/products", nothing, "");
static const Route create = ROUTE(POST, "/v1/products", nothing, "");
static const Route show = ROUTE(GET, "/v1/products/{id:prod}", nothing, "");
static const Route special = ROUTE(GET, "/v1/products/special", nothing, "");
static const Route put_text = ROUTE(PUT, "/v1/products/{id:prod}/texts/{locale}", nothing, "");
static const Route home = ROUTE(GET, "/", nothing, "");

static Arena *arena;
static Router *router;

static int setup(void **state)
{
    (void)state;
    static const Route *const all[] = {&list, &create, &show, &special, &put_text, &home};
    arena = arena_new(4096);
    router = router_new(arena);
    Str why;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!router_add(router, all[i], NULL, &why)) return -1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const Route *route_of(Method method, const char *path)
{
    return router_match(router, arena, method, str_from(path)).route;
}

static void finds_rows_by_path_and_method(void **state)
{
    (void)state;
    assert_ptr_equal(route_of(METHOD_GET, "/v1/products"), &list);
    assert_ptr_equal(route_of(METHOD_POST, "/v1/products"), &create);
    assert_ptr_equal(route_of(METHOD_GET, "/"), &home);
    assert_null(route_of(METHOD_GET, "/v1"));
    assert_null(route_of(METHOD_GET, "/v1/products/"));
    assert_null(route_of(METHOD_GET, "//v1/products"));
    assert_null(route_of(METHOD_GET, "/v1/Products"));
    assert_null(route_of(METHOD_GET, "/v1/products/special/more"));
}

static void answers_head_by_the_row_of_get(void **state)
{
    (void)state;
    assert_ptr_equal(route_of(METHOD_HEAD, "/v1/products"), &list);
    assert_null(route_of(METHOD_HEAD, "/v1/products/prod_0000000000001/texts/de"));
}

static void prefers_fixed_segments_to_parameters(void **state)
{
    (void)state;
    assert_ptr_equal(route_of(METHOD_GET, "/v1/products/special"), &special);
    assert_ptr_equal(route_of(METHOD_GET, "/v1/products/prod_0000000000001"), &show);
}

static void reads_typed_arguments(void **state)
{
    (void)state;
    Str path = S("/v1/products/prod_000000000000a/texts/pt%2DBR");
    RouteMatch match = router_match(router, arena, METHOD_PUT, path);
    assert_ptr_equal(match.route, &put_text);
    assert_int_equal(match.arg_count, 2);
    assert_int_equal(match.args[0].id.n, 10);
    assert_true(str_eq(match.args[1].name, S("locale")));
    assert_true(str_eq(match.args[1].text, S("pt-BR")));
}

static void refuses_ids_of_another_prefix(void **state)
{
    (void)state;
    RouteMatch match = router_match(router, arena, METHOD_GET, S("/v1/products/var_000000000000a"));
    assert_null(match.route);
    assert_int_equal(match.methods, 0);
    assert_true(str_find(match.why, S("prod_")) < match.why.n);
}

static void refuses_bad_escapes(void **state)
{
    (void)state;
    assert_null(route_of(METHOD_GET, "/v1/prod%zzucts"));
    assert_null(route_of(METHOD_PUT, "/v1/products/prod_000000000000a/texts/%00"));
    assert_ptr_equal(route_of(METHOD_GET, "/v1/%70roducts"), &list);
}

static void tells_the_methods_of_a_path(void **state)
{
    (void)state;
    RouteMatch match = router_match(router, arena, METHOD_DELETE, S("/v1/products"));
    assert_null(match.route);
    assert_string_equal(str_z(arena, router_allow(arena, match.methods)),
                        "GET, HEAD, POST, OPTIONS");
}

static void finds_conflicting_rows(void **state)
{
    (void)state;
    static const Route again = ROUTE(GET, "/v1/products", nothing, "");
    static const Route other_name = ROUTE(DELETE, "/v1/products/{product:prod}", nothing, "");
    static const Route other_type = ROUTE(DELETE, "/v1/products/{id:var}", nothing, "");
    Str why;
    assert_false(router_add(router, &again, NULL, &why));
    assert_true(str_find(why, S("test_router.c")) < why.n);
    assert_false(router_add(router, &other_name, NULL, &why));
    assert_false(router_add(router, &other_type, NULL, &why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_rows_by_path_and_method),
        cmocka_unit_test(answers_head_by_the_row_of_get),
        cmocka_unit_test(prefers_fixed_segments_to_parameters),
        cmocka_unit_test(reads_typed_arguments),
        cmocka_unit_test(refuses_ids_of_another_prefix),
        cmocka_unit_test(refuses_bad_escapes),
        cmocka_unit_test(tells_the_methods_of_a_path),
        cmocka_unit_test(finds_conflicting_rows),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
