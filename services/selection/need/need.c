/* SPDX-License-Identifier: Apache-2.0 */
/* need.c - the tables of need.h */
#include "services/selection/need/need.h"

#include "libcommon/service/database/convert.h"

#define STATUS(name) SELECTION__NEED_STATUS__NEED_STATUS_##name
#define ACTION(name) SELECTION__NEED_ACTION__NEED_ACTION_##name

/* clang-format off */
#define CHANGEABLE                                                                                 \
    RULE_TEXT(title, 1, 120),                                                                      \
    RULE_LONG_TEXT(description, 0, 2000),                                                               \
    RULE_ENUM(category),                                                                           \
    RULE_INT(quantity, 1, 100000),                                                                 \
    RULE_DATE(wanted_from_on),                                                                     \
    RULE_DATE(wanted_to_on),                                                                       \
    RULE_ENUM(priority),                                                                           \
    RULE_DATE_IF_SET(deadline_on)
/* clang-format on */

const struct rule need_rules[] = {CHANGEABLE, RULES_END};
const struct rule need_raised_rules[] = {RULE_UUID_IF_SET(community_id), RULE_UUID_IF_SET(unit_id),
                                         CHANGEABLE, RULES_END};

static const struct db_violation violations[] = {
    {"need_owner", STATUS_INVALID_ARGUMENT, "need.unit_id", "one_owner",
     "a community or a unit asks, not both"},
    {"need_window", STATUS_INVALID_ARGUMENT, "need.wanted_to_on", "order",
     "the last day is before the first one"},
    {0},
};

/* Claims and projects move a need, so most steps are nobody's. */
static const struct transition transitions[] = {
    {STATUS(OPEN), ACTION(CALL_OFF), STATUS(CALLED_OFF), MAY_RAISE_NEED, true,
     "final; no longer wanted"},
    {STATUS(OPEN), ACTION(CLAIM), STATUS(CLAIMED), NOBODY, false, "a unit claimed it"},
    {STATUS(OPEN), ACTION(BEGIN), STATUS(IN_PROGRESS), NOBODY, false, "a project grew from it"},
    {STATUS(CLAIMED), ACTION(BEGIN), STATUS(IN_PROGRESS), NOBODY, false, "its claim was approved"},
    {STATUS(IN_PROGRESS), ACTION(FINISH), STATUS(DONE), NOBODY, false,
     "its claim was finished, or its project completed"},
    {STATUS(DONE), ACTION(ACCEPT), STATUS(ACCEPTED), MAY_RAISE_NEED, false,
     "final; the asker says that it is met"},
    {STATUS(CLAIMED), ACTION(REOPEN), STATUS(OPEN), NOBODY, false, "its claim was refused or left"},
    {STATUS(IN_PROGRESS), ACTION(REOPEN), STATUS(OPEN), NOBODY, false,
     "its claim was left or revoked, or its project cancelled"},
    {STATUS(DONE), ACTION(REOPEN), STATUS(OPEN), MAY_RAISE_NEED, true,
     "its claim was revoked, or the asker says that what a project brought does not meet it"},
    {0},
};

const struct life_cycle need_life_cycle = {
    .table = transitions,
    .statuses = &selection__need_status__descriptor,
    .actions = &selection__need_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(need_id),
    NULLABLE(community_id, uuid),
    NULLABLE(unit_id, uuid),
    COLUMN(title),
    COLUMN(description),
    COLUMN(category),
    COLUMN(quantity),
    COLUMN(wanted_from_on),
    COLUMN(wanted_to_on),
    COLUMN(priority),
    NULLABLE(deadline_on, date),
    COLUMN(status),
    NULLABLE(claim_id, uuid),
    NULLABLE(project_id, uuid),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(need, selection__need__descriptor, .noun = "need", .id = "need_id",
       .table = "selection.need", .columns = columns, .violations = violations,
       .life_cycle = &need_life_cycle);

/* ---- days that are past ---- */

/* The street's zone says which day it is; "" is no day. */
#define IS_AHEAD(day)                                                                              \
    "SELECT 1 FROM selection.stream WHERE street = :street AND coalesce(nullif(:" day              \
    ", '')::date, 'infinity') >= (:now::timestamptz AT TIME ZONE time_zone)::date"
STATEMENT(need_ahead, .sql = IS_AHEAD("wanted_to_on"), .of = &selection__need__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "need_id", "past",
                      "the last day on which it is wanted is past"});
SHARED_STATEMENT(need_wanted_ahead, .sql = IS_AHEAD("wanted_to_on"),
                 .of = &selection__need__descriptor,
                 .one_row = {STATUS_FAILED_PRECONDITION, "need.wanted_to_on", "past",
                             "the last day on which it is wanted is past"});
SHARED_STATEMENT(need_deadline_ahead, .sql = IS_AHEAD("deadline_on"),
                 .of = &selection__need__descriptor,
                 .one_row = {STATUS_FAILED_PRECONDITION, "need.deadline_on", "past",
                             "the day by which it should be claimed is past"});

enum status need_check_days(struct call *call, const char *field, const Selection__Need *need)
{
    const PGresult *rows;

    return db_find(call, &need_ahead, &need->base, field, &rows);
}

/* ---- saying ---- */

enum status need_say_changed(struct call *call, Selection__NeedAction action, const struct why *why,
                             Selection__Need *need)
{
    Selection__NeedChanged event = SELECTION__NEED_CHANGED__INIT;

    event.need = need;
    event.action = action;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    return journal_append(call, need->need_id, &event.base);
}

/* ---- opened again ---- */

STATEMENT(asker_that_ended,
          .sql = "SELECT 'unit_withdrawn', unit_id FROM selection.unit WHERE street = :street"
                 " AND unit_id = nullif(:unit_id, '')::uuid AND status = 'WITHDRAWN' UNION ALL"
                 " SELECT 'community_dissolved', community_id FROM selection.community"
                 " WHERE street = :street AND community_id = nullif(:community_id, '')::uuid"
                 " AND status = 'DISSOLVED'",
          .of = &selection__need__descriptor);

enum status need_end_after_asker(struct call *call, Selection__Need *need, const char *reason)
{
    const PGresult *rows;
    enum status status = db_query(call, &asker_that_ended, &need->base, &rows);

    if (status != STATUS_OK || PQntuples(rows) == 0)
        return status;
    const struct why why =
        why_ended(call, column_text(call, rows, 0, 0), column_text(call, rows, 0, 1), reason);
    status = object_step(call, &need_object, ACTION(CALL_OFF), &need->base);
    return status == STATUS_OK ? need_say_changed(call, ACTION(CALL_OFF), &why, need) : status;
}

/* ---- placing ---- */

SHARED_STATEMENT(place_of_need,
                 .sql = "SELECT community_id, unit_id FROM selection.need WHERE street = :street"
                        " AND need_id = :need_id");
