/* SPDX-License-Identifier: Apache-2.0 */
/* get_agreement.c - GetAgreement: one agreement by id */
#include "registry_methods.h"
#include "services/registry/agreement/agreement.h"

const struct method registry_get_agreement = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(agreement_id)),
    .query = &agreement_select,
    .into = "agreement",
};
