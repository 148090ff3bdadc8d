/* SPDX-License-Identifier: Apache-2.0 */
/* list_agreements.c - ListAgreements: by unit and status, in the order they were drafted */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"

STATEMENT(select_agreements,
          .sql = "SELECT {columns} FROM registry.agreement WHERE street = :street"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND (:status = '' OR status = :status) AND agreement_id > :after_key"
                 " AND (status <> 'DRAFT' OR :reach_street"
                 " OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]))"
                 " ORDER BY agreement_id LIMIT :page_limit",
          .object = &agreement_object);

const struct method registry_list_agreements = {
    .may = MAY_READ,
    .within = MAY_SEE_AGREEMENT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(unit_id), RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_agreements,
    .into = "agreements",
    .page = PAGE_BY_ID(agreement_id),
};
