/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_community.c - CreateCommunity: add one community
 *
 * Request -> community_rules -> one row -> CommunityCreated. Queues its statement and waits
 * for nothing.
 */
#include "registry_methods.h"
#include "services/registry/community/community.h"

static enum status create_community(struct call *call)
{
    const Registry__CreateCommunityRequest *request = call->request;
    Registry__CreateCommunityResponse *response = call->response;
    Registry__CommunityCreated event = REGISTRY__COMMUNITY_CREATED__INIT;
    Registry__Community *community = wire_copy(call, &request->community->base);

    community->community_id = call_new_id(call);
    community->status = REGISTRY__COMMUNITY_STATUS__COMMUNITY_STATUS_ACTIVE;
    object_insert(call, &community_object, &community->base);

    response->community = event.community = community;
    return journal_append(call, community->community_id, &event.base);
}

const struct method registry_create_community = {
    .may = MAY_WRITE_COMMUNITY,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(community, community_rules)),
    .command = create_community,
};
