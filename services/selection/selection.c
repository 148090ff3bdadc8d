/* SPDX-License-Identifier: Apache-2.0 */
/* selection.c - project selection's table of methods */
#include "services/selection/selection.h"

#include "selection_methods.h"
#include "services/selection/contract.h"
#include "services/selection/ends.h"
#include "services/selection/follow.h"

SELECTION_PERMISSIONS(PERMISSION_DEFINE)
const struct permission *const selection_permissions[] = {SELECTION_PERMISSIONS(PERMISSION_POINTER)
                                                              NULL};

/* The contract lists the methods; each name here is a row in the file of that name. */
static const struct methods selection_methods = SELECTION__SELECTION_SERVICE__INIT(&selection_);

const struct service selection_service = {
    .name = "selection",
    .methods = (const struct methods *const[]){&selection_methods, &journal_methods, NULL},
    .follows = selection_follows,
    .timers = selection_timers,
    .ends = selection_ends,
};
