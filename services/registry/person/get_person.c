/* SPDX-License-Identifier: Apache-2.0 */
/* get_person.c - GetPerson: one person by id, within the caller's reach */
#include "registry_methods.h"
#include "services/registry/person/person.h"

static const struct db_stmt select_person_in_reach = {
    .name = "select_person_in_reach",
    .sql = "SELECT " PERSON_COLUMNS " FROM registry.person WHERE street = $1 AND person_id = $2"
           " AND ($3 OR community_id = ANY($4::uuid[]) OR unit_id = ANY($5::uuid[])"
           " OR person_id::text = $6)",
    .bind = "person_id",
    .one_row = {STATUS_NOT_FOUND, "person_id", "exists", "no such person in this street"},
};

const struct method registry_get_person = {
    .may = MAY_READ_PERSON,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(person_id)),
    .query = &select_person_in_reach,
    .into = "person",
    .with_reach = true,
    .each = person_mask,
};
