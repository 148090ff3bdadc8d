/* SPDX-License-Identifier: Apache-2.0 */
/* get_resource.c - GetResource: one resource by id */
#include "selection_methods.h"
#include "services/selection/resource/resource.h"

const struct method selection_get_resource = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(resource_id)),
    .query = &resource_select,
    .into = "resource",
};
