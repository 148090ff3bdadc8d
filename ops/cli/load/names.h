/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - ids in the place of names
 *
 * Rows name communities, units and venues, and belong to what else their line means; only the
 * server's objects say which ids those are.
 */
#pragma once

#include "plan.h"

/* Every sheet's objects, like `sheets`. */
struct plan {
    struct plan_index index[SHEETS_MAX];
};

void plan_init(struct plan *plan);
void plan_clear(struct plan *plan);
struct plan_index *plan_of(struct plan *plan, const struct sheet *sheet);

/* Puts ids into a row. False if one is not known: after a fault that names the column, or silently
 * where an object of the same line failed, which was told. */
bool names_resolve(struct plan *plan, const struct sheet_rows *rows, struct sheet_row *row,
                   struct report *report);
