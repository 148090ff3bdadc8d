/* SPDX-License-Identifier: Apache-2.0 */
/* get_occurrence.c - GetOccurrence: one occurrence by id */
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"

const struct method scheduling_get_occurrence = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(occurrence_id)),
    .query = &occurrence_select,
    .into = "occurrence",
};
