/* SPDX-License-Identifier: Apache-2.0 */
/* get_activity.c - GetActivity: one activity by id; a draft within the caller's reach */
#include "scheduling_methods.h"
#include "services/scheduling/activity/activity.h"

STATEMENT(select_seen_activity,
          .sql = "SELECT {columns} FROM {table} WHERE {key} AND " ACTIVITY_IS_SEEN,
          .object = &activity_object, .one_row = {STATUS_NOT_FOUND, .rule = "exists"});

const struct method scheduling_get_activity = {
    .may = MAY_READ,
    .within = MAY_SEE_PLAN,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(activity_id)),
    .query = &select_seen_activity,
    .into = "activity",
};
