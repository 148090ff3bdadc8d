/* SPDX-License-Identifier: Apache-2.0 */
/* update_street.c - UpdateStreet: change the fields under the mask; no event when nothing is new */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"
#include "services/registry/street/street.h"

/* The runtime counts the street's days by them. */
STATEMENT(update_stream,
          .sql = "UPDATE registry.stream SET time_zone = :time_zone, calendar = :calendar"
                 " WHERE street = :street",
          .of = &registry__street__descriptor);

static enum status update_street(struct call *call)
{
    const Registry__UpdateStreetRequest *request = call->request;
    Registry__UpdateStreetResponse *response = call->response;
    Registry__StreetUpdated event = REGISTRY__STREET_UPDATED__INIT;
    Registry__Street *street = wire_new(call, &registry__street__descriptor);

    response->street = event.street = street;
    enum status status = object_update(call, &street_object, &request->street->base,
                                       request->update_mask, &street->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    db_do(call, &update_stream, &street->base);
    if (object_mask_names(event.changed, "time_zone"))
        db_do(call, &agreement_rezone, &street->base);
    return journal_append(call, street->street, &event.base);
}

static enum status check_street(struct call *call)
{
    const Registry__UpdateStreetRequest *request = call->request;

    return object_mask_names(request->update_mask, "calendar")
               ? calendar_check(call, request->street)
               : STATUS_OK;
}

const struct method registry_update_street = {
    .may = MAY_WRITE_STREET,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(street, update_mask, NULL, street_rules)),
    .check = check_street,
    .command = update_street,
};
