/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.h - how a call that failed is told on stderr, to people or, with --json, to machines */
#pragma once

#include "libcommon/base/status.h"
#include "libcommon/base/violation.h"
#include "bus_envelope.pb-c.h"
#include "options.h"

/* A reply whose code is not OK: code and message, then a line for each violation. As JSON: the
 * ReplyHeader in one line. */
void refusal_print(const struct options *options, const Bus__ReplyHeader *header);

/* The same shape for what was refused on this side, before anything was sent. */
void refusal_print_local(const struct options *options, const char *message,
                         const struct violations *violations);
