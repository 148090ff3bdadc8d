/* SPDX-License-Identifier: Apache-2.0 */
/* get_person.c - GetPerson: one person by id, within the caller's reach */
#include "registry_methods.h"
#include "services/registry/person/person.h"

STATEMENT(select_person_in_reach,
          .sql = "SELECT {columns} FROM registry.person WHERE street = :street"
                 " AND person_id = :person_id AND (:reach_street"
                 " OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]) OR person_id::text = :reach_person)",
          .object = &person_object,
          .one_row = {STATUS_NOT_FOUND, "person_id", "exists", "no such person in this street"});

const struct method registry_get_person = {
    .may = MAY_READ_PERSON,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(person_id)),
    .query = &select_person_in_reach,
    .into = "person",
    .each = person_mask,
};
