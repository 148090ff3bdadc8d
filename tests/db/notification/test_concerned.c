/* SPDX-License-Identifier: Apache-2.0 */
/* test_concerned.c - whom a change concerns, and that it is told as what it is */
#include "bed_notification.h"

#include <string.h>

#define COMMUNITY "019336a0-0000-7000-8000-0000000000c1"
#define UNIT "019336a0-0000-7000-8000-0000000000a1"
#define OTHER_UNIT "019336a0-0000-7000-8000-0000000000a2"
#define ACTIVITY "019336a0-0000-7000-8000-0000000000b1"
#define RESOURCE "019336a0-0000-7000-8000-0000000000d1"
#define OCCURRENCE "019336a0-0000-7000-8000-0000000000f1"
#define VOLUNTEER "019336a0-0000-7000-8000-000000000001"
#define STAFF "019336a0-0000-7000-8000-000000000002"
#define CONTACT "019336a0-0000-7000-8000-000000000003"
#define OFFICE "019336a0-0000-7000-8000-000000000005"
#define OTHER_CONTACT "019336a0-0000-7000-8000-000000000004"

static long count(struct bed *bed, const char *holder)
{
    return bed_number(
        bed, "SELECT count(*) FROM notification.message WHERE street = '%s' AND holder = '%s'",
        bed->street, holder);
}

static void assert_told(struct bed *bed, const char *rule, const char *const *holders)
{
    for (size_t i = 0; holders[i]; i++)
        if (bed_number(bed,
                       "SELECT count(*) FROM notification.message WHERE street = '%s'"
                       " AND holder = '%s' AND rule = '%s'",
                       bed->street, holders[i], rule) != 1)
            fail_msg("%s did not tell %s once", rule, holders[i]);
}
#define TOLD(rule, ...) assert_told(bed, rule, (const char *const[]){__VA_ARGS__, NULL})

/* A date of an activity of the community and a unit; another unit has the venue. */
static void set_up(struct bed *bed)
{
    bed_grant(bed, STAFF, "COMMUNITY_STAFF", COMMUNITY, NULL);
    bed_grant(bed, CONTACT, "UNIT_CONTACT", NULL, UNIT);
    bed_grant(bed, OTHER_CONTACT, "UNIT_CONTACT", NULL, OTHER_UNIT);
    bed_sql(bed,
            "INSERT INTO notification.sign_up VALUES ('%s', gen_random_uuid(), '" OCCURRENCE
            "', '" VOLUNTEER "', 'SIGNED_UP', 1)",
            bed->street);
    bed_happens(bed,
                (struct happening){"scheduling.v1.ActivityCreated",
                                   "{\"activity\": {\"activityId\": \"" ACTIVITY
                                   "\", \"communityId\": \"" COMMUNITY "\", \"unitIds\": [\"" UNIT
                                   "\"], \"title\": \"义诊\", \"revision\": 1}}"});
    bed_happens(bed, (struct happening){"selection.v1.ResourceOffered",
                                        "{\"resource\": {\"resourceId\": \"" RESOURCE
                                        "\", \"unitId\": \"" OTHER_UNIT
                                        "\", \"name\": \"篮球场\", \"revision\": 1}}"});
    bed_sql(bed, "DELETE FROM notification.message WHERE street = '%s'", bed->street);
}

#define DATE(more)                                                                                 \
    "\"occurrence\": {\"occurrenceId\": \"" OCCURRENCE "\", \"activityId\": \"" ACTIVITY "\","     \
    " \"title\": \"义诊\", \"startTime\": \"2099-07-01T01:00:00Z\", \"endTime\":"                \
    " \"2099-07-01T03:00:00Z\"" more "}"

static void tells_all_whom_a_cancelled_date_concerns(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceCancelled",
                                        "{" DATE("") ", \"reason\": \"台风\"}"});
    TOLD("occurrence_cancelled", VOLUNTEER, STAFF, CONTACT);
    assert_int_equal(count(bed, OTHER_CONTACT), 0);
}

static void tells_all_of_another_venue_and_of_none(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceUpdated",
                                        "{" DATE(", \"resourceId\": \"" RESOURCE
                                                 "\"") ", \"changed\": \"bookingId,resourceId\"}"});
    TOLD("venue_changed", VOLUNTEER, STAFF, CONTACT);
    bed_assert_title(bed, STAFF, "2099-07-01 09:00的“义诊”场地有变，改用篮球场",
                     "\"义诊\" of 2099-07-01 09:00 loses its venue and has 篮球场 instead");
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceUpdated",
                                        "{" DATE("") ", \"changed\": \"resourceId\", \"cause\":"
                                                     " {\"rule\": \"resource_withdrawn\"}}"});
    bed_assert_title(bed, VOLUNTEER, "2099-07-01 09:00的“义诊”场地有变：资源已撤回",
                     "\"义诊\" of 2099-07-01 09:00 loses its venue: the resource was withdrawn");
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceUpdated",
                                        "{" DATE("") ", \"changed\": \"capacity\"}"});
    assert_int_equal(count(bed, VOLUNTEER), 2);
}

/* The owner took the booking back: who comes hears it, as much as who organises. */
static void tells_who_comes_that_the_venue_is_lost(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed,
                (struct happening){"scheduling.v1.OccurrenceUpdated",
                                   "{" DATE(", \"resourceId\": \"" RESOURCE
                                            "\"") ", \"changed\":"
                                                  " \"bookingId\", \"reason\": \"检修\", \"cause\":"
                                                  " {\"rule\": \"booking_cancelled\"}}"});
    TOLD("venue_lost", VOLUNTEER, STAFF, CONTACT);
    bed_assert_title(
        bed, VOLUNTEER, "2099-07-01 09:00的“义诊”原定场地不能使用：预订已取消（检修）",
        "\"义诊\" of 2099-07-01 09:00 loses its venue: the booking is cancelled (检修)");
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceUpdated",
                                        "{" DATE(", \"resourceId\": \"" RESOURCE
                                                 "\", \"bookingId\": \"" RESOURCE
                                                 "\"") ", \"changed\": \"bookingId\"}"});
    TOLD("venue_booked", VOLUNTEER, STAFF, CONTACT);
    bed_assert_title(bed, VOLUNTEER, "2099-07-01 09:00的“义诊”场地已订妥：篮球场",
                     "\"义诊\" of 2099-07-01 09:00 has its venue: 篮球场");
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceUpdated",
                                        "{" DATE(", \"resourceId\": \"" RESOURCE
                                                 "\", \"bookingId\": \"" RESOURCE
                                                 "\"") ", \"changed\": \"resourceId,bookingId\"}"});
    TOLD("venue_changed", VOLUNTEER, STAFF, CONTACT);
    TOLD("venue_booked", VOLUNTEER, STAFF, CONTACT); /* not again */
    assert_int_equal(count(bed, VOLUNTEER), 3);
}

static void tells_whom_somebody_took_out(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed, (struct happening){
                         "scheduling.v1.ActivityUpdated",
                         "{\"activity\": {\"activityId\": \"" ACTIVITY
                         "\", \"revision\": 2, \"title\": \"义诊\", \"unitIds\": [\"" OTHER_UNIT
                         "\"]}, \"changed\": \"unitIds\", \"removedUnitIds\":"
                         " [\"" UNIT "\"]}"});
    TOLD("organiser_removed", CONTACT);
    bed_assert_title(bed, CONTACT, "贵单位不再是活动“义诊”的组织单位",
                     "Your unit is named to organise \"义诊\" no more");
    bed_happens(
        bed, (struct happening){"selection.v1.ProjectUpdated",
                                "{\"project\": {\"title\": \"停车场\", \"unitIds\": [\"" OTHER_UNIT
                                "\"]}, \"changed\": \"unitIds,communityIds\","
                                " \"removedUnitIds\": [\"" UNIT
                                "\"], \"removedCommunityIds\": [\"" COMMUNITY "\"]}"});
    TOLD("project_party_removed", CONTACT, STAFF);
    bed_assert_title(bed, STAFF, "贵方不再是共建项目“停车场”的参与方",
                     "You are no party of the project \"停车场\" any more");
}

#define PLAN(status, more)                                                                         \
    "{\"activity\": {\"activityId\": \"" ACTIVITY "\", \"communityId\": \"" COMMUNITY              \
    "\", \"unitIds\": [\"" UNIT "\"], \"title\": \"义诊\", \"status\": \"" status                  \
    "\", \"revision\": 2}" more "}"
#define FOLLOWED_FROM(rule) ", \"cause\": {\"rule\": \"" rule "\"}"

/* Whoever may refuse has to hear that they were named. */
static void tells_who_is_named_that_they_are(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed,
                (struct happening){"scheduling.v1.ActivityCreated",
                                   "{\"activity\": {\"activityId\": \"" OCCURRENCE
                                   "\", \"communityId\": \"" COMMUNITY "\", \"unitIds\": [\"" UNIT
                                   "\"], \"title\": \"座谈会\", \"revision\": 1}}"});
    TOLD("organiser_named", CONTACT);
    assert_int_equal(count(bed, STAFF), 0);
    bed_happens(bed, (struct happening){"scheduling.v1.ActivityUpdated",
                                        PLAN("DRAFT", ", \"changed\": \"unitIds\"")});
    TOLD("organisers_changed", CONTACT);
    bed_happens(bed,
                (struct happening){"selection.v1.ProjectUpdated",
                                   "{\"project\": {\"title\": \"停车场\", \"unitIds\": [\"" UNIT
                                   "\"], \"communityIds\": [\"" COMMUNITY
                                   "\"]}, \"changed\": \"unitIds,communityIds\"}"});
    TOLD("project_units_changed", CONTACT, STAFF);
    assert_int_equal(count(bed, CONTACT), 3); /* of one event once */
}

static void tells_who_plans_what_the_plan_lost(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed, (struct happening){"scheduling.v1.ActivityUpdated", PLAN("DRAFT", "")});
    bed_happens(bed, (struct happening){"scheduling.v1.ActivityUpdated",
                                        PLAN("PUBLISHED", FOLLOWED_FROM("resource_withdrawn"))});
    assert_int_equal(count(bed, STAFF), 0);
    bed_happens(bed, (struct happening){"scheduling.v1.ActivityUpdated",
                                        PLAN("DRAFT", FOLLOWED_FROM("resource_withdrawn"))});
    TOLD("plan_lost_venue", STAFF, CONTACT);
    bed_happens(bed, (struct happening){"scheduling.v1.ActivityUpdated",
                                        PLAN("PUBLISHED", FOLLOWED_FROM("unit_withdrawn"))});
    TOLD("activity_lost_unit", STAFF, CONTACT);
}

/* What belongs to no community is the office's. */
static void tells_the_office_of_what_the_street_itself_runs(void **state)
{
    static const char *const steps[][2] = {
        {"project_started", "selection.v1.ProjectStarted"},
        {"project_declined", "selection.v1.ProjectDeclined"},
        {"project_completed", "selection.v1.ProjectChanged"},
    };
    struct bed *bed = *state;

    set_up(bed);
    bed_grant(bed, OFFICE, "STREET_STAFF", NULL, NULL);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        bed_happens(
            bed, (struct happening){steps[i][1], bed_json(bed,
                                                          "{'project': {'title': '停车场',"
                                                          " 'unitIds': ['" UNIT "']}%s}",
                                                          i == 2 ? ", 'action': 'COMPLETE'" : "")});
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        TOLD(steps[i][0], OFFICE, CONTACT);
    bed_happens(bed, (struct happening){"scheduling.v1.ActivityPublished",
                                        "{\"activity\": {\"activityId\": \"" OCCURRENCE
                                        "\", \"unitIds\": [\"" UNIT
                                        "\"], \"title\": \"座谈会\", \"revision\": 2}}"});
    TOLD("activity_published", OFFICE, CONTACT);
}

static void tells_the_asker_who_is_no_partner_any_more(void **state)
{
    static const char of_claim[] =
        "{\"claim\": {\"leadUnitId\": \"" UNIT "\"}, \"need\": {\"title\": \"停车位\","
        " \"communityId\": \"" COMMUNITY "\"}, \"reason\": \"忙\"%s}";
    struct bed *bed = *state;

    set_up(bed);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    bed_happens(bed, (struct happening){"selection.v1.ClaimDeclined",
                                        bed_json(bed, of_claim, ", 'unitId': '" OTHER_UNIT "'")});
    TOLD("claim_declined", STAFF, CONTACT);
    bed_happens(bed, (struct happening){"selection.v1.ClaimUpdated",
                                        bed_json(bed, of_claim, FOLLOWED_FROM("unit_withdrawn"))});
#pragma GCC diagnostic pop
    TOLD("claim_shrunk", STAFF, CONTACT);
}

static void tells_of_a_project_what_it_lost_and_whose_need_is_open_again(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed,
                (struct happening){"selection.v1.ProjectUpdated",
                                   "{\"project\": {\"title\": \"停车场\", \"unitIds\": [\"" UNIT
                                   "\"], \"communityId\": \"" COMMUNITY
                                   "\"}" FOLLOWED_FROM("unit_withdrawn") "}"});
    TOLD("project_shrunk", STAFF, CONTACT);
    bed_happens(bed,
                (struct happening){"selection.v1.NeedChanged",
                                   "{\"need\": {\"title\": \"停车位\", \"unitId\": \"" OTHER_UNIT
                                   "\"}, \"action\": \"REOPEN\"" FOLLOWED_FROM("party_left") "}"});
    TOLD("need_reopened", OTHER_CONTACT);
    bed_assert_title(bed, OTHER_CONTACT, "需求“停车位”重新开放认领：项目参与方有变",
                     "The need \"停车位\" is open again: who raised it is no party of the project"
                     " any more");
}

static void tells_nothing_of_a_move_that_changes_nothing(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceMoved",
                                        "{" DATE("") ", \"previousStartTime\":"
                                                     " \"2099-07-01T01:00:00Z\","
                                                     " \"previousEndTime\":"
                                                     " \"2099-07-01T03:00:00Z\"}"});
    assert_int_equal(count(bed, VOLUNTEER) + count(bed, STAFF), 0);
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceMoved",
                                        "{" DATE("") ", \"previousStartTime\":"
                                                     " \"2099-07-01T01:00:00Z\","
                                                     " \"previousEndTime\":"
                                                     " \"2099-07-01T04:00:00Z\"}"});
    bed_assert_title(bed, VOLUNTEER,
                     "2099-07-01 09:00的“义诊”结束时间由2099-07-01 12:00改为2099-07-01 11:00",
                     "\"义诊\" of 2099-07-01 09:00 ends at 2099-07-01 11:00, no more at"
                     " 2099-07-01 12:00");
    bed_happens(bed, (struct happening){"scheduling.v1.OccurrenceMoved",
                                        "{" DATE("") ", \"previousStartTime\":"
                                                     " \"2099-07-01T02:00:00Z\","
                                                     " \"previousEndTime\":"
                                                     " \"2099-07-01T03:00:00Z\"}"});
    TOLD("occurrence_moved", VOLUNTEER, STAFF, CONTACT);
}

#define BOOKING                                                                                    \
    "\"booking\": {\"resourceId\": \"" RESOURCE "\", \"communityId\": \"" COMMUNITY                \
    "\", \"startTime\": \"2099-07-01T01:00:00Z\", \"endTime\": \"2099-07-01T03:00:00Z\"}"

static void tells_whose_the_booked_resource_is(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed, (struct happening){"scheduling.v1.ResourceBooked", "{" BOOKING "}"});
    TOLD("resource_booked", OTHER_CONTACT);
    bed_happens(bed, (struct happening){"scheduling.v1.BookingCancelled",
                                        "{" BOOKING ", \"reason\": \"检修\"}"});
    TOLD("booking_cancelled", OTHER_CONTACT, STAFF);
    assert_int_equal(count(bed, CONTACT), 0);
}

#define CLAIM(action)                                                                              \
    "{\"claim\": {\"leadUnitId\": \"" UNIT "\", \"partnerUnitIds\": [\"" OTHER_UNIT                \
    "\"]}, \"need\": {\"title\": \"停车位\", \"communityId\": \"" COMMUNITY "\"}" action "}"

static void tells_lead_and_partners_of_their_claim(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed, (struct happening){"selection.v1.NeedClaimed", CLAIM("")});
    TOLD("claim_joined", OTHER_CONTACT);
    TOLD("need_claimed", STAFF);
    bed_happens(
        bed, (struct happening){"selection.v1.ClaimChanged", CLAIM(", \"action\": \"APPROVE\"")});
    TOLD("claim_approved", CONTACT, OTHER_CONTACT);
    bed_happens(bed,
                (struct happening){"selection.v1.ClaimChanged", CLAIM(", \"action\": \"ACCEPT\"")});
    TOLD("claim_accepted", CONTACT, OTHER_CONTACT);
}

static void tells_the_members_of_a_project_that_it_ended(void **state)
{
    struct bed *bed = *state;

    set_up(bed);
    bed_happens(bed,
                (struct happening){"selection.v1.ProjectChanged",
                                   "{\"project\": {\"title\": \"停车场\", \"unitIds\": [\"" UNIT
                                   "\"], \"communityIds\": [\"" COMMUNITY
                                   "\"]}, \"action\": \"CANCEL\", \"cause\":"
                                   " {\"rule\": \"unit_withdrawn\"}, \"reason\": \"搬迁\"}"});
    TOLD("project_cancelled", CONTACT, STAFF);
    bed_assert_title(bed, CONTACT, "共建项目“停车场”已取消：单位已退出共建（搬迁）",
                     "The project \"停车场\" is cancelled: the unit has withdrawn (搬迁)");
}

static void tells_who_held_a_role_that_it_is_over(void **state)
{
    static const char revoked[] =
        "{\"roleGrant\": {\"grantId\": \"" ACTIVITY "\", \"holder\": \"" VOLUNTEER
        "\", \"role\": \"ROLE_UNIT_CONTACT\", \"unitId\": \"" UNIT
        "\", \"fromOn\": \"2026-01-01\", \"untilOn\": \"2026-12-31\", \"status\": \"REVOKED\","
        " \"createTime\": \"2026-01-01T00:00:00Z\", \"updateTime\": \"2026-01-01T00:00:00Z\","
        " \"revision\": 2}, \"action\": \"REVOKE\"}";
    struct bed *bed = *state;

    bed_happens(bed, (struct happening){"registry.v1.RoleGrantChanged", revoked});
    TOLD("role_revoked", VOLUNTEER);
    bed_assert_title(bed, VOLUNTEER, "您的一项职责已解除", "A role of yours was revoked");
}

/* The causes that services give (ops/doc/ends.md), and one that only a newer version knows. */
static void puts_no_english_into_chinese(void **state)
{
    static const char *const causes[] = {
        "activity_cancelled", "activity_completed",   "community_dissolved", "dates_cancelled",
        "person_left",        "occurrence_cancelled", "resource_withdrawn",  "unit_withdrawn",
        "zone_changed",       "alliance_ended",       "programme_closed",    "never_heard_of",
    };
    struct bed *bed = *state;

    set_up(bed);
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        bed_happens(bed, (struct happening){
                             "scheduling.v1.OccurrenceCancelled",
                             bed_json(bed, "{%s, 'cause': {'rule': '%s'}}", DATE(""), causes[i])});
    assert_int_equal(count(bed, STAFF), sizeof causes / sizeof *causes);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM notification.message WHERE street = '%s'"
                                " AND (title_zh ~ '[a-z]' OR title_zh !~ '：.')",
                                bed->street),
                     0);
    assert_int_equal(bed_number(bed,
                                "SELECT count(DISTINCT event_id) FROM notification.message"
                                " WHERE street = '%s' AND title_zh LIKE '%%相关事项已变更%%'",
                                bed->street),
                     1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(tells_all_whom_a_cancelled_date_concerns),
        TEST(tells_all_of_another_venue_and_of_none),
        TEST(tells_who_comes_that_the_venue_is_lost),
        TEST(tells_whom_somebody_took_out),
        TEST(tells_who_is_named_that_they_are),
        TEST(tells_who_plans_what_the_plan_lost),
        TEST(tells_the_office_of_what_the_street_itself_runs),
        TEST(tells_the_asker_who_is_no_partner_any_more),
        TEST(tells_of_a_project_what_it_lost_and_whose_need_is_open_again),
        TEST(tells_nothing_of_a_move_that_changes_nothing),
        TEST(tells_whose_the_booked_resource_is),
        TEST(tells_lead_and_partners_of_their_claim),
        TEST(tells_the_members_of_a_project_that_it_ended),
        TEST(tells_who_held_a_role_that_it_is_over),
        TEST(puts_no_english_into_chinese),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
