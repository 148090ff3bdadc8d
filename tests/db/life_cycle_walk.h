/* SPDX-License-Identifier: Apache-2.0 */
/* life_cycle_walk.h - every cell of a life cycle's table, against the real method and the real
 * row */
#pragma once

#include "bed.h"
#include "libcommon/service/method/object.h"

struct changing {
    const struct life_cycle *cycle;
    const char *table, *method, *id; /* SQL table, method, id field */
};

/* Takes the stored object of this id through every status and action, as street staff: a step is
 * taken, refused for its lacking reason, or refused, as the table says. */
void walk_life_cycle(struct bed *bed, const struct changing *changing, const char *id);
