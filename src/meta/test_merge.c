#include "meta/json.h"
#include "meta/merge.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

typedef struct Lamp { /* patched in turn */
    Present present;
    int64_t watts;
    Str colour;
} Lamp;

typedef struct Shade { /* whole or not at all */
    Str form;
} Shade;

typedef struct Room {
    Present present;
    Str name;
    Str note;
    int64_t doors;
    StrList chairs;
    Lamp lamp;
    Shade shade;
} Room;

static const Type lamp_type =
    TYPE_WITH_ABSENCE(Lamp, "A lamp.", FIELD(Lamp, watts, "How bright.", .nullable = true),
                      FIELD(Lamp, colour, "Of its light.", .nullable = true));
static const Type shade_type =
    TYPE(Shade, "A shade.", FIELD(Shade, form, "Round or not.", .required = true));
static const Type room_type = TYPE_WITH_ABSENCE(
    Room, "A room.", FIELD(Room, name, "Its name.", .required = true),
    FIELD(Room, note, "About it.", .nullable = true),
    FIELD(Room, doors, "How many.", .initial = "1"), FIELD(Room, chairs, "In it."),
    OBJECT(Room, lamp, "At the ceiling.", lamp_type, .nullable = true),
    OBJECT(Room, shade, "Of the lamp.", shade_type, .nullable = true));

static Room *read_room(const char *json, JsonMode mode)
{
    Violations bad = violations_new(arena);
    Room *room = json_read(arena, &room_type, str_from(json), mode, &bad);
    if (!room) fail_msg("%.*s %.*s", STR_ARG(bad.items[0].pointer), STR_ARG(bad.items[0].message));
    return room;
}

static void check_merge(const char *object, const char *patch, const char *merged)
{
    Room *room = read_room(object, JSON_CREATE);
    merge_patch(arena, &room_type, room, read_room(patch, JSON_PATCH));
    Buf out = buf_new(arena, 4096);
    json_write(&out, &room_type, room);
    assert_string_equal(str_z(arena, buf_str(&out)), merged);
}

#define FULL                                                                                       \
    "{\"name\":\"Hall\",\"note\":\"Cold\",\"doors\":2,\"chairs\":[\"red\",\"blue\"],"              \
    "\"lamp\":{\"watts\":60,\"colour\":\"warm\"},\"shade\":{\"form\":\"round\"}}"

static void what_is_not_named_stays(void **state)
{
    (void)state;
    check_merge(FULL, "{}", FULL);
    check_merge(FULL, "{\"name\":\"Den\",\"chairs\":[\"green\"]}",
                "{\"name\":\"Den\",\"note\":\"Cold\",\"doors\":2,\"chairs\":[\"green\"],"
                "\"lamp\":{\"watts\":60,\"colour\":\"warm\"},\"shade\":{\"form\":\"round\"}}");
}

static void null_empties_or_takes_the_initial_value(void **state)
{
    (void)state;
    check_merge(FULL, "{\"note\":null,\"doors\":null,\"chairs\":null,\"lamp\":null,\"shade\":null}",
                "{\"name\":\"Hall\",\"note\":null,\"doors\":1,\"chairs\":[],"
                "\"lamp\":null,\"shade\":null}");
}

static void objects_inside_are_patched_when_they_can_say_as_it_was(void **state)
{
    (void)state;
    check_merge(FULL, "{\"lamp\":{\"watts\":null},\"shade\":{\"form\":\"square\"}}",
                "{\"name\":\"Hall\",\"note\":\"Cold\",\"doors\":2,\"chairs\":[\"red\",\"blue\"],"
                "\"lamp\":{\"watts\":null,\"colour\":\"warm\"},\"shade\":{\"form\":\"square\"}}");
}

static void an_object_that_was_absent_begins_empty(void **state)
{
    (void)state;
    Room *room = read_room("{\"name\":\"Hall\"}", JSON_CREATE);
    room->lamp = (Lamp){.present = PRESENT_ALL, .watts = 99}; /* left over, and marked absent */
    field_mark(&room_type, type_field(&room_type, S("lamp")), room, false, false);
    merge_patch(arena, &room_type, room, read_room("{\"lamp\":{\"colour\":\"cold\"}}", JSON_PATCH));
    Buf out = buf_new(arena, 4096);
    json_write(&out, &room_type, room);
    assert_non_null(
        strstr(str_z(arena, buf_str(&out)), "\"lamp\":{\"watts\":null,\"colour\":\"cold\"}"));
}

static void what_was_left_out_is_completed(void **state)
{
    (void)state;
    Room *room = read_room("{\"name\":\"Hall\",\"note\":null}", JSON_CREATE);
    assert_false(IS_SET(&room_type, room, Room, chairs));
    merge_complete(&room_type, room);
    assert_true(IS_SET(&room_type, room, Room, chairs));
    assert_false(IS_SET(&room_type, room, Room, lamp));
    assert_int_equal(room->doors, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_named_stays),
        cmocka_unit_test(null_empties_or_takes_the_initial_value),
        cmocka_unit_test(objects_inside_are_patched_when_they_can_say_as_it_was),
        cmocka_unit_test(an_object_that_was_absent_begins_empty),
        cmocka_unit_test(what_was_left_out_is_completed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
