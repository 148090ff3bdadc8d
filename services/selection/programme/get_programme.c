/* SPDX-License-Identifier: Apache-2.0 */
/* get_programme.c - GetProgramme: one programme by id */
#include "selection_methods.h"
#include "services/selection/programme/programme.h"

STATEMENT(
    select_seen_programme,
    .sql = "SELECT {columns} FROM {table} WHERE {key} AND (status <> 'DRAFT' OR :reach_street)",
    .object = &programme_object, .one_row = {STATUS_NOT_FOUND, .rule = "exists"});

const struct method selection_get_programme = {
    .may = MAY_READ,
    .within = MAY_SEE_PROGRAMME,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(programme_id)),
    .query = &select_seen_programme,
    .into = "programme",
};
