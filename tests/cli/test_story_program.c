/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_story_program.c - what jusha-story owes to whoever calls it: the same as jusha's subcommands
 *
 * Its street is empty, so its first check does not hold and the story stops; ops/run tells it
 * whole.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bed.h"
#include "libcommon/base/mem.h"

static void set_environment(const struct bed *bed)
{
    setenv("JUSHA_KEYS", bed->keys, 1);
    setenv("JUSHA_STREET", "xiasha", 1);
    setenv("NO_COLOR", "1", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

static int bed_ready(void **state)
{
    bed_fresh(state);
    set_environment(*state);
    return 0;
}

/* The certificates of those who act in it. */
static int keys_up(void **state)
{
    static const struct {
        const char *name;
        Bus__Role role;
    } actors[] = {{"xiasha.staff", BUS__ROLE__ROLE_STREET_STAFF},
                  {"xiasha.integrator", BUS__ROLE__ROLE_INTEGRATOR},
                  {"gateway", BUS__ROLE__ROLE_GATEWAY}};
    struct certificate made;

    if (bed_up(state) != 0)
        return -1;
    const struct bed *bed = *state;
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++)
        if (certificate_create(bed->keys, actors[i].name, actors[i].role, "*", &made) != STATUS_OK)
            return -1;
    return 0;
}

/* Every line is an object; the last one counts. */
static json_t *last_of(const char *text)
{
    json_t *last = NULL;

    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        json_decref(last);
        last = json_loadb(line, strcspn(line, "\n"), 0, NULL);
        if (!json_is_object(last))
            fail_msg("no object: %s", line);
    }
    assert_non_null(last);
    return last;
}

static void tells_machines_each_check_and_how_many_failed(void **state)
{
    struct outcome people = bed_run((struct bed *)*state, "");
    struct outcome machine = bed_run((struct bed *)*state, "--json");
    json_t *summary = last_of(machine.out);

    assert_int_equal(people.code, 2); /* "" is not expected */
    assert_int_equal(machine.code, 1);
    assert_string_equal(machine.err, "");
    assert_contains(machine.out, "\"holds\":false");
    assert_true(json_integer_value(json_object_get(summary, "checks")) > 0);
    assert_int_equal(json_integer_value(json_object_get(summary, "failed")), 1);
    json_decref(summary);
}

static void says_that_the_story_did_not_arrive_with_four(void **state)
{
    static const char *const rows[][2] = {{NULL}, {"--json"}};
    const struct bed *bed = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int sink = SINK_FULL; sink <= SINK_LEFT; sink++) {
            struct outcome lost = program_run_to(bed->memory, (enum sink)sink, rows[i]);

            assert_int_equal(lost.code, 4);
            assert_int_equal(*lost.err == '\0', sink == SINK_LEFT);
        }
}

static void says_what_is_wrong_with_two(void **state)
{
    static const struct {
        const char *words[3], *without, *said;
    } cases[] = {
        {{"all"}, NULL, "\"all\" is not expected"},
        {{"--lost"}, NULL, "there is no option \"--lost\""},
        {{"--key=x"}, NULL, "xiasha.staff"},
        {{NULL}, "JUSHA_KEYS", "--keys or JUSHA_KEYS is missing"},
        {{NULL}, "JUSHA_STREET", "--street or JUSHA_STREET is missing"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_environment(bed);
        if (cases[i].without != NULL)
            unsetenv(cases[i].without);
        struct outcome people = program_run(bed->memory, cases[i].words);
        struct outcome machine = bed_run(
            bed, "--json", cases[i].words[0] != NULL ? cases[i].words[0] : "--timeout=30000");
        json_t *told = last_of(machine.err);

        assert_int_equal(people.code, 2);
        assert_int_equal(machine.code, 2);
        assert_string_equal(people.out, "");
        assert_string_equal(machine.out, "");
        assert_contains(people.err, cases[i].said);
        assert_string_equal(json_string_value(json_object_get(told, "code")),
                            "CODE_INVALID_ARGUMENT");
        json_decref(told);
    }
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, bed_ready, bed_sweep)
    const struct CMUnitTest tests[] = {
        on_bed(tells_machines_each_check_and_how_many_failed),
        on_bed(says_that_the_story_did_not_arrive_with_four),
        on_bed(says_what_is_wrong_with_two),
    };
    return cmocka_run_group_tests(tests, keys_up, bed_down);
}
