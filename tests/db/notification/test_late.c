/* SPDX-License-Identifier: Apache-2.0 */
/* test_late.c - what is told late, since something was down, is told as what it is now */
#include "bed_notification.h"

#include <string.h>

#include "libcommon/base/mem.h"

#define UNIT "019336a0-0000-7000-8000-0000000000a1"
#define ACTIVITY "019336a0-0000-7000-8000-0000000000b1"
#define OCCURRENCE "019336a0-0000-7000-8000-0000000000f1"
#define VOLUNTEER "019336a0-0000-7000-8000-000000000001"
#define CONTACT "019336a0-0000-7000-8000-000000000003"

static long count(struct bed *bed, const char *holder)
{
    return bed_number(
        bed, "SELECT count(*) FROM notification.message WHERE street = '%s' AND holder = '%s'",
        bed->street, holder);
}

static long count_by(struct bed *bed, const char *holder, const char *rule)
{
    return bed_number(bed,
                      "SELECT count(*) FROM notification.message WHERE street = '%s'"
                      " AND holder = '%s' AND rule = '%s'",
                      bed->street, holder, rule);
}

/* A day of the street, or an instant: "yesterday", "today", "just_now", "soon". */
static const char *when(struct bed *bed, const char *word)
{
    return bed_text(bed,
                    "SELECT CASE '%s' WHEN 'yesterday' THEN (today - 1)::text"
                    " WHEN 'today' THEN today::text"
                    " WHEN 'just_now' THEN to_char(utc - interval '1 minute', iso)"
                    " ELSE to_char(utc + interval '1 hour', iso) END"
                    " FROM (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS today,"
                    " now() AT TIME ZONE 'UTC' AS utc, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"' AS iso) t",
                    word);
}

/* With that day or instant in the event. */
static void happens_when(struct bed *bed, const char *type, const char *format, const char *word)
{
    const char *at = strstr(format, "%s");
    const char *json = mem_printf(bed->slot.parent, "%.*s%s%s", (int)(at - format), format,
                                  when(bed, word), at + 2);

    bed_happens(bed, (struct happening){type, bed_json(bed, "%s", json)});
}

/* The service was away while it lapsed: what is told is that it has. */
static void tells_that_an_agreement_lapsed_and_not_that_it_will(void **state)
{
    static const char lapsing[] =
        "{\"agreement\": {\"unitId\": \"" UNIT "\", \"validToOn\": \"2020-12-31\"}}";
    static const char lapsed[] = "{\"agreement\": {\"unitId\": \"" UNIT
                                 "\", \"validToOn\": \"2020-12-31\"}, \"action\": \"LAPSE\"}";
    struct bed *bed = *state;

    bed_grant(bed, CONTACT, "UNIT_CONTACT", NULL, UNIT);
    bed_happens(bed, (struct happening){"registry.v1.AgreementLapsing", lapsing});
    assert_int_equal(count(bed, CONTACT), 0);
    bed_happens(bed, (struct happening){"registry.v1.AgreementChanged", lapsed});
    assert_int_equal(count_by(bed, CONTACT, "agreement_lapsed"), 1);
}

/* What asks for something, or names a time, is told on its last day and not behind it. */
static void tells_what_is_late_as_what_it_is_now(void **state)
{
    static const struct {
        const char *rule, *type, *json, *in_time, *late;
    } cases[] = {
        {"programme_published", "selection.v1.ProgrammeChanged",
         "{'programme': {'tickUntilOn': '%s'}, 'action': 'PUBLISH'}", "today", "yesterday"},
        {"need_raised", "selection.v1.NeedRaised", "{'need': {'wantedToOn': '%s'}}", "today",
         "yesterday"},
        {"organiser_named", "scheduling.v1.ActivityCreated",
         "{'activity': {'activityId': '" ACTIVITY "', 'revision': 1, 'unitIds': ['" UNIT
         "'], 'schedule': {'firstStartLocal':"
         " '%sT00:00:00'}}}",
         "today", "yesterday"},
        {"role_granted", "registry.v1.RoleGranted",
         "{'roleGrant': {'grantId': '" ACTIVITY "', 'holder': '" CONTACT
         "', 'role': 'ROLE_UNIT_CONTACT', 'unitId': '" UNIT "', 'fromOn': '2020-01-01',"
         " 'untilOn': '%s', 'status': 'IN_FORCE', 'createTime': '2020-01-01T00:00:00Z',"
         " 'updateTime': '2020-01-01T00:00:00Z', 'revision': 1}}",
         "today", "yesterday"},
        {"signed_up", "scheduling.v1.SignedUp",
         "{'signUp': {'signUpId': '" ACTIVITY "', 'occurrenceId': '" OCCURRENCE
         "', 'personId': '" CONTACT
         "', 'status': 'SIGNED_UP', 'revision': 1}, 'occurrence': {'endTime': '%s'}}",
         "soon", "just_now"},
        {"promoted", "scheduling.v1.Promoted",
         "{'signUp': {'signUpId': '" ACTIVITY "', 'occurrenceId': '" OCCURRENCE
         "', 'personId': '" CONTACT
         "', 'status': 'SIGNED_UP', 'revision': 1}, 'occurrence': {'endTime': '%s'}}",
         "soon", "just_now"},
    };
    struct bed *bed = *state;

    bed_grant(bed, CONTACT, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, CONTACT, "STREET_STAFF", NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        happens_when(bed, cases[i].type, cases[i].json, cases[i].late);
        if (count(bed, CONTACT) != 0)
            fail_msg("%s was told when it was over", cases[i].rule);
        happens_when(bed, cases[i].type, cases[i].json, cases[i].in_time);
        assert_int_equal(count_by(bed, CONTACT, cases[i].rule), 1);
        bed_sql(bed, "DELETE FROM notification.message WHERE street = '%s'", bed->street);
    }
}

/* Whoever would come at the old time hears of it, and whoever may come at the new one. */
static void tells_of_a_move_until_either_time_is_over(void **state)
{
    static const char moved[] = "{'occurrence': {'occurrenceId': '" OCCURRENCE
                                "', 'endTime': '%s'}, 'previousStartTime': '2020-01-01T00:00:00Z',"
                                " 'previousEndTime': '%s'}";
    static const struct {
        const char *end, *previous_end;
        int told;
    } cases[] = {{"just_now", "just_now", 0}, {"soon", "just_now", 1}, {"just_now", "soon", 1}};
    struct bed *bed = *state;

    bed_sql(bed,
            "INSERT INTO notification.sign_up VALUES ('%s', gen_random_uuid(), '" OCCURRENCE
            "', '" VOLUNTEER "', 'SIGNED_UP', 1)",
            bed->street);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceMoved",
                                            bed_json(bed, moved, when(bed, cases[i].end),
                                                     when(bed, cases[i].previous_end))});
        assert_int_equal(count(bed, VOLUNTEER), cases[i].told);
        bed_sql(bed, "DELETE FROM notification.message WHERE street = '%s'", bed->street);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(tells_that_an_agreement_lapsed_and_not_that_it_will),
        TEST(tells_what_is_late_as_what_it_is_now),
        TEST(tells_of_a_move_until_either_time_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
