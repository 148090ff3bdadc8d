/* SPDX-License-Identifier: Apache-2.0 */
/* list_resources.c - ListResources: by category, owner, status, part of the name, in their order */
#include "libcommon/service/method/name_keys.h"
#include "selection_methods.h"
#include "services/selection/resource/resource.h"

STATEMENT(select_resources,
          .sql = "SELECT {columns} FROM selection.resource WHERE street = :street"
                 " AND (:category = '' OR category = :category)"
                 " AND (:community_id = '' OR community_id = nullif(:community_id, '')::uuid)"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND (:status = '' OR status = :status) AND " NAME_CONTAINS
                 " AND resource_id > :after_key ORDER BY resource_id LIMIT :page_limit",
          .object = &resource_object);

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
