/* SPDX-License-Identifier: Apache-2.0 */
/* update_alliance.c - UpdateAlliance: change the fields under the mask; no event when nothing is
 * new */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"

static enum status update_alliance(struct call *call)
{
    const Registry__UpdateAllianceRequest *request = call->request;
    Registry__UpdateAllianceResponse *response = call->response;
    Registry__AllianceUpdated event = REGISTRY__ALLIANCE_UPDATED__INIT;
    Registry__Alliance *alliance = wire_new(call, &registry__alliance__descriptor);

    response->alliance = event.alliance = alliance;
    enum status status = object_update(call, &alliance_object, &request->alliance->base,
                                       request->update_mask, &alliance->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    return journal_append(call, alliance->alliance_id, &event.base);
}

const struct method registry_update_alliance = {
    .may = MAY_WRITE_PARTNERSHIP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(alliance, update_mask, "alliance_id", alliance_rules)),
    .command = update_alliance,
};
