/* SPDX-License-Identifier: Apache-2.0 */
/* test_conditions.c - may a resource be used like this? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "libcommon/base/conditions.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"

#define TOGE "019336a0-0000-7000-8000-000000000001"
#define BANK "019336a0-0000-7000-8000-000000000002"

static const struct use_fields fields = {"who", "start", "end"};

/* JSON written with ' for ". */
static void *parsed(void *memory, const ProtobufCMessageDescriptor *type, const char *json)
{
    struct violations violations = {0};
    ProtobufCMessage *message;
    char *text = mem_text(memory, json);

    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    if (json_parse(memory, type, text, &violations, &message) != STATUS_OK)
        fail_msg("%s: %s", json, violations.item[0].message);
    return message;
}

/* A use from one local time to another by the community. */
static struct use use_of(const char *from, const char *until)
{
    return (struct use){
        .community_id = TOGE,
        .unit_id = "",
        .start = recurrence_seconds(from),
        .end = recurrence_seconds(until),
        .seconds = recurrence_seconds(until) - recurrence_seconds(from),
        .notice_minutes = 100000,
    };
}

/* The first violation must be this: "rule field", or "" for none. */
static void assert_met(const char *conditions, const char *opening, const struct use *use,
                       const char *expected)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    char found[80] = "";
    bool met = conditions_met(
        memory, parsed(memory, &selection__conditions_of_use__descriptor, conditions),
        opening ? parsed(memory, &selection__opening__descriptor, opening) : NULL, use, &fields,
        &violations);

    if (violations.count > 0)
        snprintf(found, sizeof found, "%s %s", violations.item[0].rule, violations.item[0].field);
    assert_string_equal(found, expected);
    assert_int_equal(met, violations.count == 0);
    talloc_free(memory);
}

static void lets_those_in_whom_the_owner_names(void **state)
{
    char *groups[] = {(char *)"快递员", (char *)"环卫工人"};
    struct use use = use_of("2026-07-04T09:00:00", "2026-07-04T10:00:00");

    (void)state;
    assert_met("{'everyone': true}", NULL, &use, "");
    assert_met("{'communityIds': ['" TOGE "']}", NULL, &use, "");
    assert_met("{'communityIds': ['" BANK "']}", NULL, &use, "conditions.who who");
    assert_met("{'unitIds': ['" TOGE "']}", NULL, &use, "conditions.who who");
    assert_met("{}", NULL, &use, "conditions.who who");
    assert_met("{'groups': ['环卫工人']}", NULL, &use, "conditions.who who");
    use.groups = groups;
    use.group_count = 2;
    assert_met("{'groups': ['环卫工人']}", NULL, &use, "");
    use.community_id = "";
    use.unit_id = BANK;
    assert_met("{'unitIds': ['" BANK "']}", NULL, &use, "");
    use.unit_id = ""; /* the street itself is named by nobody */
    use.group_count = 0;
    assert_met("{'unitIds': ['" BANK "'], 'communityIds': ['" TOGE "']}", NULL, &use,
               "conditions.who who");
}

static void holds_notice_and_length_to_the_minute(void **state)
{
    struct use use = use_of("2026-07-04T09:00:00", "2026-07-04T11:00:00");

    (void)state;
    use.notice_minutes = 2880;
    assert_met("{'everyone': true, 'noticeMinutes': 2880}", NULL, &use, "");
    use.notice_minutes = 2879;
    assert_met("{'everyone': true, 'noticeMinutes': 2880}", NULL, &use, "conditions.notice start");
    assert_met("{'everyone': true, 'longestMinutes': 120}", NULL, &use, "");
    assert_met("{'everyone': true, 'longestMinutes': 119}", NULL, &use, "conditions.longest end");
    use.seconds += 3600; /* that night the clock is put back */
    assert_met("{'everyone': true, 'longestMinutes': 120}", NULL, &use, "conditions.longest end");
    use.seconds -= 7200; /* or forward */
    assert_met("{'everyone': true, 'longestMinutes': 60}", NULL, &use, "");
}

static void counts_uses_in_any_stretch_of_days(void **state)
{
    static const struct {
        const char *others[4];
        const char *weekly, *twice_weekly;
    } cases[] = {
        {{NULL}, "", ""},
        {{"2026-07-04T09:00:00"}, "", ""}, /* seven days before, to the second */
        {{"2026-07-04T09:00:01"}, "conditions.often start", ""},
        {{"2026-07-18T08:59:59"}, "conditions.often start", ""},
        {{"2026-07-18T09:00:00"}, "", ""},
        {{"2026-07-05T09:00:00", "2026-07-17T09:00:00"}, "conditions.often start", ""},
        {{"2026-07-05T09:00:00", "2026-07-10T09:00:00"},
         "conditions.often start",
         "conditions.often start"},
        {{"2026-07-08T09:00:00", "2026-07-13T09:00:00"},
         "conditions.often start",
         "conditions.often start"},
        {{"2026-06-01T09:00:00", "2026-06-02T09:00:00", "2026-06-03T09:00:00"}, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct use use = use_of("2026-07-11T09:00:00", "2026-07-11T10:00:00");
        int64_t others[4];
        for (int k = 0; k < 4 && cases[i].others[k]; k++)
            others[use.other_count++] = recurrence_seconds(cases[i].others[k]);
        use.others = others;
        assert_met("{'everyone': true, 'oftenTimes': 1, 'oftenDays': 7}", NULL, &use,
                   cases[i].weekly);
        assert_met("{'everyone': true, 'oftenTimes': 2, 'oftenDays': 7}", NULL, &use,
                   cases[i].twice_weekly);
    }
}

static void opens_in_its_windows_only(void **state)
{
    static const char weekend[] =
        "{'windows': [{'rrule': 'FREQ=WEEKLY;BYDAY=SA', 'from': '08:00', 'until': '12:00'},"
        " {'rrule': 'FREQ=WEEKLY;BYDAY=SU', 'from': '20:00', 'until': '24:00'}]}";
    static const struct {
        const char *from, *until, *expected;
    } cases[] = {
        {"2026-07-04T08:00:00", "2026-07-04T12:00:00", ""},
        {"2026-07-04T07:59:59", "2026-07-04T12:00:00", "conditions.opening start"},
        {"2026-07-04T08:00:00", "2026-07-04T12:00:01", "conditions.opening start"},
        {"2026-07-05T09:00:00", "2026-07-05T10:00:00", "conditions.opening start"},
        {"2026-07-05T20:00:00", "2026-07-06T00:00:00", ""},
        {"2026-07-05T20:00:00", "2026-07-06T00:00:01", "conditions.opening start"},
        {"2026-07-04T08:00:00", "2026-07-11T12:00:00", "conditions.opening start"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct use use = use_of(cases[i].from, cases[i].until);
        assert_met("{'everyone': true}", weekend, &use, cases[i].expected);
        assert_met("{'everyone': true}", "{}", &use, "");
    }
}

static void opens_as_long_as_its_windows_together(void **state)
{
#define MORNING "{'rrule': 'FREQ=DAILY', 'from': '09:00', 'until': '12:00'}"
#define AFTERNOON "{'rrule': 'FREQ=DAILY', 'from': '12:00', 'until': '18:00'}"
#define EVENING "{'rrule': 'FREQ=DAILY', 'from': '18:30', 'until': '20:00'}"
#define ALWAYS "{'rrule': 'FREQ=DAILY', 'from': '00:00', 'until': '24:00'}"
#define NIGHT "{'rrule': 'FREQ=WEEKLY;BYDAY=SA', 'from': '22:00', 'until': '02:00'}"
#define CLOSED "conditions.opening start"
    static const struct {
        const char *windows, *from, *until, *expected;
    } cases[] = {
        {MORNING "," AFTERNOON, "2026-07-04T11:00:00", "2026-07-04T13:00:00", ""},
        {AFTERNOON "," MORNING, "2026-07-04T09:00:00", "2026-07-04T18:00:00", ""},
        {MORNING "," EVENING "," AFTERNOON, "2026-07-04T17:00:00", "2026-07-04T19:00:00", CLOSED},
        {ALWAYS, "2026-07-04T22:00:00", "2026-07-05T02:00:00", ""},
        {ALWAYS, "2026-07-04T22:00:00", "2026-07-06T02:00:00", ""},
        {NIGHT, "2026-07-04T22:00:00", "2026-07-05T02:00:00", ""},
        {NIGHT, "2026-07-05T00:30:00", "2026-07-05T01:30:00", ""},
        {NIGHT, "2026-07-04T22:00:00", "2026-07-05T02:00:01", CLOSED},
        {NIGHT, "2026-07-04T00:30:00", "2026-07-04T01:30:00", CLOSED},
        {NIGHT, "2026-07-05T22:00:00", "2026-07-05T23:00:00", CLOSED},
        {NIGHT "," MORNING, "2026-07-05T01:00:00", "2026-07-05T09:30:00", CLOSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *opening = mem_printf(NULL, "{'windows': [%s]}", cases[i].windows);
        struct use use = use_of(cases[i].from, cases[i].until);
        assert_met("{'everyone': true}", opening, &use, cases[i].expected);
        talloc_free(opening);
    }
}

static void says_all_that_is_wrong_with_its_numbers(void **state)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    struct use use = use_of("2026-07-04T09:00:00", "2026-07-04T11:00:00");

    (void)state;
    use.notice_minutes = 0;
    assert_false(conditions_met(memory,
                                parsed(memory, &selection__conditions_of_use__descriptor,
                                       "{'noticeMinutes': 60, 'longestMinutes': 30}"),
                                NULL, &use, &fields, &violations));
    assert_int_equal(violations.count, 3);
    assert_string_equal(violations.item[1].params[0].key, "minutes");
    assert_int_equal(violations.item[1].params[0].value, 60);
    assert_int_equal(violations.item[2].params[0].value, 30);
    talloc_free(memory);
}

/* The longest rule there may be, of every day. */
static char *dear_window(const void *parent)
{
    char *rule = mem_text(parent, "FREQ=MONTHLY;BYMONTHDAY=1");

    for (int day = 2; day <= 31; day++)
        rule = mem_check(talloc_asprintf_append_buffer(rule, ",%d", day));
    for (int day = 1; strlen(rule) + strlen(",-31") <= RRULE_MAX; day++)
        rule = mem_check(talloc_asprintf_append_buffer(rule, ",-%d", day));
    return mem_printf(parent, "{'rrule': '%s', 'from': '00:00', 'until': '24:00'}", rule);
}

/* A batch of bookings as far as may be booked, in as many windows as a resource may have. */
static void answers_for_years_in_no_time(void **state)
{
    enum { BATCH = 16, LIMIT_S = 5 /* of the processor; it was half a minute */ };
    void *memory = talloc_new(NULL);
    char *windows = dear_window(memory);
    const struct use use = use_of("2026-01-01T00:00:00", "2028-01-01T00:00:00");

    (void)state;
    for (int i = 1; i < 20; i++)
        windows = mem_printf(memory, "%s, %s", windows, dear_window(memory));
    const char *opening = mem_printf(memory, "{'windows': [%s]}", windows);
    const clock_t began = clock();
    for (int i = 0; i < BATCH; i++)
        assert_met("{'everyone': true}", opening, &use, "");
    assert_in_range((clock() - began) / CLOCKS_PER_SEC, 0, LIMIT_S);
    talloc_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_those_in_whom_the_owner_names),
        cmocka_unit_test(holds_notice_and_length_to_the_minute),
        cmocka_unit_test(counts_uses_in_any_stretch_of_days),
        cmocka_unit_test(opens_in_its_windows_only),
        cmocka_unit_test(opens_as_long_as_its_windows_together),
        cmocka_unit_test(says_all_that_is_wrong_with_its_numbers),
        cmocka_unit_test(answers_for_years_in_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
