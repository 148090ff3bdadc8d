/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_up.c - the tables of sign_up.h; leaving, promoting, releasing all
 *
 * The occurrence counts who has a place and who waits; both counters and the rows change under the
 * street's lock.
 */
#include "services/scheduling/sign_up/sign_up.h"

#include "services/scheduling/occurrence/occurrence.h"

#define STATUS(name) SCHEDULING__SIGN_UP_STATUS__SIGN_UP_STATUS_##name
#define ACTION(name) SCHEDULING__SIGN_UP_ACTION__SIGN_UP_ACTION_##name

enum {
    AT_ONCE = 500,         /* of an occurrence's people; LIMIT of the statements */
    EVENTS_AT_ONCE = 1000, /* of one command, before the rest is left to a timer */
};

static const struct transition transitions[] = {
    {STATUS(WAITING), ACTION(PROMOTE), STATUS(SIGNED_UP), NOBODY, false, "a place became free"},
    {STATUS(SIGNED_UP), ACTION(CANCEL), STATUS(CANCELLED), MAY_SIGN_UP, false,
     "the place goes to the first who waits"},
    {STATUS(WAITING), ACTION(CANCEL), STATUS(CANCELLED), MAY_SIGN_UP, false, "waits no more"},
    {0},
};

const struct life_cycle sign_up_life_cycle = {
    .table = transitions,
    .statuses = &scheduling__sign_up_status__descriptor,
    .actions = &scheduling__sign_up_action__descriptor,
};

static const struct db_violation violations[] = {
    {"sign_up_live_key", STATUS_ALREADY_EXISTS, "person_id", "unique_in_occurrence",
     "the person is signed up or waiting"},
    {"sign_up_occurrence", STATUS_NOT_FOUND, "occurrence_id", "exists",
     "no such occurrence in this street"},
    {0},
};

static const struct column columns[] = {
    COLUMN(sign_up_id),
    COLUMN(occurrence_id),
    COLUMN(person_id),
    NULLABLE(community_id, uuid),
    NULLABLE(unit_id, uuid),
    /* what it was on arrival, of whoever still waits; whoever shows it says SIGN_UP_RANK */
    {.name = "place",
     .read = "(CASE sign_up.status WHEN 'WAITING' THEN sign_up.place ELSE 0 END)",
     .fixed = true},
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(sign_up, scheduling__sign_up__descriptor, .noun = "sign-up", .id = "sign_up_id",
       .table = "scheduling.sign_up", .columns = columns, .violations = violations,
       .life_cycle = &sign_up_life_cycle);

/* ---- counting ---- */

/* Should a counter ever say less than the rows do, the rows are right. */
static void count_down(uint32_t *counter)
{
    *counter -= *counter > 0;
}

/* ---- promoting ---- */

/* None where its community was dissolved: it will be cancelled in a moment. */
STATEMENT(sign_ups_waiting,
          .sql = "SELECT {columns} FROM scheduling.sign_up WHERE street = :street"
                 " AND occurrence_id = :occurrence_id AND status = 'WAITING'"
                 " AND NOT EXISTS (SELECT FROM scheduling.community c WHERE c.street = :street"
                 " AND c.community_id = nullif(:community_id, '')::uuid"
                 " AND c.status = 'DISSOLVED')"
                 " ORDER BY sign_up_id LIMIT least(:capacity::integer - :taken::integer, 500)",
          .object = &sign_up_object, .of = &scheduling__occurrence__descriptor);

static enum status promote(struct call *call, Scheduling__SignUp *sign_up,
                           Scheduling__Occurrence *occurrence)
{
    Scheduling__Promoted event = SCHEDULING__PROMOTED__INIT;
    enum status status = object_step(call, &sign_up_object, ACTION(PROMOTE), &sign_up->base);

    if (status != STATUS_OK)
        return status;
    sign_up->place = 0;
    count_down(&occurrence->waiting);
    occurrence->taken++;
    event.sign_up = sign_up;
    event.occurrence = occurrence;
    return journal_append(call, sign_up->sign_up_id, &event.base);
}

/* *ret_left: more of them may wait. */
static enum status promote_some(struct call *call, Scheduling__Occurrence *occurrence,
                                bool *ret_left)
{
    const PGresult *rows;
    enum status status = db_query(call, &sign_ups_waiting, &occurrence->base, &rows);

    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__SignUp *sign_up = wire_new(call, &scheduling__sign_up__descriptor);
        db_row(call, &sign_ups_waiting, rows, row, &sign_up->base);
        status = promote(call, sign_up, occurrence);
    }
    if (status != STATUS_OK)
        return status;
    *ret_left = PQntuples(rows) == AT_ONCE;
    db_do(call, &occurrence_count, &occurrence->base);
    return STATUS_OK;
}

/* Nobody is promoted into what was cancelled, which is being emptied, or into what has begun. */
static bool has_room(const struct call *call, const Scheduling__Occurrence *occurrence)
{
    return occurrence->status == SCHEDULING__OCCURRENCE_STATUS__OCCURRENCE_STATUS_SCHEDULED &&
           !scheduling_is_past(call, occurrence->start_time) && occurrence->waiting > 0 &&
           occurrence->taken < occurrence->capacity;
}

enum status sign_ups_promote(struct call *call, Scheduling__Occurrence *occurrence)
{
    enum status status = STATUS_OK;
    bool left = true;

    if (!has_room(call, occurrence))
        return STATUS_OK;
    if (call->event_count < EVENTS_AT_ONCE)
        status = promote_some(call, occurrence, &left);
    if (status == STATUS_OK && left && has_room(call, occurrence))
        timer_set(call, PROMOTE_TIMER, occurrence->occurrence_id, call->now);
    return status;
}

enum status sign_ups_promote_rest(struct call *call)
{
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);

    occurrence->occurrence_id = (char *)call->source.timer->subject;
    enum status status = object_load(call, &occurrence_object, "occurrence_id", &occurrence->base);
    return status == STATUS_OK ? sign_ups_promote(call, occurrence) : status;
}

/* ---- leaving ---- */

/* Counts one out and says so; who waited still has the place that was read. */
static enum status count_out(struct call *call, Scheduling__SignUp *sign_up,
                             Scheduling__Occurrence *occurrence, const struct why *why)
{
    Scheduling__SignUpCancelled event = SCHEDULING__SIGN_UP_CANCELLED__INIT;

    count_down(sign_up->place > 0 ? &occurrence->waiting : &occurrence->taken);
    sign_up->place = 0;
    event.sign_up = sign_up;
    event.occurrence = occurrence;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    return journal_append(call, sign_up->sign_up_id, &event.base);
}

enum status sign_up_left(struct call *call, Scheduling__SignUp *sign_up,
                         Scheduling__Occurrence *occurrence, const struct why *why)
{
    enum status status = count_out(call, sign_up, occurrence, why);

    if (status != STATUS_OK)
        return status;
    db_do(call, &occurrence_count, &occurrence->base);
    return sign_ups_promote(call, occurrence);
}

enum status sign_up_cancel(struct call *call, Scheduling__SignUp *sign_up,
                           Scheduling__Occurrence *occurrence, const struct why *why)
{
    enum status status = object_step(call, &sign_up_object, ACTION(CANCEL), &sign_up->base);

    return status == STATUS_OK ? sign_up_left(call, sign_up, occurrence, why) : status;
}

/* ---- releasing all ---- */

STATEMENT(sign_ups_live,
          .sql = "SELECT {columns} FROM scheduling.sign_up WHERE street = :street"
                 " AND occurrence_id = :occurrence_id AND status <> 'CANCELLED'"
                 " ORDER BY sign_up_id LIMIT 500",
          .object = &sign_up_object, .of = &scheduling__occurrence__descriptor);

/* *ret_left: there may be more of them. With the last row nobody is left, whatever was counted. */
static enum status release_some(struct call *call, Scheduling__Occurrence *occurrence,
                                const struct why *why, bool *ret_left)
{
    const PGresult *rows;
    enum status status = db_query(call, &sign_ups_live, &occurrence->base, &rows);

    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__SignUp *sign_up = wire_new(call, &scheduling__sign_up__descriptor);
        db_row(call, &sign_ups_live, rows, row, &sign_up->base);
        status = object_step(call, &sign_up_object, ACTION(CANCEL), &sign_up->base);
        if (status == STATUS_OK)
            status = count_out(call, sign_up, occurrence, why);
    }
    if (status != STATUS_OK)
        return status;
    *ret_left = PQntuples(rows) == AT_ONCE;
    if (!*ret_left)
        occurrence->taken = occurrence->waiting = 0;
    db_do(call, &occurrence_count, &occurrence->base);
    return STATUS_OK;
}

enum status sign_ups_release(struct call *call, Scheduling__Occurrence *occurrence,
                             const struct why *why)
{
    enum status status = STATUS_OK;
    bool left = true;

    if (occurrence->capacity == 0)
        return STATUS_OK;
    if (call->event_count < EVENTS_AT_ONCE)
        status = release_some(call, occurrence, why, &left);
    if (status == STATUS_OK && left)
        timer_set_noting(call, RELEASE_TIMER, occurrence->occurrence_id, call->now, why->reason);
    return status;
}

enum status sign_ups_release_rest(struct call *call)
{
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);

    const struct timer_source *timer = call->source.timer;
    const struct why why = why_ended(call, "occurrence_cancelled", timer->subject, timer->note);

    occurrence->occurrence_id = (char *)timer->subject;
    enum status status = object_load(call, &occurrence_object, "occurrence_id", &occurrence->base);
    return status == STATUS_OK ? sign_ups_release(call, occurrence, &why) : status;
}
