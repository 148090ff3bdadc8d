/* SPDX-License-Identifier: Apache-2.0 */
/* list_alliance_members.c - ListAllianceMembers: by alliance, unit and status, in the order they
 * were made */
#include "registry_methods.h"
#include "services/registry/alliance/alliance.h"

STATEMENT(select_alliance_members,
          .sql = "SELECT {columns} FROM registry.alliance_member WHERE street = :street"
                 " AND (:alliance_id = '' OR alliance_id = nullif(:alliance_id, '')::uuid)"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND (:status = '' OR status = :status) AND membership_id > :after_key"
                 " ORDER BY membership_id LIMIT :page_limit",
          .object = &alliance_member_object);

const struct method registry_list_alliance_members = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID_IF_SET(alliance_id), RULE_UUID_IF_SET(unit_id),
                   RULE_ENUM_IF_SET(status), RULES_PAGE),
    .query = &select_alliance_members,
    .into = "members",
    .page = PAGE_BY_ID(membership_id),
};
