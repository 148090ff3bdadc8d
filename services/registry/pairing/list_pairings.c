/* SPDX-License-Identifier: Apache-2.0 */
/* list_pairings.c - ListPairings: by unit, community and status, in the order they were made */
#include "registry_methods.h"
#include "services/registry/pairing/pairing.h"

STATEMENT(select_pairings,
          .sql = "SELECT {columns} FROM registry.pairing WHERE street = :street"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND (:community_id = '' OR community_id = nullif(:community_id, '')::uuid)"
                 " AND (:status = '' OR status = :status) AND pairing_id > :after_key"
                 " ORDER BY pairing_id LIMIT :page_limit",
          .object = &pairing_object);

const struct method registry_list_pairings = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(unit_id), RULE_UUID_IF_SET(community_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_pairings,
    .into = "pairings",
    .page = PAGE_BY_ID(pairing_id),
};
