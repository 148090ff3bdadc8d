/* SPDX-License-Identifier: Apache-2.0 */
/* trace_context.c - $TRACEPARENT or random bytes -> what goes into a request's header */
#include "trace_context.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/log_why.h"
#include "libcommon/base/mem.h"

enum { TRACE_BYTES = 16, PARENT_BYTES = 8 };

static void random_hex(char *text, size_t bytes)
{
    uint8_t random[TRACE_BYTES];

    do
        randombytes_buf(random, bytes);
    while (sodium_is_zero(random, bytes)); /* no id of the standard's */
    sodium_bin2hex(text, 2 * bytes + 1, random, bytes);
}

void trace_context_start(struct trace_context *context, bool sampled)
{
    const char *given = getenv("TRACEPARENT");
    const char *trace_id = LOG_TRACE_ID(given != NULL ? given : "");

    snprintf(context->trace_id, sizeof context->trace_id, "%s", trace_id);
    context->sampled = sampled || (given != NULL && log_why_traced(given));
    if (context->trace_id[0] == '\0')
        random_hex(context->trace_id, TRACE_BYTES);
}

const char *trace_context_next(const struct trace_context *context, const void *parent)
{
    char parent_id[2 * PARENT_BYTES + 1];

    random_hex(parent_id, PARENT_BYTES);
    return mem_printf(parent, "00-%s-%s-%02d", context->trace_id, parent_id, context->sampled);
}
