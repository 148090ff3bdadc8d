/* SPDX-License-Identifier: Apache-2.0 */
/* list_activities.c - ListActivities: by kind, status, community and project, in the order they
 * were created */
#include "scheduling_methods.h"
#include "services/scheduling/activity/activity.h"

STATEMENT(select_activities,
          .sql = "SELECT {columns} FROM scheduling.activity WHERE street = :street"
                 " AND (:kind = '' OR kind = :kind) AND (:status = '' OR status = :status)"
                 " AND (:community_id = '' OR community_id = nullif(:community_id, '')::uuid)"
                 " AND " ACTIVITY_IS_SEEN
                 " AND (:project_id = '' OR project_id = nullif(:project_id, '')::uuid)"
                 " AND activity_id > :after_key ORDER BY activity_id LIMIT :page_limit",
          .object = &activity_object);

const struct method scheduling_list_activities = {
    .may = MAY_READ,
    .within = MAY_SEE_PLAN,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(kind), RULE_ENUM_IF_SET(status), RULE_UUID_IF_SET(community_id),
                   RULE_UUID_IF_SET(project_id), RULES_PAGE),
    .query = &select_activities,
    .into = "activities",
    .page = PAGE_BY_ID(activity_id),
};
