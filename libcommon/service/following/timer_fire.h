/* SPDX-License-Identifier: Apache-2.0 */
/* timer_fire.h - fires what is due, in the steward's thread */
#pragma once

#include "libcommon/service/batch/db_slot.h"
#include "libcommon/service/following/timer.h"

/* Makes the service's timers known; call once, after methods_start. */
void timers_start(const struct service *service);
/* This process begins to lead: another one has fired them meanwhile. */
void timers_lead(void);
/* Fires what is due now, of every street, unless the time has leapt (lived.h); a later call fires
 * the rest if the database fails in between. */
void timers_fire(struct db_slot *slot);
