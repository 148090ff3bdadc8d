/* SPDX-License-Identifier: Apache-2.0 */
/*
 * point.h - a position in a journal: the number of an event, and its id
 *
 * A number alone does not tell one history from another: a journal that was restored from a backup
 * gives the same numbers to other events.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/id.h"

struct point {
    int64_t seq;                 /* 0: before the first event */
    char event_id[ID_CHARS + 1]; /* "": there is none, or nobody told it */
};

/* An id that is longer than one becomes "". */
struct point point_at(int64_t seq, const char *event_id);

/* Does the same number have another id? Unknown ids contradict nothing. */
bool point_contradicts(const struct point *a, const struct point *b);
