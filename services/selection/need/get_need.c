/* SPDX-License-Identifier: Apache-2.0 */
/* get_need.c - GetNeed: one need by id */
#include "selection_methods.h"
#include "services/selection/need/need.h"

const struct method selection_get_need = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(need_id)),
    .query = &need_select,
    .into = "need",
};
