/* SPDX-License-Identifier: Apache-2.0 */
/* get_project.c - GetProject: one project by id */
#include "selection_methods.h"
#include "services/selection/project/project.h"

const struct method selection_get_project = {
    .may = MAY_READ,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(project_id)),
    .query = &project_select,
    .into = "project",
};
