/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer_activity.c - AnswerActivity: a unit agrees or declines to organise an activity
 *
 * Is it one that the unit may know of? -> at the revision that it read -> agreed before? then
 * nothing is new -> one row -> ActivityAnswered.
 */
#include "libcommon/base/ids.h"
#include "libcommon/base/mem.h"
#include "scheduling_methods.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/parties.h"

#define ANSWER(name) SCHEDULING__ACTIVITY_ANSWER__ACTIVITY_ANSWER_##name

/* Who is not named does not learn that there is a draft. */
STATEMENT(answered_activity,
          .sql = "SELECT 1 FROM scheduling.activity WHERE street = :street"
                 " AND activity_id = :activity_id"
                 " AND (status <> 'DRAFT' OR nullif(:unit_id, '')::uuid = ANY(unit_ids))",
          .of = &scheduling__answer_activity_request__descriptor,
          .one_row = {STATUS_NOT_FOUND, "activity_id", "exists",
                      "no such activity in this street, or a draft that does not name the unit"});
STATEMENT(agreeing_unit,
          .sql = "SELECT 1 FROM scheduling.unit WHERE street = :street AND unit_id = :unit_id"
                 " AND " IS_PRESENT,
          .of = &scheduling__answer_activity_request__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "unit_id", "unit_status",
                      "the unit is suspended or withdrawn"});

static enum status check_reason(struct call *call)
{
    const Scheduling__AnswerActivityRequest *request = call->request;

    if (request->answer == ANSWER(DECLINE) && !request->reason[0])
        return call_fail(call, STATUS_INVALID_ARGUMENT, "reason", "required",
                         "DECLINE needs a reason");
    return STATUS_OK;
}

/* This unit alone, whomever else the actor may answer for. */
static void agree(struct call *call, Scheduling__Activity *activity, char *unit_id)
{
    char **agreed = mem_array(call, char *, activity->n_agreed_unit_ids + 1);

    for (size_t i = 0; i < activity->n_agreed_unit_ids; i++)
        agreed[i] = activity->agreed_unit_ids[i];
    agreed[activity->n_agreed_unit_ids++] = unit_id;
    activity->agreed_unit_ids = agreed;
}

static void decline(Scheduling__Activity *activity, const char *unit_id)
{
    (void)ids_take_out(activity->unit_ids, &activity->n_unit_ids, unit_id);
    (void)ids_take_out(activity->agreed_unit_ids, &activity->n_agreed_unit_ids, unit_id);
}

static enum status open_activity(struct call *call, Scheduling__Activity *activity)
{
    const Scheduling__AnswerActivityRequest *request = call->request;
    const PGresult *rows;
    enum status status = db_query(call, &answered_activity, &request->base, &rows);

    activity->activity_id = request->activity_id;
    if (status == STATUS_OK)
        status = object_open(call, &activity_object, request->revision, &activity->base);
    if (status == STATUS_OK &&
        !ids_have(activity->unit_ids, activity->n_unit_ids, request->unit_id))
        return call_fail(call, STATUS_NOT_FOUND, "unit_id", "organiser",
                         "the activity names no such organiser");
    return status;
}

static enum status answer_activity(struct call *call)
{
    const Scheduling__AnswerActivityRequest *request = call->request;
    Scheduling__AnswerActivityResponse *response = call->response;
    Scheduling__ActivityAnswered event = SCHEDULING__ACTIVITY_ANSWERED__INIT;
    Scheduling__Activity *activity = wire_new(call, &scheduling__activity__descriptor);

    enum status status = open_activity(call, activity);
    if (status != STATUS_OK)
        return status;
    response->activity = event.activity = activity;
    if (request->answer == ANSWER(DECLINE)) {
        decline(activity, request->unit_id);
    } else {
        db_do(call, &agreeing_unit, &request->base);
        if (ids_have(activity->agreed_unit_ids, activity->n_agreed_unit_ids, request->unit_id))
            return STATUS_OK;
        agree(call, activity, request->unit_id);
    }
    object_store(call, &activity_object, &activity->base);
    event.unit_id = request->unit_id;
    event.answer = request->answer;
    event.reason = request->reason;
    return journal_append(call, activity->activity_id, &event.base);
}

const struct method scheduling_answer_activity = {
    .may = MAY_ANSWER_ACTIVITY,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.unit_id = "unit_id"),
    .rules = RULES(RULE_UUID(activity_id), RULE_UUID(unit_id), RULE_ENUM(answer),
                   RULE_TEXT(reason, 0, 500), RULE_INT(revision, 1, UINT32_MAX)),
    .check = check_reason,
    .command = answer_activity,
};
