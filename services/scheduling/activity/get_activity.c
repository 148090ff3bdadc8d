/* SPDX-License-Identifier: Apache-2.0 */
/* get_activity.c - GetActivity: one activity by id */
#include "services/scheduling/activity/activity.h"
#include "scheduling_methods.h"

const struct method scheduling_get_activity = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(activity_id)),
    .query = &activity_select,
    .into = "activity",
};
