/* SPDX-License-Identifier: Apache-2.0 */
/* test_timers.c - timers when something is in their way: a street, a row, a handler that does not
 * want them */
#include "bed_registry.h"
#include "libcommon/service/following/timer_fire.h"

#include <sodium.h>
#include <stdio.h>

#define UNKNOWN_ID "019336a0-0000-7000-8000-00000000dead"

enum {
    LOOK_ROWS = 64, /* that a look reads at once */
    LOOKS = 100     /* enough for all of them on a slow machine */
};

/* Due so many minutes ago. No agreement has that id, so the handler will refuse it. */
static void add_timer(struct bed *bed, const char *street, const char *subject, int minutes)
{
    bed_sql(bed,
            "INSERT INTO registry.timer VALUES"
            " ('%s', 'agreement_lapse', '%s', now() - interval '%d minutes')",
            street, subject, minutes);
}

static long timers(struct bed *bed, const char *street)
{
    return bed_number(bed, "SELECT count(*) FROM registry.timer WHERE street = '%s'", street);
}

static long refusals(struct bed *bed, const char *street)
{
    return bed_number(bed,
                      "SELECT count(*) FROM registry.journal WHERE street = '%s'"
                      " AND type = 'jusha.journal.v1.TimerRefused'",
                      street);
}

/* ---- a street in the way ---- */

/* A street whose timers, more than a look reads at once, are all due before those of the bed's
 * own. */
static void add_street_ahead(struct bed *bed, char ret[static 16])
{
    snprintf(ret, 16, "g%08x", randombytes_random());
    bed_sql(bed, "INSERT INTO registry.stream (street) VALUES ('%s')", ret);
    for (int i = 0; i <= LOOK_ROWS; i++) {
        char id[ID_CHARS + 1];
        id_new(id);
        add_timer(bed, ret, id, 10);
    }
    add_timer(bed, bed->street, UNKNOWN_ID, 1);
}

/* A look ends after a while, done or not; the next one goes on. */
static void assert_fire(struct bed *bed, const char *street)
{
    for (int looks = 0; looks < LOOKS && timers(bed, street) > 0; looks++)
        bed_fire_timers(bed);
    assert_int_equal(timers(bed, street), 0);
}

static void assert_only_own_fire(struct bed *bed, const char *street_ahead)
{
    assert_fire(bed, bed->street);
    assert_int_equal(timers(bed, street_ahead), LOOK_ROWS + 1);
    assert_int_equal(refusals(bed, street_ahead), 0);
}

static void assert_fire_at_last(struct bed *bed, const char *street_ahead)
{
    assert_fire(bed, street_ahead);
    assert_int_equal(refusals(bed, street_ahead), LOOK_ROWS + 1);
}

static void go_round_a_street_that_is_made_anew(void **state)
{
    struct bed *bed = *state;
    char street[16];

    add_street_ahead(bed, street);
    bed_sql(bed, "INSERT INTO registry.follower VALUES ('%s', 'selection', 1, 2)", street);
    assert_only_own_fire(bed, street);
    bed_sql(bed, "UPDATE registry.follower SET seq = reached WHERE street = '%s'", street);
    assert_fire_at_last(bed, street);
}

static void go_round_a_street_that_moved_away(void **state)
{
    struct bed *bed = *state;
    char street[16];

    add_street_ahead(bed, street);
    bed_sql(bed, "UPDATE registry.stream SET state = 'MOVED' WHERE street = '%s'", street);
    assert_only_own_fire(bed, street);
    bed_sql(bed, "UPDATE registry.stream SET state = 'HERE' WHERE street = '%s'", street);
    assert_fire_at_last(bed, street);
}

/* The error is none that a command can answer for. */
static void go_round_a_street_whose_rows_raise_an_error(void **state)
{
    struct bed *bed = *state;
    char street[16];

    add_street_ahead(bed, street);
    bed_sql(bed,
            "CREATE FUNCTION registry.raise_error() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'XX000'; END $$;"
            " CREATE TRIGGER raise_error BEFORE DELETE ON registry.timer FOR EACH ROW"
            " WHEN (OLD.street = '%s') EXECUTE FUNCTION registry.raise_error()",
            street);
    assert_only_own_fire(bed, street);
    bed_sql(bed, "DROP FUNCTION registry.raise_error CASCADE");
    assert_fire_at_last(bed, street);
}

/* ---- handlers ---- */

static void are_given_up_when_their_handler_refuses(void **state)
{
    struct bed *bed = *state;

    add_timer(bed, bed->street, UNKNOWN_ID, 1);
    bed_fire_timers(bed);
    bed_fire_timers(bed);
    assert_int_equal(timers(bed, bed->street), 0);
    assert_int_equal(refusals(bed, bed->street), 1);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.journal WHERE street = '%s'"
                                " AND subject = '" UNKNOWN_ID "'",
                                bed->street),
                     1);
    bed_assert_journal(bed, 2); /* the street, and this */
}

/* A draft is not in force: there is nothing to lapse, and that is fine. */
static void fire_by_the_hundred(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, "a");

    for (int i = 0; i <= 2 * LOOK_ROWS; i++)
        add_timer(
            bed, bed->street,
            bed_make(bed, "DraftAgreement",
                     bed_json(bed,
                              "{\"agreement\": {\"unitId\": \"%s\", \"signedOn\": \"2020-06-20\","
                              " \"validToOn\": \"2099-06-19\"}}",
                              unit)),
            1);
    assert_fire(bed, bed->street);
    assert_int_equal(refusals(bed, bed->street), 0);
}

static void go_on_the_trace_of_the_request_that_set_them(void **state)
{
    static char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct bed *bed = *state;
    const char *agreement =
        bed_make(bed, "DraftAgreement",
                 bed_json(bed,
                          "{'agreement': {'unitId': '%s', 'signedOn': '2020-06-20',"
                          " 'validToOn': '2099-06-19'}}",
                          bed_unit(bed, "a")));
    struct call *sign = bed_call(
        bed, "ChangeAgreement",
        bed_json(bed, "{'agreementId': '%s', 'action': 'SIGN', 'revision': '1'}", agreement));

    ((Bus__RequestHeader *)sign->header)->traceparent = trace;
    bed_free(bed_run(bed, sign));
    assert_true(timers(bed, bed->street) > 0);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.timer WHERE street = '%s'"
                                " AND traceparent <> '%s'",
                                bed->street, trace),
                     0);
    bed_sql(bed,
            "DELETE FROM registry.timer WHERE street = '%s' AND name <> 'agreement_lapse';"
            " UPDATE registry.timer SET due = now() - interval '1 minute' WHERE street = '%s';"
            " UPDATE registry.agreement SET valid_to_on = '2021-06-19' WHERE street = '%s'",
            bed->street, bed->street, bed->street);
    long before =
        bed_number(bed, "SELECT max(seq) FROM registry.journal WHERE street = '%s'", bed->street);
    bed_fire_timers(bed);
    assert_string_equal(bed_text(bed,
                                 "SELECT traceparent FROM registry.journal WHERE street = '%s'"
                                 " AND seq > %ld LIMIT 1",
                                 bed->street, before),
                        trace);
}

/* ---- a leap of the time ---- */

/* As if nothing had run for so long, or all clocks had been set ahead; and somebody leads again. */
static void leap(struct bed *bed, int hours)
{
    bed_sql(bed,
            "DELETE FROM registry.upkeep WHERE what = 'lived';"
            " INSERT INTO registry.upkeep VALUES ('*', 'lived', now() - interval '%d hours')",
            hours);
    timers_lead();
}

static long hours_behind(struct bed *bed)
{
    return bed_number(bed, "SELECT extract(epoch FROM now() - at)::bigint / 3600"
                           " FROM registry.upkeep WHERE what = 'lived'");
}

static void wait_when_the_time_has_leapt(void **state)
{
    struct bed *bed = *state;

    add_timer(bed, bed->street, UNKNOWN_ID, 1);
    leap(bed, 25);
    bed_fire_timers(bed);
    bed_fire_timers(bed);
    assert_int_equal(timers(bed, bed->street), 1);
    assert_int_equal(hours_behind(bed), 25); /* so whoever leads next waits as well */
    timers_lead();
    bed_fire_timers(bed);
    assert_int_equal(timers(bed, bed->street), 1);

    leap(bed, 23); /* a night */
    assert_fire(bed, bed->street);
    assert_int_equal(hours_behind(bed), 0);
}

static void go_on_when_the_clock_is_right_again(void **state)
{
    struct bed *bed = *state;

    leap(bed, -40 * 24); /* it was noted while the clock was ahead */
    add_timer(bed, bed->street, UNKNOWN_ID, 1);
    assert_fire(bed, bed->street);
    assert_int_equal(hours_behind(bed), 0);
}

/* Other tests' looks shall not meet what one has left. */
static int down(void **state)
{
    struct bed *bed = *state;

    bed_sql(bed, "DROP FUNCTION IF EXISTS registry.raise_error CASCADE");
    bed_sql(bed, "DELETE FROM registry.timer WHERE due < now(); DELETE FROM registry.upkeep");
    timers_lead();
    return bed_down(state);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, down)
    const struct CMUnitTest tests[] = {
        TEST(go_round_a_street_that_is_made_anew),
        TEST(go_round_a_street_that_moved_away),
        TEST(go_round_a_street_whose_rows_raise_an_error),
        TEST(are_given_up_when_their_handler_refuses),
        TEST(fire_by_the_hundred),
        TEST(go_on_the_trace_of_the_request_that_set_them),
        TEST(wait_when_the_time_has_leapt),
        TEST(go_on_when_the_clock_is_right_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
