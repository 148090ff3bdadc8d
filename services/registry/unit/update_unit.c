/* SPDX-License-Identifier: Apache-2.0 */
/* update_unit.c - UpdateUnit: change the fields under the mask; no event when nothing is new */
#include "registry_methods.h"
#include "services/registry/unit/unit.h"

static enum status update_unit(struct call *call)
{
    const Registry__UpdateUnitRequest *request = call->request;
    Registry__UpdateUnitResponse *response = call->response;
    Registry__UnitUpdated event = REGISTRY__UNIT_UPDATED__INIT;
    Registry__Unit *unit = wire_new(call, &registry__unit__descriptor);

    response->unit = event.unit = unit;
    enum status status = object_update(call, &unit_object, &request->unit->base,
                                       request->update_mask, &unit->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    return journal_append(call, unit->unit_id, &event.base);
}

const struct method registry_update_unit = {
    .may = MAY_WRITE_UNIT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(unit, update_mask, "unit_id", unit_rules)),
    .command = update_unit,
};
