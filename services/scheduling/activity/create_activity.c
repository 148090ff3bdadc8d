/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_activity.c - CreateActivity: plan one activity, as a draft
 *
 * Request -> activity_created_rules -> do those whom it names take part? -> one row ->
 * ActivityCreated. Queues its statements and waits for nothing.
 */
#include "scheduling_methods.h"
#include "services/scheduling/activity/activity.h"

static enum status check_fields(struct call *call)
{
    const Scheduling__Activity *activity =
        ((const Scheduling__CreateActivityRequest *)call->request)->activity;
    enum status status = activity_check_schedule(call, activity->schedule);

    return status == STATUS_OK ? activity_check_sign_up(call, activity) : status;
}

static enum status create_activity(struct call *call)
{
    const Scheduling__CreateActivityRequest *request = call->request;
    Scheduling__CreateActivityResponse *response = call->response;
    Scheduling__ActivityCreated event = SCHEDULING__ACTIVITY_CREATED__INIT;
    Scheduling__Activity *activity = wire_copy(call, &request->activity->base);

    activity->activity_id = call_new_id(call);
    activity->status = SCHEDULING__ACTIVITY_STATUS__ACTIVITY_STATUS_DRAFT;
    db_do(call, &activity_community, &activity->base);
    db_do(call, &activity_units, &activity->base);
    db_do(call, &activity_resource, &activity->base);
    db_do(call, &activity_groups, &activity->base);
    activity->n_agreed_unit_ids = 0;
    activity_ask_organisers(call, activity);
    object_insert(call, &activity_object, &activity->base);

    response->activity = event.activity = activity;
    return journal_append(call, activity->activity_id, &event.base);
}

const struct method scheduling_create_activity = {
    .may = MAY_WRITE_ACTIVITY,
    .scope = SCOPE_STREET,
    .place =
        PLACE_FIELDS(.community_id = "activity.community_id", .names = NAMES("activity.unit_ids")),
    .rules = RULES(RULE_MESSAGE(activity, activity_created_rules)),
    .check = check_fields,
    .command = create_activity,
};
