/* SPDX-License-Identifier: Apache-2.0 */
/* update_community.c - UpdateCommunity: change the fields under the mask; no event when nothing is
 * new */
#include "registry_methods.h"
#include "services/registry/community/community.h"

static enum status update_community(struct call *call)
{
    const Registry__UpdateCommunityRequest *request = call->request;
    Registry__UpdateCommunityResponse *response = call->response;
    Registry__CommunityUpdated event = REGISTRY__COMMUNITY_UPDATED__INIT;
    Registry__Community *community = wire_new(call, &registry__community__descriptor);

    response->community = event.community = community;
    enum status status = object_update(call, &community_object, &request->community->base,
                                       request->update_mask, &community->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    return journal_append(call, community->community_id, &event.base);
}

const struct method registry_update_community = {
    .may = MAY_WRITE_COMMUNITY,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(community, update_mask, "community_id", community_rules)),
    .command = update_community,
};
