/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_street.c - CreateStreet: add a street, and with it the tenant
 *
 * Request -> street_rules -> stream row (the street is served here from now on), street row ->
 * StreetCreated, the first event of the street, which makes the other services serve it, too.
 */
#include "registry_methods.h"
#include "services/registry/street/street.h"

static const struct db_violation violations[] = {
    {"stream_pkey", STATUS_ALREADY_EXISTS, "street", "unique", "this street exists"},
    {0},
};
STATEMENT(insert_stream,
          .sql = "INSERT INTO registry.stream (street, time_zone, calendar)"
                 " VALUES (:street, :time_zone, :calendar)",
          .of = &registry__street__descriptor, .violations = violations);

static enum status create_street(struct call *call)
{
    const Registry__CreateStreetRequest *request = call->request;
    Registry__CreateStreetResponse *response = call->response;
    Registry__StreetCreated event = REGISTRY__STREET_CREATED__INIT;
    Registry__Street *street = wire_copy(call, &request->street->base);

    street->street = (char *)call->street;
    db_do(call, &insert_stream, &street->base);
    object_insert(call, &street_object, &street->base);

    response->street = event.street = street;
    return journal_append(call, street->street, &event.base);
}

static enum status check_street(struct call *call)
{
    const Registry__CreateStreetRequest *request = call->request;

    return calendar_check(call, request->street);
}

const struct method registry_create_street = {
    .may = MAY_CREATE_STREET,
    .scope = SCOPE_NEW_STREET,
    .rules = RULES(RULE_MESSAGE(street, street_rules)),
    .check = check_street,
    .command = create_street,
};
