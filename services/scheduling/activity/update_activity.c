/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_activity.c - UpdateActivity: change the fields under the mask; no event when nothing is
 * new
 *
 * Of a draft all of them; once it is published the few that do not touch its dates, which are
 * carried over to every occurrence still to come. More capacity promotes whoever waits there.
 */
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "scheduling_methods.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

enum { MINUTE_SECONDS = 60 };

/* Queues what refuses those who take no part. */
static void check_references(struct call *call, const Scheduling__Activity *activity,
                             const Google__Protobuf__FieldMask *changed)
{
    if (object_mask_names(changed, "unit_ids"))
        db_do(call, &activity_units, &activity->base);
    if (object_mask_names(changed, "resource_id"))
        db_do(call, &activity_resource, &activity->base);
    if (object_mask_names(changed, "groups"))
        db_do(call, &activity_groups, &activity->base);
}

static enum status check_published(struct call *call, const Google__Protobuf__FieldMask *changed)
{
    static const char *const fixed[] = {
        "kind", "unit_ids", "project_id", "resource_id", "schedule",
    };

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (object_mask_names(changed, fixed[i]))
            return call_fail(call, STATUS_FAILED_PRECONDITION,
                             mem_printf(call, "activity.%s", fixed[i]), "published",
                             "it changes no more once the activity is published");
    return STATUS_OK;
}

/* ---- carrying over ---- */

static enum status check_people(struct call *call, const Scheduling__Activity *activity,
                                const Scheduling__Occurrence *occurrence)
{
    const uint32_t taken = occurrence->taken, waiting = occurrence->waiting;

    if (activity->capacity >= taken && activity->waitlist >= waiting)
        return STATUS_OK;
    const char *start = scheduling_time_text(call, occurrence->start_time);
    if (activity->capacity < taken) {
        (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "activity.capacity", "taken",
                         "%u people are signed up for %s", taken, occurrence->start_local);
        (void)!call_add_param(call, (struct violation_param){"min", taken});
        return call_add_param(call, (struct violation_param){"start", .text = start});
    }
    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "activity.waitlist", "waiting",
                     "%u people wait for %s", waiting, occurrence->start_local);
    (void)!call_add_param(call, (struct violation_param){"min", waiting});
    return call_add_param(call, (struct violation_param){"start", .text = start});
}

static Google__Protobuf__Timestamp *closing(struct call *call, const Scheduling__Activity *activity,
                                            const Scheduling__Occurrence *occurrence)
{
    const int64_t seconds = occurrence->start_time->seconds -
                            (int64_t)activity->sign_up_closes_minutes * MINUTE_SECONDS;

    return timestamp_new(call, seconds * INT64_C(1000000));
}

/* By the activity, which is stored; at once is now. */
static enum status find_opening(struct call *call, const Scheduling__Activity *activity,
                                Scheduling__Occurrence *occurrence)
{
    if (activity->sign_up_opens_days == 0)
        occurrence->sign_up_from_time = (Google__Protobuf__Timestamp *)call->now;
    return occurrence_derive_times(call, occurrence);
}

static enum status carry_over_to(struct call *call, const Scheduling__Activity *activity,
                                 Google__Protobuf__FieldMask *changed,
                                 Scheduling__Occurrence *occurrence)
{
    enum status status = STATUS_OK;

    occurrence->title = activity->title;
    occurrence->capacity = activity->capacity;
    occurrence->waitlist = activity->waitlist;
    if (object_mask_names(changed, "sign_up_until_time"))
        occurrence->sign_up_until_time = closing(call, activity, occurrence);
    if (object_mask_names(changed, "sign_up_from_time"))
        status = find_opening(call, activity, occurrence);
    if (status != STATUS_OK)
        return status;
    object_store(call, &occurrence_object, &occurrence->base);
    status = occurrence_say_updated(call, occurrence, changed, BECAUSE(""));
    if (status == STATUS_OK && object_mask_names(changed, "title"))
        status = booking_rename(call, occurrence);
    return status == STATUS_OK ? sign_ups_promote(call, occurrence) : status;
}

/* The fields of occurrences that are the activity's. */
static Google__Protobuf__FieldMask *carried(struct call *call,
                                            const Google__Protobuf__FieldMask *changed)
{
    Google__Protobuf__FieldMask *mask = MASK(call, "title", "capacity", "waitlist", "", "");
    size_t count = 0;

    for (size_t i = 0; i < mask->n_paths; i++)
        if (object_mask_names(changed, mask->paths[i]))
            mask->paths[count++] = mask->paths[i];
    if (object_mask_names(changed, "sign_up_closes_minutes"))
        mask->paths[count++] = (char *)"sign_up_until_time";
    if (object_mask_names(changed, "sign_up_opens_days"))
        mask->paths[count++] = (char *)"sign_up_from_time";
    mask->n_paths = count;
    return mask;
}

/* Occurrences that are still to come, and what of the activity is theirs, too. */
struct rest {
    Google__Protobuf__FieldMask *mask;
    Scheduling__Occurrence **occurrences;
    size_t count;
};

/* Nothing is written before all of them can take it. */
static enum status check_rest(struct call *call, const Scheduling__Activity *activity,
                              const Google__Protobuf__FieldMask *changed, struct rest *rest)
{
    Scheduling__Activity as_of_now = *activity;
    const PGresult *rows;
    enum status status = check_published(call, changed);

    rest->mask = carried(call, changed);
    if (status != STATUS_OK || rest->mask->n_paths == 0)
        return status;
    as_of_now.update_time = (Google__Protobuf__Timestamp *)call->now;
    status = db_query(call, &activity_rest, &as_of_now.base, &rows);
    if (status != STATUS_OK)
        return status;
    rest->occurrences = mem_array(call, Scheduling__Occurrence *, (size_t)PQntuples(rows) + 1);
    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
        db_row(call, &activity_rest, rows, row, &occurrence->base);
        status = check_people(call, activity, occurrence);
        rest->occurrences[rest->count++] = occurrence;
    }
    return status;
}

static enum status carry_over(struct call *call, const Scheduling__Activity *activity,
                              const struct rest *rest)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < rest->count; i++)
        status = carry_over_to(call, activity, rest->mask, rest->occurrences[i]);
    return status;
}

/* ---- the update ---- */

static enum status check_schedule(struct call *call)
{
    const Scheduling__UpdateActivityRequest *request = call->request;

    return object_mask_names(request->update_mask, "schedule")
               ? activity_check_schedule(call, request->activity->schedule)
               : STATUS_OK;
}

static enum status update_activity(struct call *call)
{
    const Scheduling__UpdateActivityRequest *request = call->request;
    Scheduling__UpdateActivityResponse *response = call->response;
    Scheduling__ActivityUpdated event = SCHEDULING__ACTIVITY_UPDATED__INIT;
    Scheduling__Activity *activity = wire_new(call, &scheduling__activity__descriptor);
    struct rest rest = {0};

    response->activity = event.activity = activity;
    enum status status = object_stage_update(call, &activity_object, &request->activity->base,
                                             request->update_mask, &activity->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    status = activity_check_sign_up(call, activity);
    if (status != STATUS_OK)
        return status;
    bool draft = activity->status == SCHEDULING__ACTIVITY_STATUS__ACTIVITY_STATUS_DRAFT;
    if (!draft)
        status = check_rest(call, activity, event.changed, &rest);
    if (status != STATUS_OK)
        return status;
    if (object_mask_names(event.changed, "unit_ids"))
        activity_ask_organisers(call, activity);
    check_references(call, activity, event.changed);
    object_store(call, &activity_object, &activity->base);
    status = journal_append(call, activity->activity_id, &event.base);
    return status == STATUS_OK ? carry_over(call, activity, &rest) : status;
}

const struct method scheduling_update_activity = {
    .may = MAY_WRITE_ACTIVITY,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED_OF(activity, &place_of_activity, .names = NAMES("activity.unit_ids")),
    .rules = RULES(RULE_UPDATE(activity, update_mask, "activity_id", activity_rules)),
    .check = check_schedule,
    .command = update_activity,
};
