/* SPDX-License-Identifier: Apache-2.0 */
/* get_claim.c - GetClaim: one claim by id */
#include "selection_methods.h"
#include "services/selection/claim/claim.h"

const struct method selection_get_claim = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(claim_id)),
    .query = &claim_select,
    .into = "claim",
};
