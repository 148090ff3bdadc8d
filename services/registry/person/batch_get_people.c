/* SPDX-License-Identifier: Apache-2.0 */
/* batch_get_people.c - BatchGetPeople: those of up to 200 ids that exist within the caller's
 * reach */
#include "registry_methods.h"
#include "services/registry/person/person.h"

STATEMENT(select_people_by_id,
          .sql = "SELECT {columns} FROM registry.person WHERE street = :street"
                 " AND person_id = ANY(:person_ids::uuid[])"
                 " AND (:reach_street OR community_id = ANY(:reach_communities::uuid[])"
                 " OR unit_id = ANY(:reach_units::uuid[]) OR person_id::text = :reach_person)"
                 " ORDER BY person_id",
          .object = &person_object);

const struct method registry_batch_get_people = {
    .may = MAY_READ_PERSON,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUIDS(person_ids, 1, 200)),
    .query = &select_people_by_id,
    .into = "people",
    .each = person_mask,
};
