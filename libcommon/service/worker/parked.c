/* SPDX-License-Identifier: Apache-2.0 */
/* parked.c - who waits for a followed journal, and how many may */
#include "libcommon/service/worker/parked.h"

#include <string.h>
#include <utlist.h>

#include "libcommon/base/clock.h"
#include "libcommon/service/following/followers.h"

enum {
    WAIT_MS = 5000, /* the caller may ask again */
    LOOK_MS = 10,   /* how late a deadline may be noticed */
    BYTES_MAX = 16 * 1024 * 1024,
    CREDIT_STEP = 32, /* so that a broker is told of it now and then only */
};

static bool is_behind(const struct parked *parked, const struct call *call)
{
    for (size_t i = 0; i < call->header->n_after; i++) {
        const Bus__Position *after = call->header->after[i];
        if (followers_find(after->service) < followers_count() &&
            positions_get(parked->positions, call->street, after->service) < after->seq)
            return true;
    }
    return false;
}

static void refuse(struct call *call, enum status status)
{
    (void)!call_fail(call, status, "after", "behind",
                     "this service has not applied that position yet; nothing was done");
}

static bool has_room(const struct parked *parked, const struct call *candidate)
{
    int64_t all = 0, of_street = 0, of_caller = 0, room = parked->room;
    size_t bytes = candidate->payload.len;
    const struct call *call;

    DL_FOREACH(parked->calls, call)
    {
        bool same_street = strcmp(call->street, candidate->street) == 0;
        all++;
        of_street += same_street;
        of_caller += call_is_of_same_caller(call, candidate);
        bytes += call->payload.len;
    }
    return all < room && of_street < (room + 1) / 2 && of_caller < (room + 15) / 16 &&
           bytes <= BYTES_MAX;
}

bool parked_keeps(struct parked *parked, struct call *call)
{
    if (!is_behind(parked, call))
        return false;
    if (!has_room(parked, call)) {
        refuse(call, STATUS_UNAVAILABLE);
        return false;
    }
    DL_APPEND(parked->calls, call);
    positions_want(parked->positions, call->street);
    return true;
}

bool parked_look(struct parked *parked, bool moved)
{
    int64_t now = clock_monotonic_ms();

    if (!parked->calls || (!moved && now - parked->looked_ms < LOOK_MS))
        return false;
    parked->looked_ms = now;
    return true;
}

struct call *parked_take(struct parked *parked, bool all)
{
    int64_t now = clock_monotonic_ms();
    struct call *call, *next, *taken = NULL;

    DL_FOREACH_SAFE(parked->calls, call, next)
    {
        bool behind = is_behind(parked, call), late = now > call->deadline;
        if (behind && !all && !late && now <= call->began + WAIT_MS) {
            positions_want(parked->positions, call->street);
            continue;
        }
        DL_DELETE(parked->calls, call);
        DL_APPEND(taken, call);
        if (behind)
            refuse(call, late ? STATUS_DEADLINE_EXCEEDED : STATUS_UNAVAILABLE);
    }
    return taken;
}

int64_t parked_credit(const struct parked *parked, size_t broker)
{
    const struct call *call;
    int64_t count = 0;

    DL_FOREACH(parked->calls, call)
    {
        count += call->broker == broker;
    }
    return (count + CREDIT_STEP - 1) / CREDIT_STEP * CREDIT_STEP;
}
