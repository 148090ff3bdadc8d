/* SPDX-License-Identifier: Apache-2.0 */
/* list_projects.c - ListProjects: by status and party, in the order they started */
#include "selection_methods.h"
#include "services/selection/project/project.h"

STATEMENT(select_projects,
          .sql = "SELECT {columns} FROM selection.project WHERE street = :street"
                 " AND (:status = '' OR status = :status)"
                 " AND (:unit_id = '' OR nullif(:unit_id, '')::uuid = ANY(unit_ids))"
                 " AND (:community_id = ''"
                 " OR nullif(:community_id, '')::uuid = ANY(community_id || community_ids))"
                 " AND project_id > :after_key ORDER BY project_id LIMIT :page_limit",
          .object = &project_object);

const struct method selection_list_projects = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_ENUM_IF_SET(status), RULE_UUID_IF_SET(unit_id),
                   RULE_UUID_IF_SET(community_id), RULES_PAGE),
    .query = &select_projects,
    .into = "projects",
    .page = PAGE_BY_ID(project_id),
};
