/* SPDX-License-Identifier: Apache-2.0 */
/* update_street.c - UpdateStreet: change the fields under the mask; no event when nothing is new */
#include "methods.h"
#include "street.h"

static const struct db_stmt update_street_row = {
    .name = "update_street",
    .sql =
        "UPDATE registry.street SET name = $2, district = $3, division_code = $4, time_zone = $5,"
        " office = $6, create_time = $7, update_time = $8, revision = $9 WHERE street = $1",
    .bind = STREET_COLUMNS,
};

static enum status update_street(struct call *call)
{
    const Registry__UpdateStreetRequest *request = call->request;
    Registry__UpdateStreetResponse *response = call->response;
    Registry__StreetUpdated event = REGISTRY__STREET_UPDATED__INIT;
    Registry__Street *street = wire_new(call, &registry__street__descriptor);

    enum status status =
        object_load(call, &street_object, "street.", request->street->revision, &street->base);
    if (status != STATUS_OK)
        return status;

    response->street = event.street = street;
    event.changed =
        object_update(call, &street->base, &request->street->base, request->update_mask);
    if (event.changed->n_paths == 0)
        return STATUS_OK;
    street->update_time = (Google__Protobuf__Timestamp *)call->now;
    street->revision++;
    db_do(call, &update_street_row, &street->base);
    return journal_append(call, street->street, &event.base);
}

const struct method registry_update_street = {
    .may = MAY_WRITE_STREET,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(street, update_mask, NULL, street_rules)),
    .command = update_street,
    .statements = STATEMENTS(&street_select, &update_street_row),
};
