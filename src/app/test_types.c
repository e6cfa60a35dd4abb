/* Every type that the world can see, or that a table holds, describes its struct. */
#include "app/modules.h"
#include "meta/type_check.h"
#include "platform/hook.h"
#include "platform/jobs/cron.h"
#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"

#include <setjmp.h>

#include <cmocka.h>

static void add_faults(Buf *faults, const Type *type)
{
    if (type) buf_put(faults, type_check(faults->arena, type));
}

static void check_module(Buf *faults, const Module *module)
{
    for (size_t i = 0; i < module->route_count; i++) {
        add_faults(faults, module->routes[i].query);
        add_faults(faults, module->routes[i].body);
        add_faults(faults, module->routes[i].reply);
    }
    for (size_t i = 0; i < module->table_count; i++) add_faults(faults, module->tables[i].type);
    for (size_t i = 0; i < module->command_count; i++)
        add_faults(faults, module->commands[i].flags);
    for (size_t i = 0; i < module->hook_count; i++) {
        add_faults(faults, module->hooks[i]->asks);
        add_faults(faults, module->hooks[i]->answers);
    }
    for (size_t i = 0; i < module->job_count; i++) add_faults(faults, module->jobs[i]->payload);
    for (size_t i = 0; i < module->mail_count; i++) {
        add_faults(faults, module->mails[i]->values);
        buf_put(faults, mail_template_problem(faults->arena, module->mails[i]));
    }
}

static void every_schedule_can_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->cron_count; k++) {
            const Cron *cron = &app_modules[i]->crons[k];
            CronTimes times;
            if (!cron_parse(str_from(cron->schedule), &times))
                fail_msg("%s: \"%s\" is no schedule", cron->name, cron->schedule);
            assert_true(!cron->job->payload || cron->job->payload == &job_tick_type);
        }
}

static void the_types_of_all_modules_are_sound(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16);
    Buf faults = buf_new(arena, 1 << 20);
    for (size_t i = 0; i < app_module_count; i++) check_module(&faults, app_modules[i]);
    assert_string_equal(str_z(arena, buf_str(&faults)), "");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_types_of_all_modules_are_sound),
                                       cmocka_unit_test(every_schedule_can_be_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
