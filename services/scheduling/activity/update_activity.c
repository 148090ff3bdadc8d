/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_activity.c - UpdateActivity: change the fields under the mask; no event when nothing is
 * new
 *
 * Of a draft all of them; once it is published the few that do not touch its dates, which are
 * carried over to every occurrence still to come. More capacity promotes whoever waits there.
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "scheduling_methods.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

/* Before it is stored. */
STATEMENT(removed_units,
          .sql = "SELECT ARRAY(SELECT u.id FROM unnest(unit_ids) u (id)"
                 " WHERE u.id <> ALL (:unit_ids::uuid[])) AS removed_unit_ids"
                 " FROM scheduling.activity WHERE street = :street"
                 " AND activity_id = :activity_id",
          .of = &scheduling__activity__descriptor);

static enum status find_removed(struct call *call, const Scheduling__Activity *activity,
                                Scheduling__ActivityUpdated *event)
{
    const PGresult *rows;
    enum status status = db_query(call, &removed_units, &activity->base, &rows);

    if (status == STATUS_OK)
        db_row(call, &removed_units, rows, 0, &event->base);
    return status;
}

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

static Google__Protobuf__FieldMask *changed_since(struct call *call,
                                                  const Scheduling__Occurrence *before,
                                                  const Scheduling__Occurrence *now)
{
    Google__Protobuf__FieldMask *mask =
        MASK(call, "title", "capacity", "waitlist", "sign_up_until_time", "sign_up_from_time");
    const bool is_new[] = {
        strcmp(before->title, now->title) != 0,
        before->capacity != now->capacity,
        before->waitlist != now->waitlist,
        scheduling_time_compare(before->sign_up_until_time, now->sign_up_until_time) != 0,
        scheduling_time_compare(before->sign_up_from_time, now->sign_up_from_time) != 0,
    };
    size_t count = 0;

    for (size_t i = 0; i < sizeof is_new / sizeof *is_new; i++)
        if (is_new[i])
            mask->paths[count++] = mask->paths[i];
    mask->n_paths = count;
    return mask;
}

/* Occurrences that are still to come, and what is new of their activity. */
struct rest {
    const Google__Protobuf__FieldMask *changed;
    Scheduling__Occurrence **occurrences;
    size_t count;
    const PGresult *sign_ups; /* a row of rest_sign_ups for each; NULL: theirs are as they were */
};

static bool names_one(const Google__Protobuf__FieldMask *changed, const char *const *fields)
{
    for (; *fields; fields++)
        if (object_mask_names(changed, *fields))
            return true;
    return false;
}

/* Nothing is written before all of them can take it. */
static enum status check_rest(struct call *call, const Scheduling__Activity *activity,
                              const Google__Protobuf__FieldMask *changed, struct rest *rest)
{
    static const char *const carried[] = {
        "title", "capacity", "waitlist", "sign_up_closes_minutes", "sign_up_opens_days", NULL};
    Scheduling__Activity as_of_now = *activity;
    const PGresult *rows;
    enum status status = check_published(call, changed);

    rest->changed = changed;
    if (status != STATUS_OK || !names_one(changed, carried))
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

/* When sign-up of the same dates opens and closes, in the same order, by the activity, which is
 * stored. Where the street has another zone meanwhile occurrences_rezone derives all of their times
 * in a moment. */
/* clang-format off */
STATEMENT(rest_sign_ups,
          .sql = "SELECT "
                 SIGN_UP_FROM("o.start_local::timestamp", "o.start_time",
                              "CASE WHEN :opens_now THEN :now ELSE o.sign_up_from_time END")
                 " AS sign_up_from_time, " SIGN_UP_UNTIL("o.start_time") " AS sign_up_until_time"
                 " FROM scheduling.stream s JOIN scheduling.activity a ON a.street = s.street"
                 " JOIN scheduling.occurrence o ON o.street = a.street"
                 " AND o.activity_id = a.activity_id WHERE s.street = :street"
                 " AND o.street = :street AND a.activity_id = :activity_id"
                 " AND o.status = 'SCHEDULED' AND o.start_time > :now"
                 " ORDER BY o.original_start_local",
          .of = &scheduling__activity__descriptor, .with = "opens_now");
/* clang-format on */

static enum status derive_sign_ups(struct call *call, const Scheduling__Activity *activity,
                                   struct rest *rest)
{
    static const char *const times[] = {"sign_up_closes_minutes", "sign_up_opens_days", NULL};
    const bool opens_now = object_mask_names(rest->changed, "sign_up_opens_days");
    const struct db_param given = NAMED(opens_now, param_text(opens_now ? "true" : "false"));

    if (!names_one(rest->changed, times))
        return STATUS_OK;
    return db_query_more(call, &rest_sign_ups, &activity->base, &given, 1, &rest->sign_ups);
}

static enum status carry_over_to(struct call *call, const Scheduling__Activity *activity,
                                 const struct rest *rest, size_t index)
{
    Scheduling__Occurrence *occurrence = rest->occurrences[index];
    const Scheduling__Occurrence before = *occurrence;

    occurrence->title = activity->title;
    occurrence->capacity = activity->capacity;
    occurrence->waitlist = activity->waitlist;
    if (rest->sign_ups)
        db_row(call, &rest_sign_ups, rest->sign_ups, (int)index, &occurrence->base);
    Google__Protobuf__FieldMask *fields = changed_since(call, &before, occurrence);
    if (fields->n_paths == 0)
        return STATUS_OK;
    object_store(call, &occurrence_object, &occurrence->base);
    enum status status = occurrence_say_updated(call, occurrence, fields, BECAUSE(""));
    return status == STATUS_OK ? sign_ups_promote(call, occurrence) : status;
}

static enum status carry_over(struct call *call, const Scheduling__Activity *activity,
                              struct rest *rest)
{
    if (rest->count == 0)
        return STATUS_OK;
    enum status status = derive_sign_ups(call, activity, rest);
    for (size_t i = 0; status == STATUS_OK && i < rest->count; i++)
        status = carry_over_to(call, activity, rest, i);
    return status == STATUS_OK && object_mask_names(rest->changed, "title")
               ? bookings_rename(call, activity)
               : status;
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
    if (object_mask_names(event.changed, "unit_ids")) {
        activity_ask_organisers(call, activity);
        status = find_removed(call, activity, &event);
        if (status != STATUS_OK)
            return status;
    }
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
