/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register_unit.c - RegisterUnit: add one unit, as a prospect
 *
 * Request -> unit_rules -> one row -> UnitRegistered. Queues its statement and waits for nothing.
 */
#include "registry_methods.h"
#include "services/registry/unit/unit.h"

static enum status register_unit(struct call *call)
{
    const Registry__RegisterUnitRequest *request = call->request;
    Registry__RegisterUnitResponse *response = call->response;
    Registry__UnitRegistered event = REGISTRY__UNIT_REGISTERED__INIT;
    Registry__Unit *unit = wire_copy(call, &request->unit->base);

    unit->unit_id = call_new_id(call);
    unit->status = REGISTRY__UNIT_STATUS__UNIT_STATUS_PROSPECT;
    object_insert(call, &unit_object, &unit->base);

    response->unit = event.unit = unit;
    return journal_append(call, unit->unit_id, &event.base);
}

const struct method registry_register_unit = {
    .may = MAY_WRITE_UNIT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(unit, unit_rules)),
    .command = register_unit,
};
