/* SPDX-License-Identifier: Apache-2.0 */
/* batch_get_people.c - BatchGetPeople: those of up to 200 ids that exist within the caller's reach */
#include "registry_methods.h"
#include "services/registry/person/person.h"

static const struct db_stmt select_people_by_id = {
    .name = "select_people_by_id",
    .sql = "SELECT " PERSON_COLUMNS " FROM registry.person"
           " WHERE street = $1 AND person_id = ANY($2::uuid[])"
           " AND ($3 OR community_id = ANY($4::uuid[]) OR unit_id = ANY($5::uuid[])"
           " OR person_id::text = $6) ORDER BY person_id",
    .bind = "person_ids",
};

const struct method registry_batch_get_people = {
    .may = MAY_READ_PERSON,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUIDS(person_ids, 1, 200)),
    .query = &select_people_by_id,
    .into = "people",
    .with_reach = true,
    .each = person_mask,
};
