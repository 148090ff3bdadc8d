/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_context.h - the trace that all requests of one run belong to (W3C Trace Context, level 1)
 *
 * $TRACEPARENT's, where whoever runs jusha has one, else a new one. Every request gets a parent id
 * of its own in it.
 */
#pragma once

#include <stdbool.h>

struct trace_context {
    char trace_id[33]; /* lower-case hex */
    bool sampled;      /* programs on the way are to log it */
};

/* sampled: asked for, whatever $TRACEPARENT says. A variable that is no trace context is as none
 * (3.2 of the standard). */
void trace_context_start(struct trace_context *context, bool sampled);
/* "00-<trace id>-<parent id>-01", under parent. */
const char *trace_context_next(const struct trace_context *context, const void *parent);
