/* SPDX-License-Identifier: Apache-2.0 */
/* review_claim.c - ReviewClaim: one step along claim_life_cycle, for who asked */
#include "selection_methods.h"
#include "services/selection/claim/claim.h"

STATEMENT(place_of_reviewed_claim,
          .sql = "SELECT n.community_id, n.unit_id FROM selection.claim c"
                 " JOIN selection.need n USING (street, need_id) WHERE c.street = :street"
                 " AND c.claim_id = :claim_id");

static enum status check_step(struct call *call)
{
    const Selection__ReviewClaimRequest *request = call->request;

    return claim_check_step(call, request->action);
}

static enum status review_claim(struct call *call)
{
    const Selection__ReviewClaimRequest *request = call->request;
    Selection__ReviewClaimResponse *response = call->response;
    const struct change change = {request->action, request->reason, request->revision};

    response->claim = wire_new(call, &selection__claim__descriptor);
    response->need = wire_new(call, &selection__need__descriptor);
    response->claim->claim_id = request->claim_id;
    return claim_change(call, &change, response->claim, response->need);
}

const struct method selection_review_claim = {
    .may = MAY_REVIEW_CLAIM,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_reviewed_claim),
    .rules = RULES(RULE_UUID(claim_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .check = check_step,
    .command = review_claim,
};
