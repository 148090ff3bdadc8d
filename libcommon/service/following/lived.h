/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lived.h - has the time come by itself, or did it leap?
 *
 * What timers do is final: agreements lapse, activities are completed. So none fires on one reading
 * of a clock. The active steward notes, a minute at the latest after the other, until when the
 * service has lived (table upkeep). Where the clocks of the machine and of PostgreSQL are a day
 * ahead of that, it may be that nothing ran for so long, or that both were set wrong; then timers
 * wait for an hour, in which somebody can see it and set them back. Whoever leads meanwhile waits
 * as well: what was noted stays until the hour is over.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/service/batch/db_slot.h"

enum { LIVED_LEAP_MS = 24 * 3600 * 1000, LIVED_WAIT_MS = 3600 * 1000, LIVED_NOTE_MS = 60 * 1000 };

/* What one steward knows; zero when it begins to lead, for another one has led meanwhile. */
struct lived {
    int64_t until_ms;     /* Unix time until which it was lived; 0: not known */
    int64_t noted_ms;     /* clock_monotonic_ms when that was noted last */
    int64_t wait_from_ms; /* since when it waits; 0: it does not */
};

/* Once, before the others. */
void lived_start(void);

/* What the clocks say at one moment; and whether it is to be believed. Pure: reads no clock, moves
 * `lived`. */
bool lived_through(struct lived *lived, int64_t unix_ms, int64_t monotonic_ms);

/* The same by the clocks of now and by what the database has; false, too, when it is away. */
bool lived_until_now(struct lived *lived, struct db_slot *slot);
