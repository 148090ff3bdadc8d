/* SPDX-License-Identifier: Apache-2.0 */
/* change_alliance.c - ChangeAlliance: one step along alliance_life_cycle; its members leave with
 * it */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"

static enum status change_alliance(struct call *call)
{
    const Registry__ChangeAllianceRequest *request = call->request;
    Registry__ChangeAllianceResponse *response = call->response;
    Registry__AllianceChanged event = REGISTRY__ALLIANCE_CHANGED__INIT;
    Registry__Alliance *alliance = wire_new(call, &registry__alliance__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    alliance->alliance_id = request->alliance_id;
    enum status status = object_change(call, &alliance_object, &change, &alliance->base);
    if (status != STATUS_OK)
        return status;
    response->alliance = event.alliance = alliance;
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, alliance->alliance_id, &event.base);
    return status == STATUS_OK ? ends_follow(call, &alliance->base, request->reason) : status;
}

const struct method registry_change_alliance = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(alliance_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_alliance,
};
