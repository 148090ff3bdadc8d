/* SPDX-License-Identifier: Apache-2.0 */
/* list_claims.c - ListClaims: by need, unit and status, in the order they were made */
#include "selection_methods.h"
#include "services/selection/claim/claim.h"

static const struct db_stmt select_claims = {
    .name = "select_claims",
    .sql = "SELECT " CLAIM_COLUMNS " FROM selection.claim WHERE street = $1"
           " AND ($2 = '' OR need_id = nullif($2, '')::uuid)"
           " AND ($3 = '' OR nullif($3, '')::uuid = ANY(lead_unit_id || partner_unit_ids))"
           " AND ($4 = '' OR status = $4) AND claim_id > $5 ORDER BY claim_id LIMIT $6",
    .bind = "need_id, unit_id, status",
};

const struct method selection_list_claims = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(need_id), RULE_UUID_IF_SET(unit_id), RULE_ENUM_IF_SET(status),
                   RULES_PAGE),
    .query = &select_claims,
    .into = "claims",
    .page = PAGE_BY_ID(claim_id),
};
