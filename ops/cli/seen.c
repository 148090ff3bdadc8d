/* SPDX-License-Identifier: Apache-2.0 */
/* seen.c - read your own writes: how far each journal stood in the replies that came */
#include "seen.h"

#include <string.h>

#include "libcommon/base/mem.h"

struct seen {
    size_t count;
    Bus__Position **positions;
};

struct seen *seen_new(const void *parent)
{
    return mem_new(parent, struct seen);
}

void seen_note(struct seen *seen, const char *service, int64_t seq)
{
    size_t i = 0;

    while (i < seen->count && strcmp(seen->positions[i]->service, service) != 0)
        i++;
    if (i == seen->count) {
        seen->positions = mem_check(
            talloc_realloc(seen, seen->positions, Bus__Position *, (unsigned)++seen->count));
        seen->positions[i] = mem_new(seen, Bus__Position);
        bus__position__init(seen->positions[i]);
        seen->positions[i]->service = mem_text(seen, service);
    }
    if (seq > seen->positions[i]->seq)
        seen->positions[i]->seq = seq;
}

const Bus__Position *const *seen_positions(const struct seen *seen, size_t *ret_count)
{
    *ret_count = seen->count;
    return (const Bus__Position *const *)seen->positions;
}
