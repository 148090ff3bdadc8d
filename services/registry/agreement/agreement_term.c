/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agreement_term.c - an agreement's days, its timers, and what its end does
 *
 * A day is one of the street's zone, which the database knows. UpdateStreet moves the timers where
 * the zone becomes another one; should one fire too early all the same, it finds that the term
 * still runs and is set again.
 */
#include "services/registry/agreement/agreement.h"

#include "libcommon/service/database/convert.h"
#include "registry_street.pb-c.h"
#include "services/registry/unit/unit.h"

#define ACTION(name) REGISTRY__AGREEMENT_ACTION__AGREEMENT_ACTION_##name

/* ---- days ---- */

SHARED_STATEMENT(agreement_term,
                 .sql = "SELECT coalesce((:update_time::timestamptz AT TIME ZONE time_zone)::date"
                        " BETWEEN nullif(:signed_on, '')::date AND :valid_to_on::date, false),"
                        " (:valid_to_on::date - 30)::timestamp AT TIME ZONE time_zone,"
                        " (:valid_to_on::date + 1)::timestamp AT TIME ZONE time_zone"
                        " FROM registry.stream WHERE street = :street",
                 .of = &registry__agreement__descriptor);

enum status agreement_read_term(struct call *call, const Registry__Agreement *agreement,
                                struct term *ret)
{
    Registry__Agreement asked = *agreement;
    const PGresult *rows;

    asked.update_time = (Google__Protobuf__Timestamp *)call->now;
    enum status status = db_query(call, &agreement_term, &asked.base, &rows);
    if (status == STATUS_OK)
        *ret = (struct term){
            .runs = column_int(rows, 0, 0) != 0,
            .warns = timestamp_new(call, column_unix_us(rows, 0, 1)),
            .ends = timestamp_new(call, column_unix_us(rows, 0, 2)),
        };
    return status;
}

void agreement_set_timers(struct call *call, const Registry__Agreement *agreement,
                          const struct term *term)
{
    timer_set(call, AGREEMENT_WARNING, agreement->agreement_id, term->warns);
    timer_set(call, AGREEMENT_LAPSE, agreement->agreement_id, term->ends);
}

void agreement_cancel_timers(struct call *call, const Registry__Agreement *agreement)
{
    timer_cancel(call, AGREEMENT_WARNING, agreement->agreement_id);
    timer_cancel(call, AGREEMENT_LAPSE, agreement->agreement_id);
}

SHARED_STATEMENT(agreement_rezone,
                 .sql = "UPDATE registry.timer t SET due = (a.valid_to_on + CASE t.name"
                        " WHEN '" AGREEMENT_WARNING "' THEN -30 ELSE 1 END)::timestamp"
                        " AT TIME ZONE :time_zone FROM registry.agreement a"
                        " WHERE t.street = :street AND a.street = :street"
                        " AND t.name IN ('" AGREEMENT_WARNING "', '" AGREEMENT_LAPSE "')"
                        " AND a.agreement_id = t.subject::uuid",
                 .of = &registry__street__descriptor);

/* ---- end ---- */

enum status agreement_leave(struct call *call, Registry__Agreement *agreement,
                            Registry__AgreementAction action, const struct why *why)
{
    Registry__AgreementChanged event = REGISTRY__AGREEMENT_CHANGED__INIT;
    enum status status = object_step(call, &agreement_object, (int)action, &agreement->base);

    if (status != STATUS_OK)
        return status;
    agreement_cancel_timers(call, agreement);
    event.agreement = agreement;
    event.action = action;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    return journal_append(call, agreement->agreement_id, &event.base);
}

/* One row: the unit, if no other agreement holds it. */
STATEMENT(unit_to_release,
          .sql = "SELECT {columns} FROM registry.unit u WHERE street = :street"
                 " AND unit_id = :unit_id AND NOT EXISTS (SELECT FROM registry.agreement a"
                 " WHERE a.street = :street AND a.unit_id = :unit_id AND a.status = 'IN_FORCE')",
          .object = &unit_object, .of = &registry__agreement__descriptor);

enum status agreement_release_unit(struct call *call, const Registry__Agreement *agreement)
{
    const PGresult *rows;
    Registry__Unit *unit = wire_new(call, &registry__unit__descriptor);
    enum status status = db_query(call, &unit_to_release, &agreement->base, &rows);

    if (status != STATUS_OK || PQntuples(rows) == 0)
        return status;
    db_row(call, &unit_to_release, rows, 0, &unit->base);
    if (unit->status != REGISTRY__UNIT_STATUS__UNIT_STATUS_SIGNED)
        return STATUS_OK;
    return unit_step(call, unit, REGISTRY__UNIT_ACTION__UNIT_ACTION_LAPSE);
}

/* ---- timers ---- */

/* Puts the subject into `agreement`; *ret_in_force false: there is nothing to do any more. */
static enum status load_subject(struct call *call, Registry__Agreement *agreement,
                                bool *ret_in_force)
{
    agreement->agreement_id = (char *)call->source.timer->subject;
    enum status status = object_load(call, &agreement_object, "agreement_id", &agreement->base);
    *ret_in_force = agreement->status == REGISTRY__AGREEMENT_STATUS__AGREEMENT_STATUS_IN_FORCE;
    return status;
}

/* Of a term that is over agreement_let_lapse tells. */
enum status agreement_tell_lapsing(struct call *call)
{
    Registry__AgreementLapsing event = REGISTRY__AGREEMENT_LAPSING__INIT;
    struct term term = {0};
    bool in_force;

    event.agreement = wire_new(call, &registry__agreement__descriptor);
    enum status status = load_subject(call, event.agreement, &in_force);
    if (status == STATUS_OK && in_force)
        status = agreement_read_term(call, event.agreement, &term);
    if (status != STATUS_OK || !in_force || !term.runs)
        return status;
    return journal_append(call, event.agreement->agreement_id, &event.base);
}

enum status agreement_let_lapse(struct call *call)
{
    Registry__Agreement *agreement = wire_new(call, &registry__agreement__descriptor);
    struct term term;
    bool in_force;

    enum status status = load_subject(call, agreement, &in_force);
    if (status == STATUS_OK && in_force)
        status = agreement_read_term(call, agreement, &term);
    if (status != STATUS_OK || !in_force)
        return status;
    if (term.runs) {
        timer_set(call, AGREEMENT_LAPSE, agreement->agreement_id, term.ends);
        return STATUS_OK;
    }
    status = agreement_leave(call, agreement, ACTION(LAPSE), BECAUSE(""));
    return status == STATUS_OK ? agreement_release_unit(call, agreement) : status;
}
