/* SPDX-License-Identifier: Apache-2.0 */
/* change_community.c - ChangeCommunity: one step along community_life_cycle; what is bound to it
 * ends with it */
#include "libcommon/service/following/ending.h"
#include "registry_methods.h"
#include "services/registry/community/community.h"

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
    return status == STATUS_OK ? ends_follow(call, &community->base, request->reason) : status;
}

const struct method registry_change_community = {
    .may = MAY_WRITE_COMMUNITY,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(community_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_community,
};
