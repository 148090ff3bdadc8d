/* SPDX-License-Identifier: Apache-2.0 */
/* subscriber.c - crash points and planted bugs of whoever follows a street's events */
#include "libcommon/bus/subscriber_state.h"
#include "tests/faults/planted/fault.h"

WRAPS(subscriber_next);
WRAPS(subscriber_done);
WRAPS(intake_take);

enum status __wrap_subscriber_next(struct subscriber *subscriber, const void *parent, int wait_ms,
                                   struct subscriber_event *ret)
{
    enum status status = __real_subscriber_next(subscriber, parent, wait_ms, ret);

    if (status != STATUS_OK)
        return status;
    if (fault_planted(BUG_CURSOR_BEFORE_EFFECT)) {
        __real_subscriber_done(subscriber, ret);
        (void)!subscriber_flush(subscriber);
    }
    fault_point(FAULT_SUBSCRIBER_BEFORE_PRINT);
    return status;
}

void __wrap_subscriber_done(struct subscriber *subscriber, const struct subscriber_event *event)
{
    fault_point(FAULT_SUBSCRIBER_BEFORE_CURSOR);
    __real_subscriber_done(subscriber, event);
}

/* With the bug, the oldest live event follows whatever was handed over last. */
enum status __wrap_intake_take(struct intake *intake, const void *parent,
                               struct subscriber_event *ret)
{
    bool jumps = fault_planted(BUG_SUBSCRIBER_TRUSTS_LIVE) && intake->live && !intake->pages &&
                 intake->live->seq > intake->last.seq + 1;

    if (jumps)
        intake->last = (struct point){.seq = intake->live->seq - 1};
    return __real_intake_take(intake, parent, ret);
}
