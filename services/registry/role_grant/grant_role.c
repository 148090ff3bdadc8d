/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grant_role.c - GrantRole: let somebody do something from one day to another
 *
 * Request -> role_grant_rules -> does the role fit its place? -> one row -> RoleGranted. Queues its
 * statements and waits for nothing.
 */
#include "registry_methods.h"
#include "services/registry/place.h"
#include "services/registry/role_grant/role_grant.h"

#include "libcommon/base/text.h"

STATEMENT(role_grant_community, COMMUNITY_OF("role_grant", registry__role_grant__descriptor));
STATEMENT(role_grant_unit, UNIT_OF("role_grant", registry__role_grant__descriptor));
STATEMENT(role_grant_holder,
          .sql = "SELECT FROM registry.person WHERE street = :street AND person_id = :holder"
                 " AND status = 'ACTIVE'",
          .of = &registry__role_grant__descriptor,
          .one_row = {STATUS_NOT_FOUND, "role_grant.holder", "exists",
                      "no such person takes part in this street"});

/* The roles that people hold, and what each is held for; others come with a certificate only. */
static const struct {
    bool grantable, community, unit;
} roles[] = {
    [BUS__ROLE__ROLE_STREET_STAFF] = {true, false, false},
    [BUS__ROLE__ROLE_COMMUNITY_STAFF] = {true, true, false},
    [BUS__ROLE__ROLE_UNIT_CONTACT] = {true, false, true},
    [BUS__ROLE__ROLE_VOLUNTEER] = {true, false, false},
    [BUS__ROLE__ROLE_SHOP] = {true, false, true},
    [BUS__ROLE__ROLE_INTEGRATOR] = {false},
    [BUS__ROLE__ROLE_WORKER] = {false},
};
static_assert(sizeof roles / sizeof *roles == ROLES, "a row for each role");

static enum status check_role(struct call *call)
{
    const Registry__RoleGrant *role_grant =
        ((const Registry__GrantRoleRequest *)call->request)->role_grant;

    if (!roles[role_grant->role].grantable)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "role_grant.role", "grantable",
                         "this role comes with a certificate only");
    enum status status = place_must(call, "role_grant.community_id", role_grant->community_id,
                                    roles[role_grant->role].community);
    if (status != STATUS_OK)
        return status;
    return place_must(call, "role_grant.unit_id", role_grant->unit_id,
                      roles[role_grant->role].unit);
}

static enum status grant_role(struct call *call)
{
    const Registry__GrantRoleRequest *request = call->request;
    Registry__GrantRoleResponse *response = call->response;
    Registry__RoleGranted event = REGISTRY__ROLE_GRANTED__INIT;
    Registry__RoleGrant *role_grant = wire_copy(call, &request->role_grant->base);

    role_grant->grant_id = call_new_id(call);
    role_grant->status = REGISTRY__ROLE_GRANT_STATUS__ROLE_GRANT_STATUS_IN_FORCE;
    if (text_is_uuid(role_grant->holder))
        db_do(call, &role_grant_holder, &role_grant->base);
    if (role_grant->community_id[0])
        db_do(call, &role_grant_community, &role_grant->base);
    if (role_grant->unit_id[0])
        db_do(call, &role_grant_unit, &role_grant->base);
    object_insert(call, &role_grant_object, &role_grant->base);

    response->role_grant = event.role_grant = role_grant;
    return journal_append(call, role_grant->grant_id, &event.base);
}

const struct method registry_grant_role = {
    .may = MAY_GRANT_ROLE,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(role_grant, role_grant_rules)),
    .check = check_role,
    .command = grant_role,
};
