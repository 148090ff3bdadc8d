/* SPDX-License-Identifier: Apache-2.0 */
/* list_streets.c - ListStreets: all streets, in the order of their slugs */
#include "registry_methods.h"
#include "services/registry/street/street.h"

STATEMENT(select_streets,
          .sql = "SELECT {columns} FROM registry.street WHERE :street = ''"
                 " AND street > :after_key ORDER BY street LIMIT :page_limit",
          .object = &street_object);

const struct method registry_list_streets = {
    .may = MAY_SPAN_STREETS,
    .scope = SCOPE_ALL_STREETS,
    .rules = RULES(RULES_PAGE),
    .query = &select_streets,
    .into = "streets",
    .page = PAGE_BY_TEXT(street),
};
