/* SPDX-License-Identifier: Apache-2.0 */
/* get_agreement.c - GetAgreement: one agreement by id */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"

STATEMENT(select_seen_agreement,
          .sql = "SELECT {columns} FROM {table} WHERE {key} AND (status <> 'DRAFT' OR :reach_street"
                 " OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]))",
          .object = &agreement_object, .one_row = {STATUS_NOT_FOUND, .rule = "exists"});

const struct method registry_get_agreement = {
    .may = MAY_READ,
    .within = MAY_SEE_AGREEMENT,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(agreement_id)),
    .query = &select_seen_agreement,
    .into = "agreement",
};
