/* SPDX-License-Identifier: Apache-2.0 */
/* list_claims.c - ListClaims: by need, unit and status, in the order they were made */
#include "selection_methods.h"
#include "services/selection/claim/claim.h"

STATEMENT(select_claims,
          .sql = "SELECT {columns} FROM selection.claim WHERE street = :street"
                 " AND (:need_id = '' OR need_id = nullif(:need_id, '')::uuid)"
                 " AND (:unit_id = '' OR nullif(:unit_id, '')::uuid = ANY(lead_unit_id ||"
                 " partner_unit_ids)) AND (:status = '' OR status = :status)"
                 " AND claim_id > :after_key ORDER BY claim_id LIMIT :page_limit",
          .object = &claim_object);

const struct method selection_list_claims = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(need_id), RULE_UUID_IF_SET(unit_id), RULE_ENUM_IF_SET(status),
                   RULES_PAGE),
    .query = &select_claims,
    .into = "claims",
    .page = PAGE_BY_ID(claim_id),
};
