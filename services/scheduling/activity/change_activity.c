/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_activity.c - ChangeActivity: one step along activity_life_cycle, and what it means for the
 * dates
 *
 * PUBLISH   ActivityPublished -> dates are made -> each is booked, or the whole is refused
 * COMPLETE  ActivityChanged   -> what is still to come is cancelled
 * CANCEL    ActivityCancelled -> the same
 */
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/advance.h"
#include "services/scheduling/booking/booking.h"
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/activity/series.h"
#include "services/scheduling/sign_up/sign_up.h"

#define ACTION(name) SCHEDULING__ACTIVITY_ACTION__ACTIVITY_ACTION_##name

/* ---- PUBLISH ---- */

static enum status check_dates(struct call *call, const Scheduling__Activity *activity,
                               const struct series *series)
{
    if (series->count == 0 && series->goes_on)
        return scheduling_fail_ahead(call, "action", "its first start");
    if (series->count == 0)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "no_dates",
                         "its rule yields no date");
    if (scheduling_is_past(call, series->made[0]->start_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "past",
                         "its first start is past");
    if (activity->capacity > 0 && !series->goes_on &&
        scheduling_is_past(call, series->made[series->count - 1]->sign_up_until_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "sign_up_closed",
                         "sign-up would be closed for each of its dates");
    return STATUS_OK;
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

static enum status publish(struct call *call, Scheduling__Activity *activity)
{
    const Scheduling__ChangeActivityRequest *request = call->request;
    Scheduling__ChangeActivityResponse *response = call->response;
    struct series series;

    enum status status = series_make(call, activity, "", &series);
    if (status == STATUS_OK)
        status = check_dates(call, activity, &series);
    if (status == STATUS_OK)
        status = say_published(call, activity, &series);
    if (status == STATUS_OK)
        status = series_book(call, activity, &series);
    if (status != STATUS_OK)
        return status;
    if (series.refused_count > 0 && !request->skip_refused)
        return booking_refuse(call, &series.violations);
    response->refused = series.refused;
    response->n_refused = series.refused_count;
    activity_advance_soon(call, activity->activity_id);
    return STATUS_OK;
}

/* ---- COMPLETE, CANCEL ---- */

static enum status complete(struct call *call, Scheduling__Activity *activity)
{
    const Scheduling__ChangeActivityRequest *request = call->request;
    enum status status = activity_say_changed(call, activity, ACTION(COMPLETE), request->reason);

    return status == STATUS_OK
               ? activity_cancel_rest(call, activity, "the activity was completed before")
               : status;
}

static enum status cancel(struct call *call, Scheduling__Activity *activity)
{
    const Scheduling__ChangeActivityRequest *request = call->request;
    Scheduling__ActivityCancelled event = SCHEDULING__ACTIVITY_CANCELLED__INIT;

    event.activity = activity;
    event.reason = request->reason;
    enum status status = journal_append(call, activity->activity_id, &event.base);
    return status == STATUS_OK ? activity_cancel_rest(call, activity, request->reason) : status;
}

/* ---- the step ---- */

static enum status change_activity(struct call *call)
{
    const Scheduling__ChangeActivityRequest *request = call->request;
    Scheduling__ChangeActivityResponse *response = call->response;
    Scheduling__Activity *activity = wire_new(call, &scheduling__activity__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    activity->activity_id = request->activity_id;
    enum status status = object_change(call, &activity_object, &change, &activity->base);
    if (status != STATUS_OK)
        return status;
    response->activity = activity;
    switch (request->action) {
    case ACTION(PUBLISH):
        return publish(call, activity);
    case ACTION(COMPLETE):
        return complete(call, activity);
    default:
        return cancel(call, activity);
    }
}

const struct method scheduling_change_activity = {
    .may = MAY_WRITE_ACTIVITY,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_activity),
    .rules = RULES(RULE_UUID(activity_id), RULE_ENUM(action), RULE_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX), RULE_ANY(skip_refused)),
    .command = change_activity,
};
