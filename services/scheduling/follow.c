/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - what scheduling takes from the registry (communities, units, people) and from
 * selection (resources)
 *
 * Copies are kept of the few fields that the rules here look at. Who left signs off; what was
 * withdrawn is free.
 */
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/occurrence/rezone.h"
#include "registry_community.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_unit.pb-c.h"
#include "selection_events.pb-c.h"
#include "services/scheduling/sign_up/sign_up.h"

/* ---- copies ---- */

STATEMENT(copy_community,
          .sql = "INSERT INTO scheduling.community (street, community_id, status, revision, groups)"
                 " VALUES (:street, :community_id, :status, :revision, :groups)"
                 " ON CONFLICT (street, community_id) DO UPDATE"
                 " SET status = excluded.status, revision = excluded.revision,"
                 " groups = excluded.groups WHERE community.revision < excluded.revision",
          .of = &registry__community__descriptor);
STATEMENT(
    copy_unit,
    .sql = "INSERT INTO scheduling.unit (street, unit_id, status, revision, groups)"
           " VALUES (:street, :unit_id, :status, :revision, :groups) ON CONFLICT (street, unit_id)"
           " DO UPDATE SET status = excluded.status, revision = excluded.revision,"
           " groups = excluded.groups WHERE unit.revision < excluded.revision",
    .of = &registry__unit__descriptor);
STATEMENT(copy_person,
          .sql = "INSERT INTO scheduling.person (street, person_id, unit_id, status, revision)"
                 " VALUES (:street, :person_id, nullif(:unit_id, '')::uuid, :status, :revision)"
                 " ON CONFLICT (street, person_id) DO UPDATE"
                 " SET unit_id = excluded.unit_id, status = excluded.status,"
                 " revision = excluded.revision WHERE person.revision < excluded.revision",
          .of = &registry__person_facts__descriptor);
STATEMENT(copy_resource,
          .sql = "INSERT INTO scheduling.resource (street, resource_id, opening, conditions,"
                 " conditions_version, status, revision, community_id, unit_id)"
                 " VALUES (:street, :resource_id, :opening, :conditions, :conditions_version,"
                 " :status, :revision, nullif(:community_id, '')::uuid, nullif(:unit_id, '')::uuid)"
                 " ON CONFLICT (street, resource_id) DO UPDATE"
                 " SET opening = excluded.opening, conditions = excluded.conditions,"
                 " conditions_version = excluded.conditions_version, status = excluded.status,"
                 " revision = excluded.revision, community_id = excluded.community_id,"
                 " unit_id = excluded.unit_id WHERE resource.revision < excluded.revision",
          .of = &selection__resource__descriptor);

STATEMENT(forget_communities, .sql = "DELETE FROM scheduling.community WHERE street = :street");
STATEMENT(forget_units, .sql = "DELETE FROM scheduling.unit WHERE street = :street");
STATEMENT(forget_people, .sql = "DELETE FROM scheduling.person WHERE street = :street");
STATEMENT(forget_resources, .sql = "DELETE FROM scheduling.resource WHERE street = :street");

/* ---- a person left ---- */

STATEMENT(select_sign_ups_of,
          .sql = "SELECT {columns} FROM scheduling.sign_up WHERE street = :street"
                 " AND person_id = :person_id AND status <> 'CANCELLED' ORDER BY sign_up_id",
          .object = &sign_up_object, .of = &registry__person_facts__descriptor);

/* What began already stands. */
static enum status sign_off(struct call *call, Scheduling__SignUp *sign_up)
{
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);

    occurrence->occurrence_id = sign_up->occurrence_id;
    enum status status = object_load(call, &occurrence_object, "occurrence_id", &occurrence->base);
    if (status != STATUS_OK || scheduling_is_past(call, occurrence->start_time))
        return status;
    return sign_up_cancel(call, sign_up, occurrence, "the person left");
}

static enum status on_person_changed(struct call *call)
{
    const Registry__PersonChanged *event = call->request;
    const PGresult *rows;

    if (event->person->status != REGISTRY__PERSON_STATUS__PERSON_STATUS_LEFT)
        return STATUS_OK;
    enum status status = db_query(call, &select_sign_ups_of, &event->person->base, &rows);
    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__SignUp *sign_up = wire_new(call, &scheduling__sign_up__descriptor);
        db_row(call, &select_sign_ups_of, rows, row, &sign_up->base);
        status = sign_off(call, sign_up);
    }
    return status;
}

/* ---- a resource was withdrawn ---- */

STATEMENT(select_bookings_of,
          .sql = "SELECT {columns} FROM scheduling.booking WHERE street = :street"
                 " AND resource_id = :resource_id AND status = 'BOOKED'"
                 " AND start_time > :update_time ORDER BY start_time",
          .object = &booking_object, .of = &selection__resource__descriptor);

static enum status on_resource_changed(struct call *call)
{
    const Selection__ResourceChanged *event = call->request;
    const PGresult *rows;

    if (event->resource->status != SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_WITHDRAWN)
        return STATUS_OK;
    enum status status = db_query(call, &select_bookings_of, &event->resource->base, &rows);
    for (int row = 0; status == STATUS_OK && row < PQntuples(rows); row++) {
        Scheduling__Booking *booking = wire_new(call, &scheduling__booking__descriptor);
        db_row(call, &select_bookings_of, rows, row, &booking->base);
        status = object_step(call, &booking_object,
                             SCHEDULING__BOOKING_ACTION__BOOKING_ACTION_CANCEL, &booking->base);
        if (status == STATUS_OK)
            status = booking_ended(call, booking, event->reason);
    }
    return status;
}

/* ---- the journals ---- */

static const struct follow registry_events[] = {
    {&registry__street_updated__descriptor, .react = occurrences_zone_changed},
    {&registry__community_created__descriptor, "community", &copy_community},
    {&registry__community_updated__descriptor, "community", &copy_community},
    {&registry__community_changed__descriptor, "community", &copy_community},
    {&registry__unit_registered__descriptor, "unit", &copy_unit},
    {&registry__unit_updated__descriptor, "unit", &copy_unit},
    {&registry__unit_changed__descriptor, "unit", &copy_unit},
    {&registry__person_registered__descriptor, "person", &copy_person},
    {&registry__person_updated__descriptor, "person", &copy_person},
    {&registry__person_changed__descriptor, "person", &copy_person, on_person_changed},
    {0},
};

static const struct follow selection_events[] = {
    {&selection__resource_offered__descriptor, "resource", &copy_resource},
    {&selection__resource_updated__descriptor, "resource", &copy_resource},
    {&selection__resource_changed__descriptor, "resource", &copy_resource, on_resource_changed},
    {0},
};

const struct followed scheduling_follows[] = {
    {"registry", registry_events, FORGET(&forget_communities, &forget_units, &forget_people)},
    {"selection", selection_events},
    {0},
};
