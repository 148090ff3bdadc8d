/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed_event.h - numbers and ids of CloudEvents that stay packed
 *
 * A page of a journal holds hundreds of events and most live ones come twice: they are put in order
 * by their numbers and unpacked only when somebody takes them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/point.h"

struct bytes {
    const uint8_t *at, *end;
};

/* Takes the next event of a ReadResponse and skips its other fields, as a newer version has
 * more. Returns false at the end of *page, or, with *page at the place, if what stands there is
 * no such message. */
bool packed_next_event(struct bytes *page, struct bytes *ret);

/* Value of the attribute "sequence", 1 or more, and id; number -1 if there is none. */
struct point packed_event_point(struct bytes event);

/* Does the event name this one as its predecessor? True also if either id is unknown. */
bool packed_event_follows(struct bytes event, const struct point *predecessor);

/* Are a ReadResponse's events numbered after + 1, after + 2, …, or from later on when retention
 * took the first? Returns how many, -1 if they are not; outputs are written if there are any. */
int64_t packed_page_check(struct bytes page, int64_t after, int64_t *ret_first,
                          struct point *ret_last);
