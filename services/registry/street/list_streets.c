/* SPDX-License-Identifier: Apache-2.0 */
/* list_streets.c - ListStreets: all streets, in the order of their slugs */
#include "registry_methods.h"
#include "services/registry/street/street.h"

static const struct db_stmt select_streets = {
    .name = "select_streets",
    .sql = "SELECT street, " STREET_COLUMNS " FROM registry.street"
           " WHERE $1 = '' AND street > $2 ORDER BY street LIMIT $3",
};

const struct method registry_list_streets = {
    .may = MAY_SPAN_STREETS,
    .scope = SCOPE_ALL_STREETS,
    .rules = RULES(RULES_PAGE),
    .query = &select_streets,
    .into = "streets",
    .page = PAGE_BY_TEXT(street),
};
