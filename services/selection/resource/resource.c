/* SPDX-License-Identifier: Apache-2.0 */
/* resource.c - the tables of resource.h, and the versions that are kept */
#include "services/selection/resource/resource.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/recurrence.h"
#include "libcommon/base/text.h"
#include "services/selection/parties.h"

#define STATUS(name) SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_##name
#define ACTION(name) SELECTION__RESOURCE_ACTION__RESOURCE_ACTION_##name

enum {
    NOTICE_MINUTES_MAX = 525600, /* a year */
    LONGEST_MINUTES_MAX = 10080, /* a week */
};

/* "HH:MM", "00:00" to "24:00". */
static bool is_time_of_day(const char *text)
{
    static const char digits[] = "0123456789";

    return strlen(text) == 5 && strspn(text, digits) == 2 && text[2] == ':' &&
           strspn(text + 3, digits) == 2 && text[3] <= '5' && strcmp(text, "24:00") <= 0;
}

static bool is_start_of_day(const char *text)
{
    return is_time_of_day(text) && strcmp(text, "24:00") != 0;
}

static const struct rule opening_window_rules[] = {
    RULE_MUST(rrule, "rrule", recurrence_is_valid),
    RULE_MUST(from, "time_of_day", is_start_of_day),
    RULE_MUST(until, "time_of_day", is_time_of_day),
    RULE_DATE_IF_SET(first_on),
    RULES_END,
};

static const struct rule opening_rules[] = {
    RULE_MESSAGES(windows, 0, 20, opening_window_rules),
    RULES_END,
};

static const struct rule conditions_rules[] = {
    RULE_ANY(everyone),
    RULE_UUID_SET(community_ids, 0, 50),
    RULE_UUID_SET(unit_ids, 0, 50),
    RULE_TEXTS(groups, 0, 20, 40),
    RULE_INT(notice_minutes, 0, NOTICE_MINUTES_MAX),
    RULE_INT(longest_minutes, 0, LONGEST_MINUTES_MAX),
    RULE_INT(often_times, 0, 1000),
    RULE_INT(often_days, 0, 366),
    RULE_LONG_TEXT(duty, 0, 500),
    RULES_END,
};

/* clang-format off */
#define CHANGEABLE                                                                                 \
    RULE_TEXT(name, 1, 120),                                                                       \
    RULE_ENUM(category),                                                                           \
    RULE_INT(capacity, 0, 100000),                                                                 \
    RULE_MESSAGE_IF_SET(opening, opening_rules),                                                   \
    RULE_MESSAGE(conditions, conditions_rules)
/* clang-format on */

const struct rule resource_rules[] = {CHANGEABLE, RULES_END};
const struct rule resource_offered_rules[] = {RULE_UUID_IF_SET(community_id),
                                              RULE_UUID_IF_SET(unit_id), CHANGEABLE, RULES_END};

static const struct db_violation violations[] = {
    {"resource_name_key", STATUS_ALREADY_EXISTS, "resource.name", "unique_for_owner",
     "its owner has another resource of this name"},
    {"resource_name_key_key", STATUS_ALREADY_EXISTS, "resource.name", "unique_for_owner",
     "its owner has another resource of this name, but for case, width or what is invisible"},
    {"resource_owner", STATUS_INVALID_ARGUMENT, "resource.unit_id", "one_owner",
     "it belongs to a community or to a unit, not to both"},
    {"resource_opening", STATUS_INVALID_ARGUMENT, "resource.opening.windows", "order",
     "a window ends when it begins: say 00:00 to 24:00 for a whole day"},
    {"resource_everyone", STATUS_INVALID_ARGUMENT, "resource.conditions.everyone", "everyone",
     "who may use it is everyone, or those of the lists"},
    {"resource_often", STATUS_INVALID_ARGUMENT, "resource.conditions.often_days", "often",
     "often_times and often_days belong together"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(OFFERED), ACTION(PAUSE), STATUS(PAUSED), MAY_OFFER_RESOURCE, true,
     "not to be booked for now"},
    {STATUS(PAUSED), ACTION(RESUME), STATUS(OFFERED), MAY_OFFER_RESOURCE, false,
     "can be booked again"},
    {ANY_STATUS, ACTION(WITHDRAW), STATUS(WITHDRAWN), MAY_OFFER_RESOURCE, true,
     "final; its name becomes free"},
    {0},
};

const struct life_cycle resource_life_cycle = {
    .table = transitions,
    .statuses = &selection__resource_status__descriptor,
    .actions = &selection__resource_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(resource_id),
    NULLABLE(community_id, uuid),
    NULLABLE(unit_id, uuid),
    KEYED(name),
    COLUMN(category),
    COLUMN(capacity),
    COLUMN(opening),
    COLUMN(conditions),
    COLUMN(conditions_version),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(resource, selection__resource__descriptor, .noun = "resource", .id = "resource_id",
       .table = "selection.resource", .columns = columns, .violations = violations,
       .life_cycle = &resource_life_cycle);

/* ---- opening windows ---- */

static enum status fail_window(struct call *call, enum status status, size_t window,
                               const char *field, const char *rule, const char *message)
{
    return call_fail(call, status,
                     mem_printf(call, "resource.opening.windows[%zu].%s", window, field), rule,
                     "%s", message);
}

enum status resource_check_opening(struct call *call, const Selection__Opening *opening)
{
    for (size_t i = 0; opening && i < opening->n_windows; i++) {
        const Selection__OpeningWindow *window = opening->windows[i];
        if (recurrence_counts(window->rrule))
            return fail_window(call, STATUS_INVALID_ARGUMENT, i, "rrule", "no_count",
                               "the days of a window are not counted: say UNTIL");
        if (!window->first_on[0] && recurrence_needs_first(window->rrule))
            return fail_window(call, STATUS_INVALID_ARGUMENT, i, "first_on", "required",
                               "the rule's days depend on the first of them: name it");
        if (!recurrence_has_any(window->rrule, window->first_on))
            return fail_window(call, STATUS_INVALID_ARGUMENT, i, "rrule", "never",
                               "no day is one of the rule: it never opens");
    }
    return STATUS_OK;
}

enum status resource_check_ends(struct call *call, const Selection__Opening *opening)
{
    for (size_t i = 0; opening && i < opening->n_windows; i++)
        if (recurrence_is_over(opening->windows[i]->rrule, call->now->seconds))
            return fail_window(call, STATUS_FAILED_PRECONDITION, i, "rrule", "past",
                               "the window's UNTIL is past");
    return STATUS_OK;
}

/* ---- whom its conditions name ---- */

#define IDS(list) "jsonb_array_elements_text(coalesce(:conditions::jsonb -> '" list "', '[]'))"
STATEMENT(resource_conditions_communities,
          COMMUNITIES_NAMED_ANEW(resource, IDS("communityIds"),
                                 "o.conditions -> 'communityIds' ? n.id",
                                 "resource.conditions.community_ids"));
STATEMENT(resource_conditions_units,
          UNITS_NAMED_ANEW(resource, IDS("unitIds"), "o.conditions -> 'unitIds' ? n.id",
                           "resource.conditions.unit_ids"));

void resource_check_users(struct call *call, const Selection__Resource *resource)
{
    db_do(call, &resource_conditions_communities, &resource->base);
    db_do(call, &resource_conditions_units, &resource->base);
}

/* ---- versions ---- */

STATEMENT(resource_insert_version,
          .sql = "INSERT INTO selection.resource_version"
                 " (street, version_id, resource_id, version, opening, conditions, create_time)"
                 " VALUES (:street, :version_id, :resource_id, :version, :opening, :conditions,"
                 " :create_time)",
          .of = &selection__resource_version__descriptor);

void resource_keep_version(struct call *call, const Selection__Resource *resource)
{
    Selection__ResourceVersion version = SELECTION__RESOURCE_VERSION__INIT;

    version.version_id = call_new_id(call);
    version.resource_id = resource->resource_id;
    version.version = resource->conditions_version;
    version.opening = resource->opening;
    version.conditions = resource->conditions;
    version.create_time = resource->update_time;
    db_do(call, &resource_insert_version, &version.base);
}

SHARED_STATEMENT(place_of_resource,
                 .sql = "SELECT community_id, unit_id FROM selection.resource"
                        " WHERE street = :street AND resource_id = :resource_id");

const char *const resource_users[] = {"resource.conditions.community_ids",
                                      "resource.conditions.unit_ids", NULL};
