/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parked.h - requests that wait until a followed journal is applied far enough
 * (RequestHeader.after)
 *
 * They wait for at most 5 s and have a room of their own: as many as a broker may have here at a
 * time, a street half of that, a caller an eighth of a street's share, and 16 MiB in all. Meanwhile
 * they hold credit of their broker, which gets as much more (parked_credit), so that those who wait
 * cost nobody else's place. Of the bus thread.
 */
#pragma once

#include "libcommon/service/call/call.h"
#include "libcommon/service/following/positions.h"

struct parked {
    struct positions *positions;
    int64_t room; /* requests */
    struct call *calls;
    int64_t looked_ms;
};

/* True: it waits here from now on. False: it goes on at once, or, when its status is not OK, is
 * refused. */
bool parked_keeps(struct parked *parked, struct call *call);
/* Has a position moved, or so much time gone by that parked_take should be asked? */
bool parked_look(struct parked *parked, bool moved);
/* Those that wait no longer, linked by next, NULL if none: they go on, or, when their status is not
 * OK, are refused. all: nobody shall wait any more. */
struct call *parked_take(struct parked *parked, bool all);
/* What a broker gets beyond its usual credit, in steps. broker: call->broker. */
int64_t parked_credit(const struct parked *parked, size_t broker);
