/* SPDX-License-Identifier: Apache-2.0 */
/* get_programme.c - GetProgramme: one programme by id */
#include "selection_methods.h"
#include "services/selection/programme/programme.h"

const struct method selection_get_programme = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(programme_id)),
    .query = &programme_select,
    .into = "programme",
};
