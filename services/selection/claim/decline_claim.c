/* SPDX-License-Identifier: Apache-2.0 */
/* decline_claim.c - DeclineClaim: a unit that a claim names as a partner is none */
#include "libcommon/base/ids.h"
#include "selection_methods.h"
#include "services/selection/claim/claim.h"

static enum status decline_claim(struct call *call)
{
    const Selection__DeclineClaimRequest *request = call->request;
    Selection__DeclineClaimResponse *response = call->response;
    Selection__ClaimDeclined event = SELECTION__CLAIM_DECLINED__INIT;
    Selection__Claim *claim = wire_new(call, &selection__claim__descriptor);

    claim->claim_id = request->claim_id;
    enum status status = object_open(call, &claim_object, request->revision, &claim->base);
    event.need = wire_new(call, &selection__need__descriptor);
    if (status == STATUS_OK)
        status = claim_load_need(call, claim, event.need);
    if (status != STATUS_OK)
        return status;
    if (!ids_take_out(claim->partner_unit_ids, &claim->n_partner_unit_ids, request->unit_id))
        return call_fail(call, STATUS_NOT_FOUND, "unit_id", "partner",
                         "the unit is no partner of the claim");
    object_store(call, &claim_object, &claim->base);
    response->claim = event.claim = claim;
    event.unit_id = request->unit_id;
    event.reason = request->reason;
    return journal_append(call, claim->claim_id, &event.base);
}

const struct method selection_decline_claim = {
    .may = MAY_CLAIM_NEED,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.unit_id = "unit_id"),
    .rules = RULES(RULE_UUID(claim_id), RULE_UUID(unit_id), RULE_TEXT(reason, 1, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = decline_claim,
};
