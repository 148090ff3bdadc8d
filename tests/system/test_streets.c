/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_streets.c - a street that has a registry of its own, beside the pool
 *
 * registry[0] is the pool; registry[1] serves bed->street and bed->other alone.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "tests/system/crowd.h"

enum { POOL, OWN, TAKEN_OVER_MS = 3000, SLACK_MS = 2000, LEVEL = 64, MANY = 500 };

static long answered_of(const struct bed *bed, size_t registry, const char *requests)
{
    long count = process_metric(&bed->registry[registry], requests);

    return count < 0 ? 0 : count;
}

static long answered(const struct bed *bed, size_t registry)
{
    return answered_of(bed, registry, "jusha_requests_total{method=\"ListUnits\",code=\"OK\"}");
}

/* The registry that answered a query to this street; POOL or OWN. */
static size_t who_answers(struct bed *bed, const char *street)
{
    long before = answered(bed, OWN);
    struct client_reply reply;

    assert_int_equal(bed_call(bed, bed->founder, street, "ListUnits", "{}", &reply), STATUS_OK);
    return bed->registry[OWN].pid && answered(bed, OWN) > before ? OWN : POOL;
}

static void wait_answers(struct bed *bed, const char *street, size_t registry)
{
    for (int64_t end_ms = deadline_ms(); who_answers(bed, street) != registry;)
        look_again(end_ms, "the right registry answers");
}

static void begin_own(struct bed *bed, const char *street, const char *other)
{
    static char option[64];

    snprintf(option, sizeof option, "--streets=%s %s", street, other);
    bed->options.registry_option = option;
    bed_start_registry(bed, OWN);
    bed->options.registry_option = NULL;
}

static void start_own(struct bed *bed)
{
    begin_own(bed, bed->street, bed->other);
    bed_wait_ready(bed);
}

static void serves_its_streets_and_no_other(void **state)
{
    struct bed *bed = *state;
    char third[16] = "";

    bed_street(bed, third);
    assert_int_equal(who_answers(bed, bed->street), POOL);
    start_own(bed);
    wait_answers(bed, bed->street, OWN);
    assert_int_equal(who_answers(bed, bed->other), OWN);
    assert_int_equal(who_answers(bed, third), POOL);
    assert_int_equal(process_end(&bed->registry[OWN], SIGTERM, WAIT_MS), 0);
    assert_int_equal(who_answers(bed, bed->street), POOL);
}

/* How long the street's callers wait for the first answer after a blow, and for its own registry
 * after that. */
static void leaves_the_street_to_the_pool_and_comes_back(void **state)
{
    struct bed *bed = *state;

    for (int killed = 0; killed < 2; killed++) {
        struct client_reply reply;

        start_own(bed);
        wait_answers(bed, bed->street, OWN);
        if (killed)
            process_kill(&bed->registry[OWN]);
        else
            process_stop(&bed->registry[OWN]);
        int64_t began_ms = clock_monotonic_ms();
        assert_int_equal(bed_call(bed, bed->founder, bed->street, "ListUnits", "{}", &reply),
                         STATUS_OK);
        int64_t took_ms = clock_monotonic_ms() - began_ms;
        report("the pool answers after %lld ms", (long long)took_ms);
        assert_in_range(took_ms, 0, TAKEN_OVER_MS + SLACK_MS);
        if (killed)
            continue;
        process_continue(&bed->registry[OWN]);
        wait_answers(bed, bed->street, OWN);
        assert_int_equal(process_end(&bed->registry[OWN], SIGTERM, WAIT_MS), 0);
    }
}

/* ---- there and back while it is asked ---- */

struct while_asked {
    struct bed *bed;
    size_t registry;
    long answered; /* commands, before it began */
};

static long commands_of(const struct bed *bed, size_t registry)
{
    return answered_of(bed, registry, "jusha_requests_total{method=\"RegisterUnit\",code=\"OK\"}");
}

static bool has_answered_many(void *context)
{
    const struct while_asked *asked = context;

    return commands_of(asked->bed, asked->registry) >= asked->answered + MANY;
}

static bool own_has_ended(void *context)
{
    struct bed *bed = context;
    int status;

    if (waitpid(bed->registry[OWN].pid, &status, WNOHANG) == 0)
        return false;
    bed->registry[OWN].pid = 0;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

/* Until one of the two has answered many commands from now on. */
static void load_until_answers(struct bed *bed, struct crowd *crowd, size_t registry)
{
    struct while_asked asked = {bed, registry, commands_of(bed, registry)};

    crowd_load(crowd, LEVEL, has_answered_many, &asked);
}

/* As ops/docker/scale does it, twice, while the street's callers never stop. */
static void answers_everything_while_the_street_goes_to_its_own_and_back(void **state)
{
    static const enum status only_ok[] = {STATUS_OK};
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){8, BROKERS, 0});

    for (int time = 0; time < 2; time++) {
        load_until_answers(bed, crowd, POOL);
        begin_own(bed, crowd_street(crowd), "nobodys-street");
        load_until_answers(bed, crowd, OWN);
        assert_int_equal(kill(bed->registry[OWN].pid, SIGTERM), 0);
        crowd_load(crowd, LEVEL, own_has_ended, bed);
    }
    load_until_answers(bed, crowd, POOL);
    crowd_wait(crowd, WAIT_MS);
    report("%zu commands, the longest took %lld ms", crowd_sent(crowd),
           (long long)crowd_longest_ms(crowd, 0));
    crowd_assert_only(crowd, only_ok);
    crowd_assert_done(crowd);
    talloc_free(crowd);
}

static bool leads(const struct bed *bed, size_t registry)
{
    return process_metric(&bed->registry[registry], "jusha_relay_active") == 1 &&
           process_metric(&bed->registry[registry], "jusha_steward_active") == 1;
}

static void leads_only_while_there_is_no_pool(void **state)
{
    struct bed *bed = *state;

    start_own(bed);
    for (int64_t end_ms = deadline_ms(); !leads(bed, POOL);)
        look_again(end_ms, "the pool leads");
    assert_false(leads(bed, OWN));
    process_kill(&bed->registry[POOL]);
    for (int64_t end_ms = deadline_ms(); !leads(bed, OWN);)
        look_again(end_ms, "the street's own leads");
    bed_start_registry(bed, POOL);
    bed_wait_ready(bed);
    for (int64_t end_ms = deadline_ms(); !leads(bed, POOL);)
        look_again(end_ms, "the pool leads again");
    assert_false(leads(bed, OWN));
    assert_int_equal(process_end(&bed->registry[OWN], SIGTERM, WAIT_MS), 0);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(serves_its_streets_and_no_other),
        bed_story(leaves_the_street_to_the_pool_and_comes_back),
        bed_story(answers_everything_while_the_street_goes_to_its_own_and_back),
        bed_story(leads_only_while_there_is_no_pool),
    };

    return bed_finish(cmocka_run_group_tests_name("streets", tests, up, bed_down));
}
