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
    const struct transition *transition;

    unit->unit_id = request->unit_id;
    enum status status = object_load(call, &unit_object, "", request->revision, &unit->base);
    if (status != STATUS_OK)
        return status;
    status = life_cycle_find(call, &unit_life_cycle, unit->status, request->action, request->reason,
                             &transition);
    if (status != STATUS_OK)
        return status;

    unit->status = (Registry__UnitStatus)transition->to;
    unit_store(call, unit);
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
