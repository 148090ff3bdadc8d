/* SPDX-License-Identifier: Apache-2.0 */
/* booking.c - the tables of booking.h; making a booking and ending one */
#include "services/scheduling/booking/booking.h"

#include "services/scheduling/activity/activity.h"
#include "services/scheduling/occurrence/occurrence.h"

#define STATUS(name) SCHEDULING__BOOKING_STATUS__BOOKING_STATUS_##name
#define ACTION(name) SCHEDULING__BOOKING_ACTION__BOOKING_ACTION_##name

const struct rule booking_rules[] = {
    RULE_UUID(resource_id),     RULE_UUID_IF_SET(community_id),
    RULE_UUID_IF_SET(unit_id),  RULE_TEXTS(groups, 0, 20, 40),
    RULE_TIME(start_time),      RULE_TIME(end_time),
    RULE_TEXT(purpose, 0, 200), RULES_END,
};

/* Two at once are found before, under the street's lock; the constraint is the truth. */
static const struct db_violation violations[] = {
    {"booking_owner", STATUS_INVALID_ARGUMENT, "booking.unit_id", "one_owner",
     "it is for a community or for a unit, not for both"},
    {"booking_times", STATUS_INVALID_ARGUMENT, "booking.end_time", "order",
     "the end is not after the start"},
    {"booking_overlap", STATUS_FAILED_PRECONDITION, "booking.start_time", "booked",
     "another booking stands there"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(BOOKED), ACTION(CANCEL), STATUS(CANCELLED), MAY_BOOK, true,
     "given back; the time is free again"},
    {0},
};

const struct life_cycle booking_life_cycle = {
    .table = transitions,
    .statuses = &scheduling__booking_status__descriptor,
    .actions = &scheduling__booking_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(booking_id),
    COLUMN(resource_id),
    NULLABLE(community_id, uuid),
    NULLABLE(unit_id, uuid),
    COLUMN(groups),
    NULLABLE(occurrence_id, uuid),
    COLUMN(start_time),
    COLUMN(end_time),
    COLUMN(purpose),
    COLUMN(conditions),
    COLUMN(conditions_version),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(booking, scheduling__booking__descriptor, .noun = "booking", .id = "booking_id",
       .table = "scheduling.booking", .columns = columns, .violations = violations,
       .life_cycle = &booking_life_cycle);

/* ---- making one ---- */

Scheduling__Booking *booking_for(struct call *call, const Scheduling__Activity *activity,
                                 const Scheduling__Occurrence *occurrence)
{
    Scheduling__Booking *booking = wire_new(call, &scheduling__booking__descriptor);

    booking->resource_id = occurrence->resource_id;
    booking->community_id = occurrence->community_id;
    booking->occurrence_id = occurrence->occurrence_id;
    booking->start_time = occurrence->start_time;
    booking->end_time = occurrence->end_time;
    booking->purpose = occurrence->title;
    booking->groups = activity->groups;
    booking->n_groups = activity->n_groups;
    return booking;
}

enum status booking_plan(struct call *call, Scheduling__Occurrence *occurrence,
                         const struct use_fields *fields, Scheduling__Booking **ret_booking)
{
    Scheduling__Activity *activity = wire_new(call, &scheduling__activity__descriptor);

    activity->activity_id = occurrence->activity_id;
    enum status status = object_load(call, &activity_object, "occurrence_id", &activity->base);
    if (status != STATUS_OK)
        return status;
    Scheduling__Booking *booking = booking_for(call, activity, occurrence);
    status = booking_check_or_refuse(call, booking, activity, fields);
    if (status != STATUS_OK)
        return status;
    booking->booking_id = occurrence->booking_id = call_new_id(call);
    *ret_booking = booking;
    return STATUS_OK;
}

enum status booking_make(struct call *call, Scheduling__Booking *booking)
{
    Scheduling__ResourceBooked event = SCHEDULING__RESOURCE_BOOKED__INIT;

    if (!booking->booking_id[0])
        booking->booking_id = call_new_id(call);
    booking->status = STATUS(BOOKED);
    object_insert(call, &booking_object, &booking->base);
    event.booking = booking;
    return journal_append(call, booking->booking_id, &event.base);
}

/* ---- moving one ---- */

enum status booking_check_move(struct call *call, const Scheduling__Occurrence *occurrence,
                               const struct use_fields *fields, struct booking_move *ret)
{
    Scheduling__Booking *booking = wire_new(call, &scheduling__booking__descriptor);
    const char *rival;

    booking->booking_id = occurrence->booking_id;
    enum status status = object_load(call, &booking_object, "occurrence_id", &booking->base);
    if (status != STATUS_OK)
        return status;
    *ret = (struct booking_move){booking, booking->start_time, booking->end_time, {0}};
    booking->start_time = occurrence->start_time;
    booking->end_time = occurrence->end_time;
    if (scheduling_time_compare(booking->start_time, ret->previous_start) >= 0 &&
        scheduling_time_compare(booking->end_time, ret->previous_end) <= 0)
        return STATUS_OK;
    Scheduling__Activity *activity = wire_new(call, &scheduling__activity__descriptor);
    activity->activity_id = occurrence->activity_id;
    status = object_load(call, &activity_object, "occurrence_id", &activity->base);
    return status == STATUS_OK
               ? booking_check(call, booking, activity, NULL, fields, &ret->violations, &rival)
               : status;
}

enum status booking_move(struct call *call, const struct booking_move *move)
{
    Scheduling__BookingMoved event = SCHEDULING__BOOKING_MOVED__INIT;

    object_store(call, &booking_object, &move->booking->base);
    event.booking = move->booking;
    event.previous_start_time = (Google__Protobuf__Timestamp *)move->previous_start;
    event.previous_end_time = (Google__Protobuf__Timestamp *)move->previous_end;
    return journal_append(call, move->booking->booking_id, &event.base);
}

/* ---- renaming them ---- */

STATEMENT(bookings_of_rest,
          .sql = "SELECT {columns} FROM scheduling.booking WHERE street = :street"
                 " AND status = 'BOOKED' AND booking_id IN (SELECT o.booking_id"
                 " FROM scheduling.occurrence o WHERE o.street = :street"
                 " AND o.activity_id = :activity_id AND o.status = 'SCHEDULED'"
                 " AND o.start_time > :now) ORDER BY start_time",
          .object = &booking_object, .of = &scheduling__activity__descriptor);

static enum status rename_to(struct call *call, Scheduling__Booking *booking, char *title)
{
    Scheduling__BookingUpdated event = SCHEDULING__BOOKING_UPDATED__INIT;

    booking->purpose = title;
    object_store(call, &booking_object, &booking->base);
    event.booking = booking;
    event.changed = MASK(call, "purpose");
    return journal_append(call, booking->booking_id, &event.base);
}

enum status bookings_rename(struct call *call, const Scheduling__Activity *activity)
{
    const PGresult *rows;
    enum status status = db_query(call, &bookings_of_rest, &activity->base, &rows);

    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__Booking *booking = wire_new(call, &scheduling__booking__descriptor);
        db_row(call, &bookings_of_rest, rows, row, &booking->base);
        status = rename_to(call, booking, activity->title);
    }
    return status;
}

/* ---- ending one ---- */

static enum status say_cancelled(struct call *call, Scheduling__Booking *booking,
                                 const struct why *why)
{
    Scheduling__BookingCancelled event = SCHEDULING__BOOKING_CANCELLED__INIT;

    event.booking = booking;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    return journal_append(call, booking->booking_id, &event.base);
}

enum status booking_cancel(struct call *call, const char *booking_id, const struct why *why)
{
    Scheduling__Booking *booking = wire_new(call, &scheduling__booking__descriptor);

    booking->booking_id = (char *)booking_id;
    enum status status = object_load(call, &booking_object, "booking_id", &booking->base);
    if (status == STATUS_OK)
        status = object_step(call, &booking_object, ACTION(CANCEL), &booking->base);
    return status == STATUS_OK ? say_cancelled(call, booking, why) : status;
}

static enum status leave_date(struct call *call, const Scheduling__Booking *booking,
                              const char *reason)
{
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);

    occurrence->occurrence_id = booking->occurrence_id;
    enum status status = object_load(call, &occurrence_object, "occurrence_id", &occurrence->base);
    if (status != STATUS_OK)
        return status;
    occurrence->booking_id = (char *)"";
    object_store(call, &occurrence_object, &occurrence->base);
    return occurrence_say_unbooked(call, occurrence, booking->booking_id, reason);
}

enum status booking_ended(struct call *call, Scheduling__Booking *booking, const struct why *why)
{
    enum status status = STATUS_OK;

    /* the date first: whoever is told of it is not told of its booking */
    if (booking->occurrence_id[0])
        status = leave_date(call, booking, why->reason);
    return status == STATUS_OK ? say_cancelled(call, booking, why) : status;
}

enum status booking_end(struct call *call, ProtobufCMessage *message, const struct why *why)
{
    enum status status = object_step(call, &booking_object, ACTION(CANCEL), message);

    return status == STATUS_OK ? booking_ended(call, (Scheduling__Booking *)message, why) : status;
}
