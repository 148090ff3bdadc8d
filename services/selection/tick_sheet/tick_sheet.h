/* SPDX-License-Identifier: Apache-2.0 */
/* tick_sheet.h - what all methods about tick sheets share, in tables like those of programme.h */
#pragma once

#include "selection_tick_sheet.pb-c.h"
#include "services/selection/contract.h"

extern const struct rule tick_sheet_rules[];
extern const struct life_cycle tick_sheet_life_cycle;
extern const struct object tick_sheet_object;
extern const struct db_stmt place_of_sheet; /* whose it is */

/* Ticks on the sheet these projects and the mandatory ones, in the catalogue's order.
 * INVALID_ARGUMENT on "sheet.project_ids[i]" for one that the catalogue has not. ids may be the
 * sheet's own. */
enum status tick_sheet_tick(struct call *call, const Selection__Programme *programme,
                            char *const *ids, size_t count, Selection__TickSheet *sheet) MUST_CHECK;
/* How many of the sheet's projects are electives. */
size_t tick_sheet_electives(const Selection__Programme *programme,
                            const Selection__TickSheet *sheet);
