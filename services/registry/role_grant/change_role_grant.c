/* SPDX-License-Identifier: Apache-2.0 */
/* change_role_grant.c - ChangeRoleGrant: one step along role_grant_life_cycle */
#include "registry_methods.h"
#include "services/registry/role_grant/role_grant.h"

static enum status change_role_grant(struct call *call)
{
    const Registry__ChangeRoleGrantRequest *request = call->request;
    Registry__ChangeRoleGrantResponse *response = call->response;
    Registry__RoleGrantChanged event = REGISTRY__ROLE_GRANT_CHANGED__INIT;
    Registry__RoleGrant *role_grant = wire_new(call, &registry__role_grant__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    role_grant->grant_id = request->grant_id;
    enum status status = object_change(call, &role_grant_object, &change, &role_grant->base);
    if (status != STATUS_OK)
        return status;
    response->role_grant = event.role_grant = role_grant;
    event.action = request->action;
    event.reason = request->reason;
    return journal_append(call, role_grant->grant_id, &event.base);
}

const struct method registry_change_role_grant = {
    .may = MAY_GRANT_ROLE,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(grant_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_role_grant,
};
