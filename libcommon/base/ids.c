/* SPDX-License-Identifier: Apache-2.0 */
/* ids.c - lists of ids, see ids.h */
#include "libcommon/base/ids.h"

#include <string.h>

/* Where it stands; count if it does not. */
static size_t find(char *const *ids, size_t count, const char *id)
{
    size_t i = 0;

    while (i < count && strcmp(ids[i], id) != 0)
        i++;
    return i;
}

bool ids_have(char *const *ids, size_t count, const char *id)
{
    return find(ids, count, id) < count;
}

bool ids_take_out(char **ids, size_t *count, const char *id)
{
    const size_t at = find(ids, *count, id);

    if (at == *count)
        return false;
    memmove(&ids[at], &ids[at + 1], (--*count - at) * sizeof *ids);
    return true;
}
