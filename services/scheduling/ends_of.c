/* SPDX-License-Identifier: Apache-2.0 */
/* ends_of.c - how activities, occurrences and sign-ups go on, or do not, without something else */
#include "libcommon/base/ids.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/ends.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

static enum status activity_lost(struct call *call, Scheduling__Activity *activity,
                                 Google__Protobuf__FieldMask *changed, const struct why *why)
{
    Scheduling__ActivityUpdated event = SCHEDULING__ACTIVITY_UPDATED__INIT;

    object_store(call, &activity_object, &activity->base);
    event.activity = activity;
    event.changed = changed;
    event.cause = why->cause;
    event.reason = (char *)why->reason;
    return journal_append(call, activity->activity_id, &event.base);
}

enum status activity_lose_unit(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Scheduling__Activity *activity = (Scheduling__Activity *)message;
    Google__Protobuf__FieldMask *changed = MASK(call, "unit_ids", "agreed_unit_ids");
    const char *unit_id = why->cause->object_id;

    (void)ids_take_out(activity->unit_ids, &activity->n_unit_ids, unit_id);
    if (!ids_take_out(activity->agreed_unit_ids, &activity->n_agreed_unit_ids, unit_id))
        changed->n_paths = 1;
    return activity_lost(call, activity, changed, why);
}

enum status activity_lose_resource(struct call *call, ProtobufCMessage *message,
                                   const struct why *why)
{
    Scheduling__Activity *activity = (Scheduling__Activity *)message;

    activity->resource_id = (char *)"";
    return activity_lost(call, activity, MASK(call, "resource_id"), why);
}

enum status occurrence_lose_resource(struct call *call, ProtobufCMessage *message,
                                     const struct why *why)
{
    Scheduling__Occurrence *occurrence = (Scheduling__Occurrence *)message;
    Google__Protobuf__FieldMask *changed = MASK(call, "resource_id", "booking_id");
    const char *booking_id = occurrence->booking_id;

    if (!booking_id[0])
        changed->n_paths = 1;
    occurrence->resource_id = occurrence->booking_id = (char *)"";
    object_store(call, &occurrence_object, &occurrence->base);
    /* the date first: whoever is told of it is not told of its booking */
    enum status status = occurrence_say_updated(call, occurrence, changed, why);
    return status == STATUS_OK && booking_id[0] ? booking_cancel(call, booking_id, why) : status;
}

enum status sign_up_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    Scheduling__SignUp *sign_up = (Scheduling__SignUp *)message;
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);

    occurrence->occurrence_id = sign_up->occurrence_id;
    enum status status = object_load(call, &occurrence_object, "occurrence_id", &occurrence->base);
    return status == STATUS_OK ? sign_up_cancel(call, sign_up, occurrence, why) : status;
}
