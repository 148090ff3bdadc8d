/* SPDX-License-Identifier: Apache-2.0 */
/* list_pairings.c - ListPairings: by unit, community and status, in the order they were made */
#include "registry_methods.h"
#include "services/registry/pairing/pairing.h"

static const struct db_stmt select_pairings = {
    .name = "select_pairings",
    .sql = "SELECT " PAIRING_COLUMNS " FROM registry.pairing WHERE street = $1"
           " AND ($2 = '' OR unit_id = nullif($2, '')::uuid)"
           " AND ($3 = '' OR community_id = nullif($3, '')::uuid) AND ($4 = '' OR status = $4)"
           " AND pairing_id > $5 ORDER BY pairing_id LIMIT $6",
    .bind = "unit_id, community_id, status",
};

const struct method registry_list_pairings = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(unit_id), RULE_UUID_IF_SET(community_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_pairings,
    .into = "pairings",
    .page = PAGE_BY_ID(pairing_id),
};
