/* SPDX-License-Identifier: Apache-2.0 */
/* list_people.c - ListPeople: by kind, place, status and part of the name, in the order of registration */
#include "registry_methods.h"
#include "services/registry/person/person.h"

static const struct db_stmt select_people = {
    .name = "select_people",
    .sql = "SELECT " PERSON_COLUMNS " FROM registry.person WHERE street = $1"
           " AND ($2 = '' OR kind = $2) AND ($3 = '' OR community_id = nullif($3, '')::uuid)"
           " AND ($4 = '' OR unit_id = nullif($4, '')::uuid) AND ($5 = '' OR status = $5)"
           " AND strpos(name, $6) > 0 AND person_id > $7"
           " AND ($9 OR community_id = ANY($10::uuid[]) OR unit_id = ANY($11::uuid[])"
           " OR person_id::text = $12) ORDER BY person_id LIMIT $8",
    .bind = "kind, community_id, unit_id, status, name_contains",
};

const struct method registry_list_people = {
    .may = MAY_READ_PERSON,
    .scope = SCOPE_STREET,
    .rules =
        RULES(RULE_ENUM_IF_SET(kind), RULE_UUID_IF_SET(community_id), RULE_UUID_IF_SET(unit_id),
              RULE_ENUM_IF_SET(status), RULE_TEXT(name_contains, 0, 60), RULES_PAGE),
    .query = &select_people,
    .into = "people",
    .page = PAGE_BY_ID(person_id),
    .with_reach = true,
    .each = person_mask,
};
