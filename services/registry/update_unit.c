/* SPDX-License-Identifier: Apache-2.0 */
/* update_unit.c - UpdateUnit: change the fields under the mask; no event when nothing is new */
#include "methods.h"
#include "unit.h"

static enum status update_unit(struct call *call)
{
    const Registry__UpdateUnitRequest *request = call->request;
    Registry__UpdateUnitResponse *response = call->response;
    Registry__UnitUpdated event = REGISTRY__UNIT_UPDATED__INIT;
    Registry__Unit *unit = wire_new(call, &registry__unit__descriptor);

    unit->unit_id = request->unit->unit_id;
    enum status status =
        object_load(call, &unit_object, "unit.", request->unit->revision, &unit->base);
    if (status != STATUS_OK)
        return status;

    response->unit = event.unit = unit;
    event.changed = object_update(call, &unit->base, &request->unit->base, request->update_mask);
    if (event.changed->n_paths == 0)
        return STATUS_OK;
    unit_store(call, unit);
    return journal_append(call, unit->unit_id, &event.base);
}

const struct method registry_update_unit = {
    .may = MAY_WRITE_UNIT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(unit, update_mask, "unit_id", unit_rules)),
    .command = update_unit,
    .statements = STATEMENTS(&unit_select, &unit_update),
};
