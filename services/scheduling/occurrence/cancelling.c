/* SPDX-License-Identifier: Apache-2.0 */
/* cancelling.c - what ends with an occurrence */
#include "services/scheduling/occurrence/cancelling.h"

#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

#define ACTION(name) SCHEDULING__OCCURRENCE_ACTION__OCCURRENCE_ACTION_##name

enum status occurrence_cancelled(struct call *call, Scheduling__Occurrence *occurrence,
                                 const struct why *why)
{
    Scheduling__OccurrenceCancelled event = SCHEDULING__OCCURRENCE_CANCELLED__INIT;
    const char *booking_id = occurrence->booking_id;
    const struct why with_it =
        why_ended(call, "occurrence_cancelled", occurrence->occurrence_id, why->reason);

    occurrence->booking_id = (char *)"";
    event.occurrence = occurrence;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    enum status status = journal_append(call, occurrence->occurrence_id, &event.base);
    if (status == STATUS_OK && booking_id[0])
        status = booking_cancel(call, booking_id, &with_it);
    return status == STATUS_OK ? sign_ups_release(call, occurrence, &with_it) : status;
}

enum status occurrence_cancel(struct call *call, Scheduling__Occurrence *occurrence,
                              const struct why *why)
{
    enum status status = object_step(call, &occurrence_object, ACTION(CANCEL), &occurrence->base);

    return status == STATUS_OK ? occurrence_cancelled(call, occurrence, why) : status;
}
