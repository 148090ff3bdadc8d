/* SPDX-License-Identifier: Apache-2.0 */
/* rezone.c - what rezone.h says, a hundred dates at a time */
#include "services/scheduling/occurrence/rezone.h"

#include <string.h>

#include "services/scheduling/advance.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"

enum { AT_ONCE = 100 }; /* LIMIT of the statement */

static const struct use_fields fields = {"occurrence_id", "occurrence_id", "occurrence_id",
                                         "occurrence_id"};

/* In the order in which each makes room for the next: where the clock goes forward the last
 * first. */
#define SAID                                                                                       \
    "start_local::timestamp AT TIME ZONE (SELECT time_zone FROM scheduling.stream"                 \
    " WHERE street = :street)"
STATEMENT(select_shifted,
          .sql = "SELECT {columns} FROM scheduling.occurrence WHERE street = :street"
                 " AND status = 'SCHEDULED' AND start_time > :now AND start_time <> " SAID
                 " ORDER BY CASE WHEN start_time < " SAID " THEN -extract(epoch FROM start_time)"
                 " ELSE extract(epoch FROM start_time) END LIMIT 100",
          .object = &occurrence_object);

enum status occurrences_zone_changed(struct call *call)
{
    timer_set(call, REZONE_TIMER, call->street, call->now);
    return STATUS_OK;
}

static bool is_taken(const struct violations *violations)
{
    for (size_t i = 0; i < violations->count; i++)
        if (strcmp(violations->item[i].rule, "booked") == 0)
            return true;
    return false;
}

/* The date first: whoever is told of it is not told of its booking. */
static enum status lose_booking(struct call *call, Scheduling__Occurrence *occurrence,
                                const char *booking_id)
{
    const struct why zone = why_ended(call, "zone_changed", occurrence->occurrence_id, "");
    enum status status = occurrence_say_unbooked(call, occurrence, booking_id, "");

    return status == STATUS_OK ? booking_cancel(call, booking_id, &zone) : status;
}

/* Sign-up that opened at once stays open. */
static Google__Protobuf__FieldMask *changed_since(struct call *call,
                                                  const Scheduling__Occurrence *before,
                                                  const Scheduling__Occurrence *occurrence)
{
    Google__Protobuf__FieldMask *changed =
        MASK(call, "start_time", "end_time", "sign_up_until_time", "sign_up_from_time");

    if (scheduling_time_compare(before->sign_up_from_time, occurrence->sign_up_from_time) == 0)
        changed->n_paths--;
    return changed;
}

static enum status rezone(struct call *call, Scheduling__Occurrence *occurrence)
{
    const Scheduling__Occurrence before = *occurrence;
    struct booking_move move = {0};
    enum status status = occurrence_derive_times(call, occurrence);

    if (status == STATUS_OK && occurrence->booking_id[0])
        status = booking_check_move(call, occurrence, &fields, &move);
    if (status != STATUS_OK)
        return status;
    const bool loses_booking = is_taken(&move.violations);
    if (loses_booking)
        occurrence->booking_id = (char *)"";
    object_store(call, &occurrence_object, &occurrence->base);
    activity_advance_soon(call, occurrence->activity_id);
    status = occurrence_say_updated(call, occurrence, changed_since(call, &before, occurrence),
                                    BECAUSE(""));
    if (status == STATUS_OK && loses_booking)
        return lose_booking(call, occurrence, before.booking_id);
    return status == STATUS_OK && move.booking ? booking_move(call, &move) : status;
}

enum status occurrences_rezone(struct call *call)
{
    const PGresult *rows;
    enum status status = db_query(call, &select_shifted, NULL, &rows);

    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
        db_row(call, &select_shifted, rows, row, &occurrence->base);
        status = rezone(call, occurrence);
    }
    if (status == STATUS_OK && PQntuples(rows) == AT_ONCE)
        timer_set(call, REZONE_TIMER, call->street, call->now);
    return status;
}
