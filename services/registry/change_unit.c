/* SPDX-License-Identifier: Apache-2.0 */
/* change_unit.c - ChangeUnit: one step along unit_life_cycle */
#include "methods.h"
#include "unit.h"

static enum status change_unit(struct call *call)
{
    const Registry__ChangeUnitRequest *request = call->request;
    Registry__ChangeUnitResponse *response = call->response;
    Registry__UnitChanged event = REGISTRY__UNIT_CHANGED__INIT;
    Registry__Unit *unit = wire_new(call, &registry__unit__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    unit->unit_id = request->unit_id;
    enum status status = object_change(call, &unit_object, &change, &unit->base);
    if (status != STATUS_OK)
        return status;
    response->unit = event.unit = unit;
    event.action = request->action;
    event.reason = request->reason;
    return journal_append(call, unit->unit_id, &event.base);
}

const struct method registry_change_unit = {
    .may = MAY_WRITE_UNIT | MAY_SUSPEND_UNIT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(unit_id), RULE_ENUM(action), RULE_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_unit,
    .statements = STATEMENTS(&unit_select, &unit_update),
};
