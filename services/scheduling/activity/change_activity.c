/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_activity.c - ChangeActivity: one step along activity_life_cycle, and what it means for the
 * dates
 *
 * PUBLISH   its dates are found -> ActivityPublished -> they are made -> each is booked, or the whole
 *           is refused
 * COMPLETE  ActivityChanged   -> what is still to come is cancelled
 * CANCEL    ActivityCancelled -> the same
 */
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/activity/cancelling.h"
#include "services/scheduling/advance.h"
#include "services/scheduling/booking/booking.h"
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/activity/series.h"
#include "services/scheduling/sign_up/sign_up.h"

#define ACTION(name) SCHEDULING__ACTIVITY_ACTION__ACTIVITY_ACTION_##name

/* ---- PUBLISH ---- */

/* Those who took part when it was planned. */
STATEMENT(published_community,
          .sql = "SELECT 1 WHERE :community_id = '' OR EXISTS (SELECT FROM scheduling.community"
                 " WHERE street = :street AND community_id = nullif(:community_id, '')::uuid"
                 " AND status = 'ACTIVE')",
          .of = &scheduling__activity__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "action", "community_status",
                      "its community was dissolved"});
STATEMENT(published_units,
          .sql = "SELECT 1 WHERE cardinality(:unit_ids::uuid[]) = (SELECT count(*)"
                 " FROM scheduling.unit WHERE street = :street"
                 " AND unit_id = ANY(:unit_ids::uuid[]) AND status IN ('PROSPECT', 'SIGNED'))",
          .of = &scheduling__activity__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "action", "unit_status",
                      "a unit that organises it is suspended or withdrawn"});

STATEMENT(published_groups, ACTIVITY_SPEAKS_FOR_GROUPS("action"));

/* By the last of the dates; a series that goes on has a later one. */
static enum status check_sign_up(struct call *call, const Scheduling__Activity *activity,
                                 const struct series *series)
{
    const struct series last = {.starts = series->starts + series->count - 1, .count = 1};
    const Google__Protobuf__Timestamp *start;

    if (activity->capacity == 0 || series->goes_on)
        return STATUS_OK;
    enum status status = series_first_time(call, &last, &start);
    if (status == STATUS_OK &&
        start->seconds - (int64_t)activity->sign_up_closes_minutes * 60 <= call->now->seconds)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "sign_up_closed",
                         "sign-up would be closed for each of its dates");
    return status;
}

/* Before anything is written. */
static enum status plan_dates(struct call *call, const Scheduling__Activity *activity,
                              struct series *series)
{
    const Google__Protobuf__Timestamp *first;
    enum status status = series_plan(call, activity, "", series);

    if (status != STATUS_OK)
        return status;
    if (series->count == 0 && series->goes_on)
        return scheduling_fail_ahead(call, "action", "its first start");
    if (series->count == 0)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "no_dates",
                         "its rule yields no date");
    status = series_first_time(call, series, &first);
    if (status == STATUS_OK && scheduling_is_past(call, first))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "past",
                         "its first start is past");
    return status == STATUS_OK ? check_sign_up(call, activity, series) : status;
}

static enum status say_published(struct call *call, Scheduling__Activity *activity,
                                 const struct series *series)
{
    Scheduling__ActivityPublished event = SCHEDULING__ACTIVITY_PUBLISHED__INIT;

    event.activity = activity;
    event.first_start_time = series->made[0]->start_time;
    event.last_start_time = series->made[series->count - 1]->start_time;
    event.occurrence_count = (uint32_t)series->count;
    return journal_append(call, activity->activity_id, &event.base);
}

static enum status publish(struct call *call, Scheduling__Activity *activity, struct series *series)
{
    const Scheduling__ChangeActivityRequest *request = call->request;
    Scheduling__ChangeActivityResponse *response = call->response;

    enum status status = series_make(call, activity, "", series);
    if (status == STATUS_OK)
        status = say_published(call, activity, series);
    if (status == STATUS_OK)
        status = series_book(call, activity, series);
    if (status != STATUS_OK)
        return status;
    if (series->refused_count > 0 && !request->skip_refused)
        return booking_refuse(call, &series->violations);
    response->refused = series->refused;
    response->n_refused = series->refused_count;
    activity_advance_soon(call, activity->activity_id);
    return STATUS_OK;
}

/* ---- COMPLETE ---- */

static enum status complete(struct call *call, Scheduling__Activity *activity)
{
    const Scheduling__ChangeActivityRequest *request = call->request;
    const struct why with_it =
        why_ended(call, "activity_completed", activity->activity_id, request->reason);
    enum status status = activity_say_changed(call, activity, ACTION(COMPLETE), request->reason);

    return status == STATUS_OK ? activity_cancel_rest(call, activity, &with_it) : status;
}

/* ---- the step ---- */

static enum status change_activity(struct call *call)
{
    const Scheduling__ChangeActivityRequest *request = call->request;
    Scheduling__ChangeActivityResponse *response = call->response;
    Scheduling__Activity *activity = wire_new(call, &scheduling__activity__descriptor);
    const struct change change = {request->action, request->reason, request->revision};
    struct series series;

    activity->activity_id = request->activity_id;
    enum status status = object_stage_change(call, &activity_object, &change, &activity->base);
    if (status == STATUS_OK && request->action == ACTION(PUBLISH))
        status = plan_dates(call, activity, &series);
    if (status != STATUS_OK)
        return status;
    if (request->action == ACTION(PUBLISH)) {
        db_do(call, &published_community, &activity->base);
        db_do(call, &published_units, &activity->base);
        db_do(call, &published_groups, &activity->base);
    }
    object_store(call, &activity_object, &activity->base);
    response->activity = activity;
    switch (request->action) {
    case ACTION(PUBLISH):
        return publish(call, activity, &series);
    case ACTION(COMPLETE):
        return complete(call, activity);
    default:
        return activity_say_cancelled(call, activity, BECAUSE(request->reason));
    }
}

const struct method scheduling_change_activity = {
    .may = MAY_WRITE_ACTIVITY,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_activity),
    .rules = RULES(RULE_UUID(activity_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX), RULE_ANY(skip_refused)),
    .command = change_activity,
};
