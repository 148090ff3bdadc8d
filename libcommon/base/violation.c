/* SPDX-License-Identifier: Apache-2.0 */
/* violation.c - appending to a fixed list that forgets what is beyond its end */
#include "libcommon/base/violation.h"

#include <stdarg.h>

#include "libcommon/base/mem.h"

struct violation *violation_add(const void *parent, struct violations *violations,
                                const char *field, const char *rule, const char *format, ...)
{
    static _Thread_local struct violation beyond; /* takes the params of what is not kept */

    if (violations->count == VIOLATIONS_MAX)
        return &beyond;

    struct violation *added = &violations->item[violations->count++];
    va_list args;

    va_start(args, format);
    *added = (struct violation){
        .field = mem_text(parent, field),
        .rule = rule,
        .message = mem_check(talloc_vasprintf(parent, format, args)),
    };
    va_end(args);
    return added;
}
