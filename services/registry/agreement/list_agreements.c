/* SPDX-License-Identifier: Apache-2.0 */
/* list_agreements.c - ListAgreements: by unit and status, in the order they were drafted */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"

static const struct db_stmt select_agreements = {
    .name = "select_agreements",
    .sql = "SELECT " AGREEMENT_COLUMNS " FROM registry.agreement WHERE street = $1"
           " AND ($2 = '' OR unit_id = nullif($2, '')::uuid) AND ($3 = '' OR status = $3)"
           " AND agreement_id > $4 ORDER BY agreement_id LIMIT $5",
    .bind = "unit_id, status",
};

const struct method registry_list_agreements = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(unit_id), RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_agreements,
    .into = "agreements",
    .page = PAGE_BY_ID(agreement_id),
};
