/* SPDX-License-Identifier: Apache-2.0 */
/* occurrence.c - the tables of occurrence.h; its id; loading one */
#include "services/scheduling/occurrence/occurrence.h"

#include <sodium.h>
#include <string.h>

#include "libcommon/base/mem.h"

#define STATUS(name) SCHEDULING__OCCURRENCE_STATUS__OCCURRENCE_STATUS_##name
#define ACTION(name) SCHEDULING__OCCURRENCE_ACTION__OCCURRENCE_ACTION_##name

static const struct transition transitions[] = {
    {STATUS(SCHEDULED), ACTION(CANCEL), STATUS(CANCELLED), MAY_WRITE_ACTIVITY, true,
     "called off; its booking and sign-ups are cancelled"},
    {0},
};

const struct life_cycle occurrence_life_cycle = {
    .table = transitions,
    .statuses = &scheduling__occurrence_status__descriptor,
    .actions = &scheduling__occurrence_action__descriptor,
};

/* People come and go without a revision. */
SHARED_STATEMENT(occurrence_count,
                 .sql = "UPDATE scheduling.occurrence SET taken = :taken, waiting = :waiting"
                        " WHERE street = :street AND occurrence_id = :occurrence_id",
                 .of = &scheduling__occurrence__descriptor);

SHARED_STATEMENT(place_of_occurrence,
                 .sql = "SELECT coalesce(community_id::text, '') AS community_id"
                        " FROM scheduling.occurrence WHERE street = :street"
                        " AND occurrence_id = :occurrence_id");

static const struct column columns[] = {
    COLUMN(occurrence_id),
    COLUMN(activity_id),
    COLUMN(original_start_local),
    COLUMN(start_local),
    COLUMN(duration_minutes),
    COLUMN(start_time),
    COLUMN(end_time),
    COLUMN(sign_up_from_time),
    COLUMN(sign_up_until_time),
    NULLABLE(community_id, uuid),
    COLUMN(title),
    COLUMN(kind),
    NULLABLE(resource_id, uuid),
    {.name = "booking_id",
     .write = "CASE WHEN :status <> 'CANCELLED' THEN nullif(:booking_id, '')::uuid END"},
    COLUMN(capacity),
    COLUMN(waitlist),
    COLUMN(taken),
    COLUMN(waiting),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(occurrence, scheduling__occurrence__descriptor, .noun = "occurrence", .id = "occurrence_id",
       .table = "scheduling.occurrence", .columns = columns, .life_cycle = &occurrence_life_cycle);

char *occurrence_id_of(struct call *call, const char *activity_id, const char *original_start_local)
{
    const char *name = mem_printf(call, "%s/%s", activity_id, original_start_local);
    uint8_t bytes[crypto_generichash_BYTES_MIN];
    char *id = mem_bytes(call, ID_CHARS + 1);

    crypto_generichash(bytes, sizeof bytes, (const uint8_t *)name, strlen(name), NULL, 0);
    bytes[6] = (uint8_t)(0x80 | (bytes[6] & 0x0F)); /* version 8 */
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3F)); /* variant 10 */
    id_format(bytes, id);
    return id;
}

/* ---- loading and storing ---- */

SHARED_STATEMENT(occurrence_community,
                 .sql = "SELECT 1 WHERE NOT EXISTS (SELECT FROM scheduling.community"
                        " WHERE street = :street AND community_id = nullif(:community_id, '')::uuid"
                        " AND status = 'DISSOLVED')",
                 .of = &scheduling__occurrence__descriptor,
                 .one_row = {STATUS_FAILED_PRECONDITION, "occurrence_id", "community_status",
                             "its community was dissolved"});

enum status occurrence_check_future(struct call *call, const Scheduling__Occurrence *occurrence)
{
    if (scheduling_is_past(call, occurrence->start_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "occurrence_id", "past", "it began");
    return STATUS_OK;
}

enum status occurrence_load(struct call *call, const char *occurrence_id, uint32_t revision,
                            Scheduling__Occurrence *occurrence)
{
    occurrence->occurrence_id = (char *)occurrence_id;
    enum status status = object_load(call, &occurrence_object, "occurrence_id", &occurrence->base);
    if (status != STATUS_OK)
        return status;
    if (occurrence->revision != revision) {
        (void)!call_fail(call, STATUS_ABORTED, "revision", "stale",
                         "the occurrence was changed since it was read: it is at revision %u",
                         occurrence->revision);
        return call_add_param(call, (struct violation_param){"revision", occurrence->revision});
    }
    if (occurrence->status == STATUS(CANCELLED))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "occurrence_id", "final",
                         "it was cancelled");
    return occurrence_check_future(call, occurrence);
}

/* Sign-up that opened at once stays open. */
/* clang-format off */
STATEMENT(
    derive_times,
    .sql = "SELECT t.start_time, t.start_time + make_interval(mins => :duration_minutes) AS end_time, "
           SIGN_UP_FROM("t.local", "t.start_time", ":sign_up_from_time::timestamptz") " AS sign_up_from_time, "
           SIGN_UP_UNTIL("t.start_time") " AS sign_up_until_time"
           " FROM scheduling.stream s JOIN scheduling.activity a ON a.street = s.street,"
           " LATERAL (SELECT :start_local::timestamp AS local,"
           " :start_local::timestamp AT TIME ZONE s.time_zone AS start_time) t"
           " WHERE s.street = :street AND a.street = :street AND a.activity_id = :activity_id",
    .of = &scheduling__occurrence__descriptor,
    .one_row = {STATUS_NOT_FOUND, "activity_id", "exists", "no such activity in this street"});
/* clang-format on */

enum status occurrence_derive_times(struct call *call, Scheduling__Occurrence *occurrence)
{
    const PGresult *rows;
    enum status status = db_query(call, &derive_times, &occurrence->base, &rows);

    if (status == STATUS_OK)
        db_row(call, &derive_times, rows, 0, &occurrence->base);
    return status;
}

enum status occurrence_say_updated(struct call *call, Scheduling__Occurrence *occurrence,
                                   Google__Protobuf__FieldMask *changed, const struct why *why)
{
    Scheduling__OccurrenceUpdated event = SCHEDULING__OCCURRENCE_UPDATED__INIT;

    event.occurrence = occurrence;
    event.changed = changed;
    event.cause = why->cause;
    event.reason = (char *)why->reason;
    return journal_append(call, occurrence->occurrence_id, &event.base);
}

enum status occurrence_say_unbooked(struct call *call, Scheduling__Occurrence *occurrence,
                                    const char *booking_id, const char *reason)
{
    const struct why why = why_ended(call, "booking_cancelled", booking_id, reason);

    return occurrence_say_updated(call, occurrence, MASK(call, "booking_id"), &why);
}
