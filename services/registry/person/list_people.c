/* SPDX-License-Identifier: Apache-2.0 */
/* list_people.c - ListPeople: by kind, place, status and part of the name, in the order of
 * registration */
#include "libcommon/service/method/name_keys.h"
#include "registry_methods.h"
#include "services/registry/person/person.h"

STATEMENT(select_people,
          .sql = "SELECT {columns} FROM registry.person WHERE street = :street"
                 " AND (:kind = '' OR kind = :kind) AND (:community_id = ''"
                 " OR community_id = nullif(:community_id, '')::uuid)"
                 " AND (:unit_id = '' OR unit_id = nullif(:unit_id, '')::uuid)"
                 " AND (:status = '' OR status = :status) AND " NAME_CONTAINS
                 " AND person_id > :after_key AND (:reach_street"
                 " OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]) OR person_id::text = :reach_person)"
                 " ORDER BY person_id LIMIT :page_limit",
          .object = &person_object);

const struct method registry_list_people = {
    .may = MAY_READ_PERSON,
    .scope = SCOPE_STREET,
    .rules =
        RULES(RULE_ENUM_IF_SET(kind), RULE_UUID_IF_SET(community_id), RULE_UUID_IF_SET(unit_id),
              RULE_ENUM_IF_SET(status), RULE_TEXT(name_contains, 0, 60), RULES_PAGE),
    .query = &select_people,
    .into = "people",
    .page = PAGE_BY_ID(person_id),
    .each = person_mask,
};
