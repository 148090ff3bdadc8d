/* SPDX-License-Identifier: Apache-2.0 */
/* need.h - what all methods about needs share, in tables like those of programme.h */
#pragma once

#include "selection_need.pb-c.h"
#include "libcommon/service/following/ending.h"
#include "services/selection/contract.h"

extern const struct rule need_rules[];        /* what its asker may change */
extern const struct rule need_raised_rules[]; /* with the asker */
extern const struct life_cycle need_life_cycle;
extern const struct db_stmt need_select;
extern const struct object need_object;
extern const struct db_stmt place_of_need; /* whose it is */

/* Says that the need took a step. */
enum status need_say_changed(struct call *call, Selection__NeedAction action, const struct why *why,
                             Selection__Need *need) MUST_CHECK;
