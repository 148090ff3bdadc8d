/* SPDX-License-Identifier: Apache-2.0 */
/* list_resource_versions.c - ListResourceVersions: what opening and conditions were, in order */
#include "selection_methods.h"
#include "services/selection/resource/resource.h"

STATEMENT(select_resource_versions,
          .sql = "SELECT version_id, resource_id, version, opening, conditions, create_time"
                 " FROM selection.resource_version WHERE street = :street"
                 " AND (:resource_id = '' OR resource_id = nullif(:resource_id, '')::uuid)"
                 " AND version_id > :after_key ORDER BY version_id LIMIT :page_limit");

const struct method selection_list_resource_versions = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(resource_id), RULES_PAGE),
    .query = &select_resource_versions,
    .into = "versions",
    .page = PAGE_BY_ID(version_id),
};
