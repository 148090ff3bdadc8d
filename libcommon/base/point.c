/* SPDX-License-Identifier: Apache-2.0 */
/* point.c - positions in journals */
#include "libcommon/base/point.h"

#include <string.h>

struct point point_at(int64_t seq, const char *event_id)
{
    struct point point = {.seq = seq};
    size_t size = strlen(event_id);

    if (size < sizeof point.event_id)
        memcpy(point.event_id, event_id, size);
    return point;
}

bool point_contradicts(const struct point *a, const struct point *b)
{
    return a->seq == b->seq && a->event_id[0] && b->event_id[0] &&
           strcmp(a->event_id, b->event_id) != 0;
}
