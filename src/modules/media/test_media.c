/* What no conversation over HTTP reaches: names of files, and what other modules ask. The latter on
 * both databases. */
#include "modules/media/store.h"

#include "platform/db/test_world.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "b000000000000000000000000000000000000000000000000000000000000000"

/* ---- Names of files -------------------------------------------------------------------------- */

static void names_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        FileName name;
        const char *url;
    } cases[] = {
        {{S_INIT(HASH_A), 0, IMAGE_JPEG}, "/media/" HASH_A ".jpg"},
        {{S_INIT(HASH_B), 400, IMAGE_PNG}, "/media/" HASH_B "-400.png"},
        {{S_INIT(HASH_B), 0, IMAGE_GIF}, "/media/" HASH_B ".gif"},
    };
    Arena *arena = arena_new(4096);
    for (size_t i = 0; i < ROWS(cases); i++) {
        Str url = file_url(arena, &cases[i].name);
        FileName name;
        assert_string_equal(str_z(arena, url), cases[i].url);
        assert_true(file_name_read(str_slice(url, strlen("/media/"), url.n), &name));
        assert_true(str_eq(name.hash, cases[i].name.hash));
        assert_int_equal(name.width, cases[i].name.width);
        assert_int_equal(name.content_type, cases[i].name.content_type);
    }
    arena_free(arena);
}

static void other_names_are_not_read(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        ".jpg",
        HASH_A,
        HASH_A ".",
        HASH_A ".jpeg",
        HASH_A ".JPG",
        HASH_A ".jpg.jpg",
        HASH_A "-.jpg",
        HASH_A "-0.jpg",
        HASH_A "-0400.jpg",
        HASH_A "-+400.jpg",
        HASH_A "--400.jpg",
        HASH_A "-400-400.jpg",
        HASH_A "-99999999999999999999.jpg",
        HASH_A "0.jpg",
        "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jpg",
        "gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.jpg",
        "../../../../../../../../../../../../../../../../../../../souk.db",
    };
    for (size_t i = 0; i < ROWS(names); i++) {
        FileName name = {.width = 77};
        if (file_name_read(str_from(names[i]), &name)) fail_msg("%s", names[i]);
        assert_int_equal(name.width, 77);
    }
}

/* ---- Two pictures ---------------------------------------------------------------------------- */

static const Id first = {100}, second = {200}, product = {300}, other = {400};

static bool insert_both(Ctx *cx, void *arg)
{
    (void)arg;
    ThumbnailRow thumbnails[] = {{first, 160, 100, IMAGE_PNG, 10, S(HASH_B)},
                                 {first, 400, 250, IMAGE_PNG, 20, S(HASH_A)}};
    MediaRow a = {first, S(HASH_A), IMAGE_PNG, 640, 400, 30, S("A"), 1, {1}, {2}};
    MediaRow b = {second, S(HASH_B), IMAGE_GIF, 10, 10, 5, S(""), 3, {1}, {2}};
    WANT(media_insert(cx, &a, (ThumbnailRowList){thumbnails, 2}));
    WANT(media_insert(cx, &b, (ThumbnailRowList){0}));
    MediaRow again = b;
    again.id = (Id){500};
    WANT(!media_insert(cx, &again, (ThumbnailRowList){thumbnails, 2})); /* of the same bytes */
    WANT(!media_row(cx, again.id));
    return true;
}

static World *shop_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, media_module.migrations,
                                    media_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    RUN(w, TX_WRITE, insert_both, NULL);
    return w;
}

static bool find(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(media_by_url(cx, S("/media/" HASH_A ".png")).n, first.n);
    WANT_INT(media_by_url(cx, S("/media/" HASH_A "-160.png")).n, first.n);
    WANT_INT(media_by_url(cx, S("/media/" HASH_B ".gif")).n, second.n);
    WANT_INT(media_by_url(cx, S("/media/" HASH_A ".jpg")).n, 0); /* it is no JPEG */
    WANT_INT(media_by_url(cx, S("/media/" HASH_A "-160.jpg")).n, 0);
    WANT_INT(media_by_url(cx, S("/media/" HASH_A "-800.png")).n, 0);
    WANT_INT(media_by_url(cx, S("/media/" HASH_B "-160.png")).n, 0);
    WANT_INT(media_by_url(cx, S("/media/")).n, 0);
    WANT_INT(media_by_url(cx, S(HASH_A ".png")).n, 0);
    WANT_INT(media_by_url(cx, S("https://media.example/media/" HASH_A ".png")).n, 0);
    return true;
}

static void a_picture_is_found_by_its_address(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_READ, find, NULL);
}

static bool show(Ctx *cx, void *arg)
{
    (void)arg;
    MediaRow *row = media_row(cx, first);
    Media media = media_of_rows(cx, (MediaRowList){row, 1}).items[0];
    WANT_STR(media.url, S("/media/" HASH_A ".png"));
    WANT_STR(media.alt, S("A"));
    WANT_INT(media.thumbnails.n, 2);
    WANT_STR(media.thumbnails.items[0].url, S("/media/" HASH_A "-160.png"));
    WANT_INT(media.thumbnails.items[1].width, 400);
    MediaRowList both = media_page(cx, (Id){0}, 10);
    WANT_INT(both.n, 2);
    MediaList list = media_of_rows(cx, both); /* the newest first, each with its own */
    WANT_INT(list.items[0].thumbnails.n, 0);
    WANT_INT(list.items[1].thumbnails.n, 2);
    WANT(!media_row(cx, product));
    return true;
}

static void thumbnails_come_with_their_picture(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_READ, show, NULL);
}

static bool list_blobs(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(media_blobs(cx, S("aa"), S("ab")).n, 2); /* a picture, and a thumbnail like it */
    WANT_INT(media_blobs(cx, S("b0"), S("b1")).n, 2);
    WANT_INT(media_blobs(cx, S("b1"), S("g")).n, 0);
    WANT_STR(media_blobs(cx, S("aa"), S("ab")).items[0].blob, S(HASH_A));
    return true;
}

static void blobs_are_known_by_the_beginning_of_their_names(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_READ, list_blobs, NULL);
}

/* ---- Who shows what -------------------------------------------------------------------------- */

typedef struct Uses {
    Id user;
    IdList media;
    bool expected;
} Uses;

static bool set_uses(Ctx *cx, void *arg)
{
    const Uses *uses = arg;
    bool all = media_set_uses(cx, uses->user, uses->media);
    WANT_INT(all, uses->expected);
    return all;
}

static void use(World *w, Id user, IdList media, bool expected)
{
    Uses uses = {user, media, expected};
    RUN(w, TX_WRITE, set_uses, &uses);
}

typedef struct Deletion {
    Id id;
    const Error *refusal;
} Deletion;

/* As the framework calls the handler. */
static bool delete (Ctx *cx, void *arg)
{
    Deletion *deletion = arg;
    HttpRequest http = {.method = METHOD_DELETE};
    for (size_t i = 0; i < media_module.route_count; i++) {
        const Route *route = &media_module.routes[i];
        if (route->method != METHOD_DELETE) continue;
        Request rq = {.cx = cx, .route = route, .http = &http, .id = deletion->id};
        deletion->refusal = route->handler(&rq, NULL).error;
    }
    return !deletion->refusal;
}

static const char *refusal_of_deleting(World *w, Id id)
{
    Deletion deletion = {.id = id};
    DbFailure failure = db_run(w->db, TX_WRITE, &w->cx, delete, &deletion);
    assert_true(failure == DB_FINE || failure == DB_CONSTRAINT);
    return deletion.refusal ? deletion.refusal->code : "none";
}

static void what_is_shown_is_not_deleted(void **state)
{
    World *w = shop_of(state);
    IdList both = {(Id[]){second, first, second}, 3}, one = {(Id[]){second}, 1};
    use(w, product, both, true);
    use(w, other, one, true);
    assert_string_equal(refusal_of_deleting(w, first), "media_in_use");
    use(w, product, one, true);
    assert_string_equal(refusal_of_deleting(w, first), "none");
    assert_string_equal(refusal_of_deleting(w, first), "not_found");
    use(w, product, (IdList){0}, true);
    assert_string_equal(refusal_of_deleting(w, second), "media_in_use");
    use(w, other, both, false); /* one of them has gone: nothing is changed */
    assert_string_equal(refusal_of_deleting(w, second), "media_in_use");
    use(w, other, (IdList){0}, true);
    assert_string_equal(refusal_of_deleting(w, second), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_as_they_are_written),
        cmocka_unit_test(other_names_are_not_read),
        ON_BOTH(a_picture_is_found_by_its_address),
        ON_BOTH(thumbnails_come_with_their_picture),
        ON_BOTH(blobs_are_known_by_the_beginning_of_their_names),
        ON_BOTH(what_is_shown_is_not_deleted),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
