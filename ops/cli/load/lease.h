/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease.h - the right to load data into the street, which one load has at a time
 *
 * A load adds what it does not find, so another one at the same time would add it, too. The
 * registry lends the right for less than a minute; while the load goes on it is renewed. A load
 * that is killed holds up the next one for that long; one that wakes after another has loaded finds
 * its right gone and stops.
 */
#pragma once

#include "libcommon/base/id.h"
#include "report.h"
#include "session.h"

struct lease {
    struct session *session; /* NULL: none was taken, and none is kept */
    char id[ID_CHARS + 1];
    int64_t renew_ms; /* monotonic */
};

/* False after a fault: somebody else has it, or nobody answers. */
bool lease_take(struct lease *lease, struct session *session, struct report *report);
/* Before each request: renews it when that is due. False after a fault, with report->unreachable:
 * nothing more may be sent. */
bool lease_keep(struct lease *lease, struct report *report);
/* When all that was sent is answered. Where an answer did not come it stays until it expires. */
void lease_give_back(struct lease *lease, const struct report *report);
