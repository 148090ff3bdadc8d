/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_up_person.c - SignUpPerson: a place in an occurrence, or one on its waitlist
 *
 * Request -> occurrence and person in one statement -> open? known? full?
 * -> one row, the occurrence's counters -> SignedUp or Waitlisted. Waits once. Refuses before it
 * writes, so that the many who come too late cost the batch nothing.
 */
#include "libcommon/service/database/convert.h"
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

#define STATUS(name) SCHEDULING__SIGN_UP_STATUS__SIGN_UP_STATUS_##name
#define SCHEDULED SCHEDULING__OCCURRENCE_STATUS__OCCURRENCE_STATUS_SCHEDULED

STATEMENT(place_of_person,
          .sql = "SELECT coalesce(o.community_id::text, '') AS community_id,"
                 " coalesce(p.unit_id::text, '') AS unit_id, p.person_id::text AS person_id"
                 " FROM scheduling.occurrence o JOIN scheduling.person p ON p.street = o.street"
                 " WHERE o.street = :street AND o.occurrence_id = :occurrence_id"
                 " AND p.street = :street AND p.person_id = :person_id");
STATEMENT(select_seat,
          .sql = "SELECT {columns}, (SELECT unit_id::text FROM scheduling.person"
                 " WHERE street = :street AND person_id = :person_id"
                 " AND status = 'ACTIVE') AS person_unit_id,"
                 " EXISTS (SELECT FROM scheduling.person WHERE street = :street"
                 " AND person_id = :person_id AND status = 'ACTIVE') AS is_known,"
                 " EXISTS (SELECT FROM scheduling.sign_up WHERE street = :street"
                 " AND occurrence_id = :occurrence_id AND person_id = :person_id"
                 " AND status <> 'CANCELLED') AS is_there,"
                 " EXISTS (SELECT FROM scheduling.community c WHERE c.street = :street"
                 " AND c.community_id = occurrence.community_id AND c.status = 'DISSOLVED')"
                 " AS is_over FROM scheduling.occurrence"
                 " WHERE street = :street AND occurrence_id = :occurrence_id",
          .object = &occurrence_object, .of = &scheduling__sign_up_person_request__descriptor,
          .one_row = {STATUS_NOT_FOUND, "occurrence_id", "exists",
                      "no such occurrence in this street"});

/* ---- checks ---- */

static enum status refuse(struct call *call, const char *rule, const char *message)
{
    return call_fail(call, STATUS_FAILED_PRECONDITION, "occurrence_id", rule, "%s", message);
}

static bool is_true(const PGresult *rows, const char *column)
{
    return column_int(rows, 0, PQfnumber(rows, column)) != 0;
}

/* is_over: its community was dissolved, and it will be cancelled in a moment. */
static enum status check_occurrence(struct call *call, const Scheduling__Occurrence *occurrence,
                                    bool is_over)
{
    if (is_over || occurrence->status != SCHEDULED)
        return refuse(call, "cancelled", "it was called off");
    if (occurrence->capacity == 0)
        return refuse(call, "no_sign_up", "nobody signs up for it");
    if (scheduling_is_past(call, occurrence->sign_up_until_time))
        return refuse(call, "past", "its sign-up is closed");
    if (!scheduling_is_past(call, occurrence->sign_up_from_time))
        return refuse(call, "not_open", "its sign-up has not begun");
    return STATUS_OK;
}

static enum status check_person(struct call *call, const PGresult *rows)
{
    if (!is_true(rows, "is_known"))
        return call_fail(call, STATUS_NOT_FOUND, "person_id", "exists",
                         "no such person takes part in this street");
    if (is_true(rows, "is_there"))
        return call_fail(call, STATUS_ALREADY_EXISTS, "person_id", "unique_in_occurrence",
                         "the person is signed up or waiting");
    return STATUS_OK;
}

/* ---- the sign-up ---- */

/* Nobody overtakes who waits for a place that is being given away. */
static enum status take_place(struct call *call, const PGresult *rows,
                              Scheduling__Occurrence *occurrence, Scheduling__SignUp *sign_up)
{
    if (occurrence->taken + occurrence->waiting < occurrence->capacity) {
        sign_up->status = STATUS(SIGNED_UP);
        occurrence->taken++;
    } else if (occurrence->waiting < occurrence->waitlist) {
        sign_up->status = STATUS(WAITING);
        sign_up->place = ++occurrence->waiting;
    } else {
        return refuse(call, "full", "it is full, and so is its waitlist");
    }
    sign_up->sign_up_id = call_new_id(call);
    sign_up->occurrence_id = occurrence->occurrence_id;
    sign_up->community_id = occurrence->community_id;
    sign_up->unit_id = (char *)column_text(call, rows, 0, PQfnumber(rows, "person_unit_id"));
    return STATUS_OK;
}

static enum status say(struct call *call, Scheduling__Occurrence *occurrence,
                       Scheduling__SignUp *sign_up)
{
    Scheduling__SignedUp signed_up = SCHEDULING__SIGNED_UP__INIT;
    Scheduling__Waitlisted waitlisted = SCHEDULING__WAITLISTED__INIT;

    signed_up.sign_up = waitlisted.sign_up = sign_up;
    signed_up.occurrence = waitlisted.occurrence = occurrence;
    return journal_append(call, sign_up->sign_up_id,
                          sign_up->status == STATUS(WAITING) ? &waitlisted.base : &signed_up.base);
}

static enum status sign_up_person(struct call *call)
{
    const Scheduling__SignUpPersonRequest *request = call->request;
    Scheduling__SignUpPersonResponse *response = call->response;
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
    Scheduling__SignUp *sign_up = wire_new(call, &scheduling__sign_up__descriptor);
    const PGresult *rows;

    enum status status = db_query(call, &select_seat, &request->base, &rows);
    if (status != STATUS_OK)
        return status;
    db_row(call, &select_seat, rows, 0, &occurrence->base);
    status = check_occurrence(call, occurrence, is_true(rows, "is_over"));
    if (status == STATUS_OK)
        status = check_person(call, rows);
    sign_up->person_id = request->person_id;
    if (status == STATUS_OK)
        status = take_place(call, rows, occurrence, sign_up);
    if (status != STATUS_OK)
        return status;
    object_insert(call, &sign_up_object, &sign_up->base);
    db_do(call, &occurrence_count, &occurrence->base);
    response->sign_up = sign_up;
    return say(call, occurrence, sign_up);
}

const struct method scheduling_sign_up_person = {
    .may = MAY_SIGN_UP,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_person),
    .rules = RULES(RULE_UUID(occurrence_id), RULE_UUID(person_id)),
    .command = sign_up_person,
};
