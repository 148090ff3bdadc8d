/* SPDX-License-Identifier: Apache-2.0 */
/* list_projects.c - ListProjects: by status and party, in the order they started */
#include "selection_methods.h"
#include "services/selection/project/project.h"

static const struct db_stmt select_projects = {
    .name = "select_projects",
    .sql = "SELECT " PROJECT_COLUMNS " FROM selection.project WHERE street = $1"
           " AND ($2 = '' OR status = $2) AND ($3 = '' OR nullif($3, '')::uuid = ANY(unit_ids))"
           " AND ($4 = '' OR nullif($4, '')::uuid = ANY(community_id || community_ids))"
           " AND project_id > $5 ORDER BY project_id LIMIT $6",
    .bind = "status, unit_id, community_id",
};

const struct method selection_list_projects = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(status), RULE_UUID_IF_SET(unit_id),
                   RULE_UUID_IF_SET(community_id), RULES_PAGE),
    .query = &select_projects,
    .into = "projects",
    .page = PAGE_BY_ID(project_id),
};
