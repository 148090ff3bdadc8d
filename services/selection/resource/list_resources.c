/* SPDX-License-Identifier: Apache-2.0 */
/* list_resources.c - ListResources: by category, owner, status, part of the name, in their order */
#include "selection_methods.h"
#include "services/selection/resource/resource.h"

static const struct db_stmt select_resources = {
    .name = "select_resources",
    .sql = "SELECT " RESOURCE_COLUMNS " FROM selection.resource WHERE street = $1"
           " AND ($2 = '' OR category = $2)"
           " AND ($3 = '' OR community_id = nullif($3, '')::uuid)"
           " AND ($4 = '' OR unit_id = nullif($4, '')::uuid)"
           " AND ($5 = '' OR status = $5) AND strpos(name, $6) > 0"
           " AND resource_id > $7 ORDER BY resource_id LIMIT $8",
    .bind = "category, community_id, unit_id, status, name_contains",
};

const struct method selection_list_resources = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules =
        RULES(RULE_ENUM_IF_SET(category), RULE_UUID_IF_SET(community_id), RULE_UUID_IF_SET(unit_id),
              RULE_ENUM_IF_SET(status), RULE_TEXT(name_contains, 0, 120), RULES_PAGE),
    .query = &select_resources,
    .into = "resources",
    .page = PAGE_BY_ID(resource_id),
};
