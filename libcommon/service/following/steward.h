/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steward.h - what a service does by itself, in a thread of its own: it follows journals and fires
 * timers
 *
 * Of all processes of a service one steward is active (leader.h), the others stand by. What it does
 * are calls of the service itself, in batches of the street like all others, so nothing depends on
 * there being only one.
 *
 * Hints on the bus only tell it that there is something to read; it reads journals
 * (JournalService/Read).
 */
#pragma once

#include "libcommon/service/method/process.h"

struct steward;

/* After methods_start and followers_start. */
struct steward *steward_start(const struct process *process);
void steward_destroy(struct steward **steward);
