/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_activity.c - ChangeActivity: one step along activity_life_cycle, and what it means for the
 * dates
 *
 * PUBLISH   its dates are found -> each can be booked, or the whole is refused -> ActivityPublished
 *           -> they are made and booked
 * COMPLETE  ActivityChanged   -> what is still to come is cancelled
 * CANCEL    ActivityCancelled -> the same
 */
#include "scheduling_methods.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/activity/cancelling.h"
#include "services/scheduling/activity/series.h"
#include "services/scheduling/advance.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/parties.h"
#include "services/scheduling/sign_up/sign_up.h"

#define ACTION(name) SCHEDULING__ACTIVITY_ACTION__ACTIVITY_ACTION_##name

/* ---- PUBLISH ---- */

/* Those who took part when it was planned. */
STATEMENT(published_community,
          COMMUNITY_TAKES_PART(activity, STATUS_FAILED_PRECONDITION, "action", "community_status",
                               "its community was dissolved"));
STATEMENT(published_units,
          .sql = "SELECT 1 WHERE cardinality(:unit_ids::uuid[]) = (SELECT count(*)"
                 " FROM scheduling.unit WHERE street = :street"
                 " AND unit_id = ANY(:unit_ids::uuid[]) AND " IS_PRESENT ")",
          .of = &scheduling__activity__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "action", "unit_status",
                      "a unit that organises it is suspended or withdrawn"});

STATEMENT(published_groups, ACTIVITY_SPEAKS_FOR_GROUPS("action"));

/* By the last of the dates; a series that goes on has a later one. */
static enum status check_sign_up(struct call *call, const Scheduling__Activity *activity,
                                 const struct series *series)
{
    const Scheduling__Occurrence *last = series->dates[series->count - 1];

    if (activity->capacity > 0 && !series->goes_on &&
        scheduling_is_past(call, last->sign_up_until_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "sign_up_closed",
                         "sign-up would be closed for each of its dates");
    return STATUS_OK;
}

static enum status check_dates(struct call *call, const Scheduling__Activity *activity,
                               const struct series *series)
{
    if (series->count == 0 && series->goes_on)
        return scheduling_fail_ahead(call, "action", "its first start");
    if (series->count == 0)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "no_dates",
                         "its rule yields no date");
    if (scheduling_is_past(call, series->dates[0]->start_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "past",
                         "its first start is past");
    return check_sign_up(call, activity, series);
}

static enum status check_parties(struct call *call, const Scheduling__Activity *activity)
{
    static const struct db_stmt *const checks[] = {&published_community, &published_units,
                                                   &published_groups, NULL};
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && checks[i]; i++) {
        const PGresult *unused;

        status = db_query(call, checks[i], &activity->base, &unused);
    }
    return status;
}

/* All that may refuse it, before anything is written. */
static enum status plan_dates(struct call *call, const Scheduling__Activity *activity,
                              struct series *series)
{
    const Scheduling__ChangeActivityRequest *request = call->request;

    enum status status = series_plan(call, activity, "", series);
    if (status == STATUS_OK)
        status = check_dates(call, activity, series);
    if (status == STATUS_OK)
        status = check_parties(call, activity);
    if (status == STATUS_OK)
        status = series_check(call, activity, series);
    if (status == STATUS_OK && series->refused_count > 0 && !request->skip_refused)
        return booking_refuse(call, &series->violations);
    return status;
}

static enum status say_published(struct call *call, Scheduling__Activity *activity,
                                 const struct series *series)
{
    Scheduling__ActivityPublished event = SCHEDULING__ACTIVITY_PUBLISHED__INIT;

    event.activity = activity;
    event.first_start_time = series->dates[0]->start_time;
    event.last_start_time = series->dates[series->count - 1]->start_time;
    event.occurrence_count = (uint32_t)series->count;
    return journal_append(call, activity->activity_id, &event.base);
}

static enum status publish(struct call *call, Scheduling__Activity *activity, struct series *series)
{
    Scheduling__ChangeActivityResponse *response = call->response;
    enum status status = say_published(call, activity, series);

    response->refused = series->refused;
    response->n_refused = series->refused_count;
    if (status == STATUS_OK)
        status = series_make(call, series);
    if (status == STATUS_OK)
        activity_advance_soon(call, activity->activity_id);
    return status;
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
