/* SPDX-License-Identifier: Apache-2.0 */
/* change_claim.c - ChangeClaim: one step along claim_life_cycle, for its units */
#include "selection_methods.h"
#include "services/selection/claim/claim.h"

STATEMENT(place_of_changed_claim,
          .sql = "SELECT lead_unit_id AS unit_id FROM selection.claim WHERE street = :street"
                 " AND claim_id = :claim_id");

static enum status check_step(struct call *call)
{
    const Selection__ChangeClaimRequest *request = call->request;

    return claim_check_step(call, request->action);
}

static enum status change_claim(struct call *call)
{
    const Selection__ChangeClaimRequest *request = call->request;
    Selection__ChangeClaimResponse *response = call->response;
    const struct change change = {request->action, request->reason, request->revision};

    response->claim = wire_new(call, &selection__claim__descriptor);
    response->need = wire_new(call, &selection__need__descriptor);
    response->claim->claim_id = request->claim_id;
    return claim_change(call, &change, response->claim, response->need);
}

const struct method selection_change_claim = {
    .may = MAY_CLAIM_NEED,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_changed_claim),
    .rules = RULES(RULE_UUID(claim_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .check = check_step,
    .command = change_claim,
};
