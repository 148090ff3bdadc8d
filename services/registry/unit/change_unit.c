/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_unit.c - ChangeUnit: one step along unit_life_cycle
 *
 * What a unit is bound by ends when it withdraws. A suspended one returns only while an agreement
 * holds it.
 */
#include "libcommon/service/following/ending.h"
#include "registry_methods.h"
#include "services/registry/unit/unit.h"

#define ACTION(name) REGISTRY__UNIT_ACTION__UNIT_ACTION_##name

STATEMENT(unit_is_held,
          .sql = "SELECT FROM registry.agreement WHERE street = :street AND unit_id = :unit_id"
                 " AND status = 'IN_FORCE' LIMIT 1",
          .of = &registry__change_unit_request__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "action", "agreement",
                      "no agreement of this unit is in force"});

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
    if (request->action == ACTION(REINSTATE))
        db_do(call, &unit_is_held, &request->base);
    response->unit = event.unit = unit;
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, unit->unit_id, &event.base);
    return status == STATUS_OK ? ends_follow(call, &unit->base, request->reason) : status;
}

const struct method registry_change_unit = {
    .may = MAY_WRITE_UNIT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(unit_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_unit,
};
