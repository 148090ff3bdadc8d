/* SPDX-License-Identifier: Apache-2.0 */
/* test_together.c - one command tells a person once, whatever it did */
#include "bed_notification.h"

#include "libcommon/base/mem.h"

#define ACTIVITY "019336a0-0000-7000-8000-0000000000b1"
#define OTHER_ACTIVITY "019336a0-0000-7000-8000-0000000000b2"
#define OCCURRENCE "019336a0-0000-7000-8000-0000000000%02x"
#define COMMUNITY "019336a0-0000-7000-8000-0000000000c1"
#define LI "019336a0-0000-7000-8000-000000000002"
#define WANG "019336a0-0000-7000-8000-000000000001"
#define ONE_COMMAND "019336a0-0000-7000-8000-00000000aaa1"
#define ANOTHER "019336a0-0000-7000-8000-00000000aaa2"

static long count(struct bed *bed, const char *holder)
{
    return bed_number(
        bed, "SELECT count(*) FROM notification.message WHERE street = '%s' AND holder = '%s'",
        bed->street, holder);
}

static void sign_up(struct bed *bed, const char *holder, int day)
{
    bed_sql(bed,
            "INSERT INTO notification.sign_up VALUES ('%s', gen_random_uuid(), '" OCCURRENCE
            "', '%s', 'SIGNED_UP', 1)",
            bed->street, day, holder);
}

/* The date of that day in July is cancelled by this command. */
static void cancel(struct bed *bed, int day, const char *activity, const char *causation,
                   const char *id)
{
    bed_happens(bed,
                (struct happening){"scheduling.v1.OccurrenceCancelled",
                                   bed_json(bed,
                                            "{'occurrence': {'occurrenceId': '" OCCURRENCE
                                            "', 'activityId': '%s', 'title': '义诊', 'startTime':"
                                            " '2026-07-%02dT01:00:00Z'}, 'reason': '台风'}",
                                            day, activity, day),
                                   .id = id, .causation = causation});
}

static void tells_of_ten_dates_that_one_command_cancelled_once(void **state)
{
    struct bed *bed = *state;

    for (int day = 1; day <= 10; day++)
        sign_up(bed, LI, day);
    sign_up(bed, WANG, 4);
    for (int day = 10; day >= 1; day--)
        cancel(bed, day, ACTIVITY, ONE_COMMAND, NULL);
    assert_int_equal(count(bed, LI), 1);
    bed_assert_title(bed, LI, "“义诊”等10场（2026-07-01 09:00至2026-07-10 09:00）已取消：台风",
                     "10 dates, 2026-07-01 09:00 to 2026-07-10 09:00, are cancelled, \"义诊\""
                     " among them: 台风");
    assert_int_equal(count(bed, WANG), 1);
    bed_assert_title(bed, WANG, "2026-07-04 09:00的“义诊”已取消：台风",
                     "\"义诊\" of 2026-07-04 09:00 is cancelled: 台风");
    cancel(bed, 4, ACTIVITY, ANOTHER, NULL);
    assert_int_equal(count(bed, LI), 2);
}

static void counts_an_event_once_however_often_it_comes(void **state)
{
    struct bed *bed = *state;
    char first[ID_CHARS + 1], second[ID_CHARS + 1];

    id_new(first);
    id_new(second);
    sign_up(bed, LI, 1);
    sign_up(bed, LI, 2);
    for (int again = 0; again < 2; again++) {
        cancel(bed, 1, ACTIVITY, ONE_COMMAND, first);
        cancel(bed, 2, ACTIVITY, ONE_COMMAND, second);
    }
    assert_int_equal(count(bed, LI), 1);
    assert_int_equal(bed_number(bed,
                                "SELECT event_count FROM notification.message WHERE street = '%s'",
                                bed->street),
                     2);
    bed_assert_journal(bed, 2);
}

/* What was read already does not change: the rest is a message of its own. */
static void loses_nothing_behind_what_was_read(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "VOLUNTEER", NULL, NULL);
    for (int day = 1; day <= 3; day++)
        sign_up(bed, LI, day);
    cancel(bed, 1, ACTIVITY, ONE_COMMAND, NULL);
    const char *seen = bed_text(
        bed, "SELECT message_id FROM notification.message WHERE street = '%s'", bed->street);
    cancel(bed, 2, ACTIVITY, ONE_COMMAND, NULL);
    bed_outcome_for(bed, LI, "MarkRead", bed_json(bed, "{'messageIds': ['%s']}", seen),
                    STATUS_NOT_FOUND, "message_ids", "exists");
    bed_sql(bed, "UPDATE notification.message SET read_time = now() WHERE street = '%s'",
            bed->street);
    cancel(bed, 3, ACTIVITY, ONE_COMMAND, NULL);
    assert_int_equal(count(bed, LI), 2);
    bed_assert_title(bed, LI, "2026-07-03 09:00的“义诊”已取消：台风",
                     "\"义诊\" of 2026-07-03 09:00 is cancelled: 台风");
}

/* A timer's work follows from the request that set it, long ago. */
static void makes_news_of_what_comes_much_later(void **state)
{
    struct bed *bed = *state;

    sign_up(bed, LI, 1);
    sign_up(bed, LI, 2);
    cancel(bed, 1, ACTIVITY, ONE_COMMAND, NULL);
    bed_sql(bed,
            "UPDATE notification.message SET event_time = event_time - interval '2 hours'"
            " WHERE street = '%s'",
            bed->street);
    cancel(bed, 2, ACTIVITY, ONE_COMMAND, NULL);
    assert_int_equal(count(bed, LI), 2);
}

static void tells_whoever_knows_of_the_whole_nothing_of_its_parts(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "COMMUNITY_STAFF", COMMUNITY, NULL);
    sign_up(bed, LI, 1);
    sign_up(bed, WANG, 1);
    sign_up(bed, LI, 2);
    bed_happens(bed, (struct happening){
                         "scheduling.v1.ActivityCancelled",
                         "{\"activity\": {\"activityId\": \"" ACTIVITY
                         "\", \"revision\": 2, \"title\": \"义诊\", \"communityId\": \"" COMMUNITY
                         "\"}, \"reason\": \"台风\"}",
                         .causation = ONE_COMMAND, .subject = ACTIVITY});
    cancel(bed, 1, ACTIVITY, ONE_COMMAND, NULL);
    assert_int_equal(count(bed, LI), 1);
    assert_int_equal(count(bed, WANG), 1);
    cancel(bed, 2, OTHER_ACTIVITY, ONE_COMMAND, NULL);
    assert_int_equal(count(bed, LI), 2);
}

/* A timer weeks later has the causation of the request that set it: the part is news by then. */
static void tells_of_a_part_that_changes_long_after_the_whole(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "COMMUNITY_STAFF", COMMUNITY, NULL);
    sign_up(bed, LI, 1);
    bed_happens(bed, (struct happening){
                         "scheduling.v1.ActivityPublished",
                         "{\"activity\": {\"activityId\": \"" ACTIVITY
                         "\", \"revision\": 2, \"title\": \"义诊\", \"communityId\": \"" COMMUNITY
                         "\"}}",
                         .causation = ONE_COMMAND, .subject = ACTIVITY});
    assert_int_equal(count(bed, LI), 1);
    bed_sql(bed,
            "UPDATE notification.told SET event_time = event_time - interval '2 hours'"
            " WHERE street = '%s'",
            bed->street);
    cancel(bed, 1, ACTIVITY, ONE_COMMAND, NULL);
    assert_int_equal(count(bed, LI), 2);
    bed_assert_title(bed, LI, "2026-07-01 09:00的“义诊”已取消：台风",
                     "\"义诊\" of 2026-07-01 09:00 is cancelled: 台风");
}

static void says_how_many_where_a_rule_has_no_words_for_it(void **state)
{
    struct bed *bed = *state;

    bed_grant(bed, LI, "STREET_STAFF", NULL, NULL);
    for (int i = 0; i < 3; i++)
        bed_happens(bed, (struct happening){"selection.v1.NeedRaised",
                                            "{\"need\": {\"title\": \"停车位\"}}",
                                            .causation = ONE_COMMAND});
    assert_int_equal(count(bed, LI), 1);
    bed_assert_title(bed, LI, "新的需求：停车位（共3项）", "A new need: 停车位 (3 in all)");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(tells_of_ten_dates_that_one_command_cancelled_once),
        TEST(counts_an_event_once_however_often_it_comes),
        TEST(loses_nothing_behind_what_was_read),
        TEST(makes_news_of_what_comes_much_later),
        TEST(tells_whoever_knows_of_the_whole_nothing_of_its_parts),
        TEST(tells_of_a_part_that_changes_long_after_the_whole),
        TEST(says_how_many_where_a_rule_has_no_words_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
