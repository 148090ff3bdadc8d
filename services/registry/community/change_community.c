/* SPDX-License-Identifier: Apache-2.0 */
/* change_community.c - ChangeCommunity: one step along community_life_cycle; what is bound to it
 * ends with it */
#include "registry_methods.h"
#include "services/registry/community/community.h"
#include "services/registry/ending.h"
#include "services/registry/pairing/pairing.h"
#include "services/registry/role_grant/role_grant.h"

static const struct ending with_community[] = {
    {&pairings_of_community, &registry__pairing__descriptor, pairing_end},
    {&role_grants_of_community, &registry__role_grant__descriptor, role_grant_end},
    {0},
};

static enum status change_community(struct call *call)
{
    const Registry__ChangeCommunityRequest *request = call->request;
    Registry__ChangeCommunityResponse *response = call->response;
    Registry__CommunityChanged event = REGISTRY__COMMUNITY_CHANGED__INIT;
    Registry__Community *community = wire_new(call, &registry__community__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    community->community_id = request->community_id;
    enum status status = object_change(call, &community_object, &change, &community->base);
    if (status != STATUS_OK)
        return status;
    response->community = event.community = community;
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, community->community_id, &event.base);
    return status == STATUS_OK ? end_with(call, with_community, &community->base, request->reason)
                               : status;
}

const struct method registry_change_community = {
    .may = MAY_WRITE_COMMUNITY,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(community_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_community,
};
