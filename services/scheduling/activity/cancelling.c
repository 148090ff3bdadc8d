/* SPDX-License-Identifier: Apache-2.0 */
/* cancelling.c - what ends with an activity */
#include "services/scheduling/activity/cancelling.h"

#include "scheduling_occurrence.pb-c.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/occurrence/cancelling.h"

#define ACTION(name) SCHEDULING__ACTIVITY_ACTION__ACTIVITY_ACTION_##name

enum status activity_cancel_rest(struct call *call, Scheduling__Activity *activity,
                                 const struct why *why)
{
    const PGresult *rows;
    enum status status = db_query(call, &activity_rest, &activity->base, &rows);

    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
        db_row(call, &activity_rest, rows, row, &occurrence->base);
        status = occurrence_cancel(call, occurrence, why);
    }
    return status;
}

enum status activity_say_cancelled(struct call *call, Scheduling__Activity *activity,
                                   const struct why *why)
{
    Scheduling__ActivityCancelled event = SCHEDULING__ACTIVITY_CANCELLED__INIT;

    event.activity = activity;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    enum status status = journal_append(call, activity->activity_id, &event.base);
    if (status != STATUS_OK)
        return status;
    const struct why with_it =
        why_ended(call, "activity_cancelled", activity->activity_id, why->reason);
    return activity_cancel_rest(call, activity, &with_it);
}

enum status activity_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    enum status status = object_step(call, &activity_object, ACTION(CANCEL), message);

    return status == STATUS_OK ? activity_say_cancelled(call, (Scheduling__Activity *)message, why)
                               : status;
}
