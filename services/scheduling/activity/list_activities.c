/* SPDX-License-Identifier: Apache-2.0 */
/* list_activities.c - ListActivities: by kind, status and community, in the order they were
 * created */
#include "services/scheduling/activity/activity.h"
#include "scheduling_methods.h"

static const struct db_stmt select_activities = {
    .name = "select_activities",
    .sql = "SELECT " ACTIVITY_COLUMNS " FROM scheduling.activity WHERE street = $1"
           " AND ($2 = '' OR kind = $2) AND ($3 = '' OR status = $3)"
           " AND ($4 = '' OR community_id = nullif($4, '')::uuid)"
           " AND activity_id > $5 ORDER BY activity_id LIMIT $6",
    .bind = "kind, status, community_id",
};

const struct method scheduling_list_activities = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(kind), RULE_ENUM_IF_SET(status), RULE_UUID_IF_SET(community_id),
                   RULES_PAGE),
    .query = &select_activities,
    .into = "activities",
    .page = PAGE_BY_ID(activity_id),
};
