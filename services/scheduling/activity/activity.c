/* SPDX-License-Identifier: Apache-2.0 */
/* activity.c - the tables of activity.h */
#include "services/scheduling/activity/activity.h"

#include <string.h>

#include "libcommon/base/ids.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/method/authority.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/parties.h"

#define STATUS(name) SCHEDULING__ACTIVITY_STATUS__ACTIVITY_STATUS_##name
#define ACTION(name) SCHEDULING__ACTIVITY_ACTION__ACTIVITY_ACTION_##name

enum {
    DURATION_MINUTES_MAX = 10080, /* a week */
    PEOPLE_MAX = 10000,
    OPENS_DAYS_MAX = 365,
    CLOSES_MINUTES_MAX = 43200, /* thirty days */
    DAY_MINUTES = 24 * 60,
};

static const struct rule schedule_rules[] = {
    RULE_MUST(first_start_local, "local_time", recurrence_is_local),
    RULE_INT(duration_minutes, 1, DURATION_MINUTES_MAX),
    RULE_IF_SET(rrule, "rrule", recurrence_is_valid),
    RULES_END,
};

/* clang-format off */
#define CHANGEABLE                                                                                 \
    RULE_TEXT(title, 1, 120),                                                                      \
    RULE_LONG_TEXT(description, 0, 2000),                                                               \
    RULE_ENUM(kind),                                                                               \
    RULE_UUID_SET(unit_ids, 0, 20),                                                                \
    RULE_UUID_IF_SET(project_id),                                                                  \
    RULE_UUID_IF_SET(resource_id),                                                                 \
    RULE_MESSAGE(schedule, schedule_rules),                                                        \
    RULE_INT(capacity, 0, PEOPLE_MAX),                                                             \
    RULE_INT(waitlist, 0, PEOPLE_MAX),                                                             \
    RULE_INT(sign_up_opens_days, 0, OPENS_DAYS_MAX),                                               \
    RULE_INT(sign_up_closes_minutes, 0, CLOSES_MINUTES_MAX),                                       \
    RULE_TEXTS(groups, 0, 20, 40)
/* clang-format on */

const struct rule activity_rules[] = {CHANGEABLE, RULES_END};
const struct rule activity_created_rules[] = {RULE_UUID_IF_SET(community_id), CHANGEABLE,
                                              RULES_END};

static const struct transition transitions[] = {
    {STATUS(DRAFT), ACTION(PUBLISH), STATUS(PUBLISHED), MAY_WRITE_ACTIVITY, false,
     "its dates stand and its resource is booked"},
    {STATUS(PUBLISHED), ACTION(START), STATUS(ONGOING), NOBODY, false,
     "its first occurrence began"},
    {STATUS(PUBLISHED), ACTION(COMPLETE), STATUS(COMPLETED), NOBODY, false,
     "none of its occurrences is left"},
    {STATUS(ONGOING), ACTION(COMPLETE), STATUS(COMPLETED), MAY_WRITE_ACTIVITY, false,
     "its last occurrence is over, or the series ends here"},
    {STATUS(DRAFT), ACTION(CANCEL), STATUS(CANCELLED), MAY_WRITE_ACTIVITY, true, "given up"},
    {STATUS(PUBLISHED), ACTION(CANCEL), STATUS(CANCELLED), MAY_WRITE_ACTIVITY, true, "called off"},
    {STATUS(ONGOING), ACTION(CANCEL), STATUS(CANCELLED), MAY_WRITE_ACTIVITY, true,
     "called off; what was held stands"},
    {0},
};

const struct life_cycle activity_life_cycle = {
    .table = transitions,
    .statuses = &scheduling__activity_status__descriptor,
    .actions = &scheduling__activity_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(activity_id),
    COLUMN(title),
    COLUMN(description),
    COLUMN(kind),
    NULLABLE(community_id, uuid),
    COLUMN(unit_ids),
    NULLABLE(project_id, uuid),
    NULLABLE(resource_id, uuid),
    COLUMN(schedule),
    COLUMN(capacity),
    COLUMN(waitlist),
    COLUMN(sign_up_opens_days),
    COLUMN(sign_up_closes_minutes),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    COLUMN(groups),
    COLUMN(agreed_unit_ids),
    {0},
};

OBJECT(activity, scheduling__activity__descriptor, .noun = "activity", .id = "activity_id",
       .table = "scheduling.activity", .columns = columns, .life_cycle = &activity_life_cycle);

SHARED_STATEMENT(place_of_activity,
                 .sql = "SELECT coalesce(community_id::text, '') AS community_id"
                        " FROM scheduling.activity WHERE {key}",
                 .object = &activity_object);

/* ---- what fields must be to each other ---- */

enum status activity_check_schedule(struct call *call, const Scheduling__Schedule *schedule)
{
    char first[LOCAL_CHARS + 1];
    struct recurrence *recurrence =
        recurrence_new(call, schedule->rrule, schedule->first_start_local);

    if (!recurrence || !recurrence_next(recurrence, first))
        return call_fail(call, STATUS_INVALID_ARGUMENT, "activity.schedule.rrule", "no_dates",
                         "the rule yields no date");
    if (strcmp(first, schedule->first_start_local) == 0)
        return STATUS_OK;
    (void)!call_fail(call, STATUS_INVALID_ARGUMENT, "activity.schedule.first_start_local",
                     "first_of_rule", "the rule yields %s first", first);
    return call_add_param(call, (struct violation_param){"first", .text = mem_text(call, first)});
}

enum status activity_check_sign_up(struct call *call, const Scheduling__Activity *activity)
{
    if (activity->sign_up_opens_days > 0 &&
        activity->sign_up_closes_minutes >= activity->sign_up_opens_days * DAY_MINUTES)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "activity.sign_up_closes_minutes", "order",
                         "sign-up closes before it opens");
    return STATUS_OK;
}

/* ---- references ---- */

SHARED_STATEMENT(activity_community,
                 COMMUNITY_TAKES_PART(activity, STATUS_NOT_FOUND, "activity.community_id", "exists",
                                      "no such community takes part in this street"));

/* Those that it names already are looked at when it is published. */
SHARED_STATEMENT(activity_units,
                 .sql = "SELECT 1 WHERE NOT EXISTS (SELECT FROM unnest(:unit_ids::uuid[]) n (id)"
                        " WHERE NOT coalesce((SELECT n.id = ANY(a.unit_ids)"
                        " FROM scheduling.activity a WHERE a.street = :street"
                        " AND a.activity_id = nullif(:activity_id, '')::uuid), false)"
                        " AND NOT EXISTS (SELECT FROM scheduling.unit u WHERE u.street = :street"
                        " AND u.unit_id = n.id AND u." IS_PRESENT "))",
                 .of = &scheduling__activity__descriptor,
                 .one_row = {STATUS_NOT_FOUND, "activity.unit_ids", "exists",
                             "not all of them take part in this street"});

SHARED_STATEMENT(activity_resource,
                 .sql = "SELECT 1 WHERE :resource_id = '' OR EXISTS"
                        " (SELECT FROM scheduling.resource WHERE street = :street"
                        " AND resource_id = nullif(:resource_id, '')::uuid"
                        " AND status <> 'WITHDRAWN')",
                 .of = &scheduling__activity__descriptor,
                 .one_row = {STATUS_NOT_FOUND, "activity.resource_id", "exists",
                             "no such resource is offered in this street"});

SHARED_STATEMENT(activity_groups, ACTIVITY_SPEAKS_FOR_GROUPS("activity.groups"));

/* ---- who organises it ---- */

void activity_ask_organisers(struct call *call, Scheduling__Activity *activity)
{
    char **agreed = mem_array(call, char *, activity->n_unit_ids + 1);
    size_t count = 0;

    for (size_t i = 0; i < activity->n_unit_ids; i++) {
        char *id = activity->unit_ids[i];
        const struct spot spot = {"", id, "", BUS__ROLE__ROLE_UNSPECIFIED, ""};
        if (ids_have(activity->agreed_unit_ids, activity->n_agreed_unit_ids, id) ||
            authority_may_at(call, MAY_ANSWER_ACTIVITY, &spot))
            agreed[count++] = id;
    }
    activity->agreed_unit_ids = agreed;
    activity->n_agreed_unit_ids = count;
}

/* ---- what follows from its steps ---- */

enum status activity_say_changed(struct call *call, Scheduling__Activity *activity,
                                 Scheduling__ActivityAction action, const char *reason)
{
    Scheduling__ActivityChanged event = SCHEDULING__ACTIVITY_CHANGED__INIT;

    event.activity = activity;
    event.action = action;
    event.reason = (char *)reason;
    return journal_append(call, activity->activity_id, &event.base);
}

SHARED_STATEMENT(activity_rest,
                 .sql = "SELECT {columns} FROM scheduling.occurrence WHERE street = :street"
                        " AND activity_id = :activity_id AND status = 'SCHEDULED'"
                        " AND start_time > :update_time ORDER BY original_start_local",
                 .object = &occurrence_object, .of = &scheduling__activity__descriptor);
