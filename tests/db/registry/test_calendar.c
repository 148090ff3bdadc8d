/* SPDX-License-Identifier: Apache-2.0 */
/* test_calendar.c - a street's working days: by the notice, by its own word, by nobody's */
#include "bed_registry.h"
#include "registry_calendar.pb-c.h"

#define CALENDAR "street.calendar.years[0]"

/* A day of a year that the street says itself. */
static char *say(struct bed *bed, int revision, const char *years)
{
    return bed_json(bed,
                    "{\"street\": {\"calendar\": {\"years\": [%s]}, \"revision\": %d},"
                    " \"updateMask\": \"calendar\"}",
                    years, revision);
}

static void expect(struct bed *bed, const char *on, int count, const char *working,
                   bool provisional)
{
    char *json = bed_json(bed, "{'afterOn': '%s', 'count': %d}", on, count);
    struct call *call = bed_run(bed, bed_call(bed, "FindWorkingDay", json));
    const Registry__FindWorkingDayResponse *found = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_string_equal(found->working_on, working);
    assert_int_equal(found->provisional, provisional);
    bed_free(call);
}

static void expect_year(struct bed *bed, int year, Registry__CalendarOrigin origin, size_t days)
{
    char *json = bed_json(bed, "{\"year\": %d}", year);
    struct call *call = bed_run(bed, bed_call(bed, "GetCalendar", json));
    const Registry__GetCalendarResponse *response = call->response;

    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(response->origin, origin);
    assert_int_equal(response->calendar->year, year);
    assert_int_equal(response->calendar->n_days, days);
    bed_free(call);
}

static void counts_by_the_notice(void **state)
{
    struct bed *bed = *state;

    expect(bed, "2026-09-30", 1, "2026-10-08", false);
    expect(bed, "2026-12-31", 1, "2027-01-01", true);
    expect_year(bed, 2026, REGISTRY__CALENDAR_ORIGIN__CALENDAR_ORIGIN_OFFICIAL, 39);
    expect_year(bed, 2027, REGISTRY__CALENDAR_ORIGIN__CALENDAR_ORIGIN_PROVISIONAL, 0);
}

static void counts_by_what_the_street_says(void **state)
{
    struct bed *bed = *state;

    bed_ok(bed, "UpdateStreet",
           say(bed, 1,
               "{\"year\": 2027, \"source\": \"新通知\","
               " \"days\": [{\"on\": \"2027-01-03\", \"working\": true},"
               " {\"on\": \"2027-01-01\", \"name\": \"元旦\"}]}"));
    expect(bed, "2026-12-31", 1, "2027-01-03", false);
    expect(bed, "2026-12-31", 2, "2027-01-04", false);
    expect_year(bed, 2027, REGISTRY__CALENDAR_ORIGIN__CALENDAR_ORIGIN_STREET, 2);
    expect_year(bed, 2026, REGISTRY__CALENDAR_ORIGIN__CALENDAR_ORIGIN_OFFICIAL, 39);
    bed_ok(bed, "UpdateStreet", say(bed, 2, "")); /* and takes it back */
    expect(bed, "2026-12-31", 1, "2027-01-01", true);
    bed_assert_journal(bed, 3);
}

static void refuses_a_calendar_that_contradicts_itself(void **state)
{
    static const struct {
        const char *years, *field, *rule;
    } rows[] = {
        {"{\"year\": 2027, \"days\": [{\"on\": \"2026-12-31\"}]}", CALENDAR ".days[0].on",
         "of_year"},
        {"{\"year\": 2027, \"days\": [{\"on\": \"2027-01-01\"}, {\"on\": \"2027-01-01\","
         " \"working\": true}]}",
         CALENDAR ".days[1].on", "duplicate"},
        {"{\"year\": 2027}, {\"year\": 2027}", "street.calendar.years[1].year", "duplicate"},
        {"{\"year\": 1969}", CALENDAR ".year", "range"},
        {"{\"year\": 2027, \"days\": [{\"on\": \"2027-02-29\"}]}", CALENDAR ".days[0].on", "date"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        bed_refused(bed, "UpdateStreet", say(bed, 1, rows[i].years), STATUS_INVALID_ARGUMENT,
                    rows[i].field, rows[i].rule);
    bed_refused(bed, "FindWorkingDay", "{\"afterOn\": \"2199-12-31\", \"count\": 1}",
                STATUS_INVALID_ARGUMENT, "after_on", "too_late");
    bed_assert_journal(bed, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(counts_by_the_notice),
        TEST(counts_by_what_the_street_says),
        TEST(refuses_a_calendar_that_contradicts_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
