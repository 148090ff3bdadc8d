/* SPDX-License-Identifier: Apache-2.0 */
/* need.h - what all methods about needs share, in tables like those of programme.h */
#pragma once

#include "libcommon/service/following/ending.h"
#include "selection_need.pb-c.h"
#include "services/selection/contract.h"

extern const struct rule need_rules[];        /* what its asker may change */
extern const struct rule need_raised_rules[]; /* with the asker */
extern const struct life_cycle need_life_cycle;
extern const struct db_stmt need_select;
extern const struct object need_object;
extern const struct db_stmt place_of_need; /* whose it is */

/* Not one whose last day is past: FAILED_PRECONDITION on the field, rule "past". Waits. */
enum status need_check_days(struct call *call, const char *field,
                            const Selection__Need *need) MUST_CHECK;
/* The same of days that somebody writes down, on "need.wanted_to_on" and "need.deadline_on": to be
 * queued. */
extern const struct db_stmt need_wanted_ahead, need_deadline_ahead;

/* Says that the need took a step. */
enum status need_say_changed(struct call *call, Selection__NeedAction action, const struct why *why,
                             Selection__Need *need) MUST_CHECK;

/* One that somebody opened again is called off where its asker has ended. Waits. */
enum status need_end_after_asker(struct call *call, Selection__Need *need,
                                 const char *reason) MUST_CHECK;
