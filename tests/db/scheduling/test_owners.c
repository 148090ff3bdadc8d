/* SPDX-License-Identifier: Apache-2.0 */
/* test_owners.c - whose conditions hold for whom: owners, organisers that agreed, groups that the
 * registry knows */
#include "bed_scheduling.h"

#include "libcommon/base/mem.h"
#include "registry_community.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_unit.pb-c.h"
#include "scheduling_activity.pb-c.h"
#include "scheduling_service.pb-c.h"

/* A resource for one group, owned by a unit. */
static char *resource_of(struct bed *bed, const char *unit, const char *conditions)
{
    char *id = bed_resource(bed, conditions, "");

    bed_sql(bed, "UPDATE scheduling.resource SET unit_id = '%s' WHERE resource_id = '%s'", unit,
            id);
    return id;
}

static char *booking(struct bed *bed, const char *resource, int days, const char *whose,
                     const char *id, const char *groups)
{
    return bed_json(bed,
                    "{'booking': {'resourceId': '%s', '%s': '%s', 'groups': [%s], 'startTime':"
                    " '%s', 'endTime': '%s'}}",
                    resource, whose, id, groups, bed_instant(bed, days, "09:00:00"),
                    bed_instant(bed, days, "10:00:00"));
}

static void speaks_for_groups_that_the_registry_knows(void **state)
{
    struct bed *bed = *state;
    char *known = bed_unit(bed), *unknown = bed_unit(bed), *community = bed_community(bed);
    char *resource = bed_resource(bed, "{'groups': ['环卫工人']}", "");

    bed_sql(bed, "UPDATE scheduling.unit SET groups = '{环卫工人,交警}' WHERE unit_id = '%s'",
            known);
    bed_ok(bed, "BookResource", booking(bed, resource, 3, "unitId", known, "'环卫工人'"));
    bed_refused(bed, "BookResource", booking(bed, resource, 4, "unitId", unknown, "'环卫工人'"),
                STATUS_FAILED_PRECONDITION, "booking.groups", "groups");
    bed_refused(bed, "BookResource",
                booking(bed, resource, 4, "communityId", community, "'环卫工人'"),
                STATUS_FAILED_PRECONDITION, "booking.groups", "groups");
    bed_refused(bed, "BookResource",
                booking(bed, resource, 4, "unitId", known, "'环卫工人', '快递员'"),
                STATUS_FAILED_PRECONDITION, "booking.groups", "groups");
    bed_ok(bed, "BookResource", booking(bed, resource, 5, "unitId", "", "'环卫工人'"));
}

static void asks_no_owner_to_meet_their_own_conditions(void **state)
{
    struct bed *bed = *state;
    char *owner = bed_unit(bed), *other = bed_unit(bed);
    char *resource = resource_of(bed, owner, "{'groups': ['交警'], 'noticeMinutes': 50000}");

    bed_ok(bed, "BookResource", booking(bed, resource, 2, "unitId", owner, ""));
    bed_refused(bed, "BookResource", booking(bed, resource, 3, "unitId", other, ""),
                STATUS_FAILED_PRECONDITION, "booking.resource_id", "conditions.who");
    bed_refused(bed, "BookResource", booking(bed, resource, 2, "unitId", owner, ""),
                STATUS_FAILED_PRECONDITION, "booking.start_time", "booked");
}

/* By a role that books, held today: another at the other place does not stand in its way. */
static void lets_the_owner_take_a_booking_back_whatever_else_they_are(void **state)
{
    struct bed *bed = *state;
    char *guest = bed_unit(bed), *owner = bed_community(bed);
    char *resource = bed_resource(bed, "{'everyone': true}", "");

    bed_sql(bed, "UPDATE scheduling.resource SET community_id = '%s' WHERE resource_id = '%s'",
            owner, resource);
    bed_grant(bed, "staff", "SHOP", NULL, guest);
    bed_grant(bed, "staff", "COMMUNITY_STAFF", owner, NULL);
    bed_grant(bed, "former", "UNIT_CONTACT", NULL, guest);
    bed_sql(bed,
            "UPDATE scheduling.role_grant SET until_on = current_date - 10 WHERE street = '%s'"
            " AND holder = 'former'",
            bed->street);
    bed_grant(bed, "former", "COMMUNITY_STAFF", owner, NULL);
    static const char *const actors[] = {"staff", "former"};
    for (int i = 0; i < 2; i++) {
        char *id =
            bed_make(bed, "BookResource", booking(bed, resource, 3 + i, "unitId", guest, ""));
        bed_outcome_for(
            bed, actors[i], "ChangeBooking",
            bed_json(bed,
                     "{'bookingId': '%s', 'action': 'CANCEL', 'reason': '检修', 'revision': 1}",
                     id),
            STATUS_OK, "", "");
    }
}

/* ---- activities ---- */

static char *planned(struct bed *bed, const char *community, const char *unit, const char *resource,
                     const char *groups)
{
    return bed_json(bed,
                    "{'activity': {'title': '义诊', 'kind': 'LECTURE', 'communityId': '%s',"
                    " 'unitIds': [%s], 'resourceId': '%s', 'groups': [%s], 'schedule':"
                    " {'firstStartLocal': '%sT09:00:00', 'durationMinutes': 60}}}",
                    community, unit, resource, groups, bed_day(bed, 9));
}

static char *created(struct bed *bed, const char *actor, const char *json)
{
    struct call *call = bed_run(bed, bed_call_for(bed, actor, "CreateActivity", json));

    bed_assert_outcome(call, STATUS_OK, "", "");
    const Scheduling__CreateActivityResponse *response = call->response;
    char *id = mem_text(bed->slot.parent, response->activity->activity_id);
    bed_free(call);
    return id;
}

static char *step(struct bed *bed, const char *id, int revision)
{
    return bed_json(bed, "{'activityId': '%s', 'action': 'PUBLISH', 'revision': %d}", id, revision);
}

static char *answer(struct bed *bed, const char *id, const char *unit, const char *said,
                    const char *reason, int revision)
{
    return bed_json(bed,
                    "{'activityId': '%s', 'unitId': '%s', 'answer': '%s', 'reason': '%s',"
                    " 'revision': %d}",
                    id, unit, said, reason, revision);
}

static void counts_organisers_as_users_once_they_agreed(void **state)
{
    static const char only[] = "{'unitIds': ['%s']}";
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *other = bed_unit(bed), *community = bed_community(bed);
    const char *conditions[] = {bed_json(bed, only, unit), "{'noticeMinutes': 500000}"};

    bed_grant(bed, "staff", "COMMUNITY_STAFF", community, NULL);
    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, unit);
    bed_grant(bed, "other", "UNIT_CONTACT", NULL, other);
    for (int i = 0; i < 2; i++) {
        char *resource = resource_of(bed, i ? unit : other, conditions[i]);
        char *id = created(bed, "staff",
                           planned(bed, community, bed_json(bed, "'%s'", unit), resource, ""));
        bed_outcome_for(bed, "staff", "ChangeActivity", step(bed, id, 1),
                        STATUS_FAILED_PRECONDITION, "action", "conditions.who");
        bed_outcome_for(bed, "other", "AnswerActivity", answer(bed, id, unit, "AGREE", "", 1),
                        STATUS_PERMISSION_DENIED, "unit_id", "reach");
        bed_outcome_for(bed, "contact", "AnswerActivity", answer(bed, id, unit, "AGREE", "", 1),
                        STATUS_OK, "", "");
        bed_outcome_for(bed, "staff", "ChangeActivity", step(bed, id, 2), STATUS_OK, "", "");
    }
}

static void agrees_for_no_other_unit_than_that_which_answers(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *other = bed_unit(bed), *community = bed_community(bed);
    char *units = bed_json(bed, "'%s', '%s'", unit, other);

    bed_grant(bed, "staff", "COMMUNITY_STAFF", community, NULL);
    char *id = created(bed, "staff", planned(bed, community, units, "", ""));
    /* the street answers for any */
    bed_ok(bed, "AnswerActivity", answer(bed, id, unit, "AGREE", "", 1));
    assert_string_equal(bed_column(bed, "activity", id, "agreed_unit_ids"),
                        mem_printf(bed->slot.parent, "{%s}", unit));
    bed_ok(bed, "AnswerActivity", answer(bed, id, other, "AGREE", "", 2));
    assert_string_equal(bed_column(bed, "activity", id, "agreed_unit_ids"),
                        mem_printf(bed->slot.parent, "{%s,%s}", unit, other));
}

/* What it agreed to stands, but it uses nothing meanwhile. */
static void counts_no_organiser_that_is_suspended(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *owner = bed_unit(bed);
    char *resource = resource_of(bed, owner, bed_json(bed, "{'unitIds': ['%s']}", unit));
    char *id = bed_make(bed, "CreateActivity",
                        planned(bed, "", bed_json(bed, "'%s'", unit), resource, ""));

    bed_publish(bed, id, STATUS_OK, "", "");
    char *date = bed_occurrence(bed, id, 0);
    bed_ok(bed, "ChangeBooking",
           bed_json(bed, "{'bookingId': '%s', 'action': 'CANCEL', 'reason': '检修', 'revision': 1}",
                    bed_column(bed, "occurrence", date, "booking_id")));
    char *again = bed_json(bed, "{'occurrenceId': '%s', 'revision': 2}", date);
    bed_sql(bed, "UPDATE scheduling.unit SET status = 'SUSPENDED' WHERE unit_id = '%s'", unit);
    bed_refused(bed, "RebookOccurrence", again, STATUS_FAILED_PRECONDITION, "resource_id",
                "conditions.who");
    bed_sql(bed, "UPDATE scheduling.unit SET status = 'SIGNED' WHERE unit_id = '%s'", unit);
    bed_ok(bed, "RebookOccurrence", again);
}

static void asks_of_a_draft_only_for_organisers_named_anew(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *other = bed_unit(bed), *third = bed_unit(bed);
    static const char update[] = "{'activity': {'activityId': '%s', 'unitIds': ['%s', '%s'],"
                                 " 'revision': %d}, 'updateMask': 'unitIds'}";
    char *id =
        bed_make(bed, "CreateActivity", planned(bed, "", bed_json(bed, "'%s'", unit), "", ""));

    bed_sql(bed, "UPDATE scheduling.unit SET status = 'SUSPENDED' WHERE unit_id IN ('%s', '%s')",
            unit, third);
    bed_ok(bed, "UpdateActivity", bed_json(bed, update, id, unit, other, 1));
    bed_refused(bed, "UpdateActivity", bed_json(bed, update, id, unit, third, 2), STATUS_NOT_FOUND,
                "activity.unit_ids", "exists");
}

/* Events ActivityUpdated that name this unit. */
static int updates_with(struct bed *bed, const char *unit)
{
    return (int)bed_number(bed,
                           "SELECT count(*) FROM scheduling.journal WHERE street = '%s' AND type"
                           " LIKE '%%.ActivityUpdated' AND position('%s'::bytea IN data) > 0",
                           bed->street, unit);
}

static void says_whom_somebody_took_out(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *other = bed_unit(bed);
    static const char update[] = "{'activity': {'activityId': '%s', 'unitIds': ['%s'],"
                                 " 'title': '%s', 'revision': %d}, 'updateMask': 'unitIds,title'}";
    char *id = bed_make(bed, "CreateActivity",
                        planned(bed, "", bed_json(bed, "'%s', '%s'", unit, other), "", ""));

    bed_ok(bed, "UpdateActivity", bed_json(bed, update, id, unit, "义诊", 1));
    assert_int_equal(updates_with(bed, other), 1); /* as one that was removed */
    bed_ok(bed, "UpdateActivity", bed_json(bed, update, id, unit, "义诊二", 2));
    assert_int_equal(updates_with(bed, other), 1);
}

static void says_once_that_a_unit_agreed(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *community = bed_community(bed);

    bed_grant(bed, "staff", "COMMUNITY_STAFF", community, NULL);
    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, unit);
    char *id = created(bed, "staff", planned(bed, community, bed_json(bed, "'%s'", unit), "", ""));
    for (int i = 0; i < 2; i++) /* as a click too many does */
        bed_outcome_for(bed, "contact", "AnswerActivity",
                        answer(bed, id, unit, "AGREE", "", 1 + (i > 0)), STATUS_OK, "", "");
    assert_int_equal(bed_events(bed, "ActivityAnswered"), 1);
    assert_string_equal(bed_column(bed, "activity", id, "revision"), "2");
}

static void agrees_with_no_unit_that_is_suspended(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *community = bed_community(bed);

    bed_grant(bed, "staff", "COMMUNITY_STAFF", community, NULL);
    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, unit);
    char *id = created(bed, "staff", planned(bed, community, bed_json(bed, "'%s'", unit), "", ""));
    bed_sql(bed, "UPDATE scheduling.unit SET status = 'SUSPENDED' WHERE unit_id = '%s'", unit);
    bed_outcome_for(bed, "contact", "AnswerActivity", answer(bed, id, unit, "AGREE", "", 1),
                    STATUS_FAILED_PRECONDITION, "unit_id", "unit_status");
    bed_outcome_for(bed, "contact", "AnswerActivity", answer(bed, id, unit, "DECLINE", "忙", 1),
                    STATUS_OK, "", "");
}

/* Whatever revision one guesses, a draft answers as what is not there. */
static void tells_no_other_unit_that_there_is_a_draft(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *other = bed_unit(bed), *community = bed_community(bed);

    bed_grant(bed, "staff", "COMMUNITY_STAFF", community, NULL);
    bed_grant(bed, "other", "UNIT_CONTACT", NULL, other);
    char *id = created(bed, "staff", planned(bed, community, bed_json(bed, "'%s'", unit), "", ""));
    for (int revision = 1; revision < 3; revision++)
        bed_outcome_for(bed, "other", "AnswerActivity",
                        answer(bed, id, other, "AGREE", "", revision), STATUS_NOT_FOUND,
                        "activity_id", "exists");
    bed_publish(bed, id, STATUS_OK, "", "");
    bed_outcome_for(bed, "other", "AnswerActivity", answer(bed, id, other, "AGREE", "", 2),
                    STATUS_NOT_FOUND, "unit_id", "organiser");
}

static void lets_an_organiser_decline(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *community = bed_community(bed);

    bed_grant(bed, "staff", "COMMUNITY_STAFF", community, NULL);
    bed_grant(bed, "contact", "UNIT_CONTACT", NULL, unit);
    char *id = created(bed, "staff", planned(bed, community, bed_json(bed, "'%s'", unit), "", ""));
    bed_outcome_for(bed, "contact", "AnswerActivity", answer(bed, id, unit, "DECLINE", "", 1),
                    STATUS_INVALID_ARGUMENT, "reason", "required");
    bed_outcome_for(bed, "contact", "AnswerActivity", answer(bed, id, unit, "DECLINE", "忙", 1),
                    STATUS_OK, "", "");
    assert_string_equal(bed_column(bed, "activity", id, "unit_ids"), "{}");
    bed_outcome_for(bed, "contact", "AnswerActivity", answer(bed, id, unit, "AGREE", "", 2),
                    STATUS_NOT_FOUND, "activity_id", "exists");
    /* who may answer for a unit need not ask it */
    char *streets =
        bed_make(bed, "CreateActivity", planned(bed, "", bed_json(bed, "'%s'", unit), "", ""));
    assert_string_equal(bed_column(bed, "activity", streets, "agreed_unit_ids = unit_ids"), "true");
}

static void tell_unit_groups(struct bed *bed, const char *id, char **groups, size_t count)
{
    Registry__Unit unit = REGISTRY__UNIT__INIT;
    Registry__UnitUpdated updated = REGISTRY__UNIT_UPDATED__INIT;
    const ProtobufCMessage *const events[] = {&updated.base, NULL};

    unit.unit_id = (char *)id;
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK;
    unit.status = REGISTRY__UNIT_STATUS__UNIT_STATUS_SIGNED;
    unit.groups = groups;
    unit.n_groups = count;
    unit.revision = 2;
    updated.unit = &unit;
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
}

static void tell_community_groups(struct bed *bed, const char *id, char **groups, size_t count)
{
    Registry__Community community = REGISTRY__COMMUNITY__INIT;
    Registry__CommunityUpdated updated = REGISTRY__COMMUNITY_UPDATED__INIT;
    const ProtobufCMessage *const events[] = {&updated.base, NULL};

    community.community_id = (char *)id;
    community.status = REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_ACTIVE;
    community.groups = groups;
    community.n_groups = count;
    community.revision = 2;
    updated.community = &community;
    assert_int_equal(bed_follow(bed, "registry", events), STATUS_OK);
}

static void hears_of_groups_by_the_registrys_journal(void **state)
{
    struct bed *bed = *state;
    char *unit = bed_unit(bed), *community = bed_community(bed);
    char *resource = bed_resource(bed, "{'groups': ['环卫工人']}", "");
    char *groups[] = {(char *)"交警", (char *)"环卫工人"};
    const char *of_unit = booking(bed, resource, 3, "unitId", unit, "'环卫工人'");
    const char *of_community = booking(bed, resource, 4, "communityId", community, "'环卫工人'");

    bed_refused(bed, "BookResource", of_unit, STATUS_FAILED_PRECONDITION, "booking.groups",
                "groups");
    bed_refused(bed, "BookResource", of_community, STATUS_FAILED_PRECONDITION, "booking.groups",
                "groups");
    tell_unit_groups(bed, unit, groups, 2);
    tell_community_groups(bed, community, groups, 2);
    bed_ok(bed, "BookResource", of_unit);
    bed_ok(bed, "BookResource", of_community);
}

/* What the registry says when something is booked counts, not what it said when it was planned. */
static void speaks_for_groups_as_long_as_the_registry_says_so(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed);
    char *resource = bed_resource(bed, "{'groups': ['快递员']}", "");

    bed_sql(bed, "UPDATE scheduling.community SET groups = '{快递员}' WHERE community_id = '%s'",
            community);
    char *plan = bed_make(bed, "CreateActivity", planned(bed, community, "", "", "'快递员'"));
    char *id = bed_make(bed, "CreateActivity", planned(bed, community, "", resource, "'快递员'"));
    bed_publish(bed, id, STATUS_OK, "", "");
    bed_sql(bed, "UPDATE scheduling.community SET groups = '{}' WHERE community_id = '%s'",
            community);
    char *date = bed_occurrence(bed, id, 0);
    assert_string_equal(
        bed_column(bed, "booking", bed_column(bed, "occurrence", date, "booking_id"), "status"),
        "BOOKED"); /* what stands is used */
    bed_publish(bed, plan, STATUS_FAILED_PRECONDITION, "action", "groups");
    bed_ok(bed, "ChangeBooking",
           bed_json(bed, "{'bookingId': '%s', 'action': 'CANCEL', 'reason': '检修', 'revision': 1}",
                    bed_column(bed, "occurrence", date, "booking_id")));
    char *again = bed_json(bed, "{'occurrenceId': '%s', 'revision': 2}", date);
    bed_refused(bed, "RebookOccurrence", again, STATUS_FAILED_PRECONDITION, "occurrence_id",
                "groups");
    /* and there is a way on */
    bed_refused(bed, "UpdateActivity",
                bed_json(bed,
                         "{'activity': {'activityId': '%s', 'groups': ['交警'], 'revision': 2},"
                         " 'updateMask': 'groups'}",
                         id),
                STATUS_FAILED_PRECONDITION, "activity.groups", "groups");
    bed_ok(bed, "UpdateActivity",
           bed_json(bed,
                    "{'activity': {'activityId': '%s', 'revision': 2}, 'updateMask': 'groups'}",
                    id));
    bed_sql(bed,
            "UPDATE scheduling.resource SET conditions = $${\"everyone\": true}$$"
            " WHERE resource_id = '%s'",
            resource);
    bed_ok(bed, "RebookOccurrence", again);
}

static void takes_place_for_the_groups_that_it_names(void **state)
{
    struct bed *bed = *state;
    char *community = bed_community(bed);
    char *resource = bed_resource(bed, "{'groups': ['快递员']}", "");

    bed_refused(bed, "CreateActivity", planned(bed, community, "", resource, "'快递员'"),
                STATUS_FAILED_PRECONDITION, "activity.groups", "groups");
    bed_sql(bed, "UPDATE scheduling.community SET groups = '{快递员}' WHERE community_id = '%s'",
            community);
    char *id = bed_make(bed, "CreateActivity", planned(bed, community, "", resource, "'快递员'"));
    bed_publish(bed, id, STATUS_OK, "", "");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM scheduling.booking WHERE resource_id = '%s'"
                                " AND groups = '{快递员}'",
                                resource),
                     1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(speaks_for_groups_that_the_registry_knows),
        TEST(asks_no_owner_to_meet_their_own_conditions),
        TEST(lets_the_owner_take_a_booking_back_whatever_else_they_are),
        TEST(counts_organisers_as_users_once_they_agreed),
        TEST(agrees_for_no_other_unit_than_that_which_answers),
        TEST(counts_no_organiser_that_is_suspended),
        TEST(asks_of_a_draft_only_for_organisers_named_anew),
        TEST(says_whom_somebody_took_out),
        TEST(says_once_that_a_unit_agreed),
        TEST(hears_of_groups_by_the_registrys_journal),
        TEST(agrees_with_no_unit_that_is_suspended),
        TEST(tells_no_other_unit_that_there_is_a_draft),
        TEST(lets_an_organiser_decline),
        TEST(speaks_for_groups_as_long_as_the_registry_says_so),
        TEST(takes_place_for_the_groups_that_it_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
