/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call_metrics.h - requests that have ended as metrics: by method and code, by what they waited
 * for, and by street
 *
 * Fifty streets have series of their own, all others together are street="other", so that a
 * Prometheus bears it. A place is whose street asks first, and goes to another one after an hour
 * without a request. They are to show which street is busy, or slow.
 */
#pragma once

#include "libcommon/service/call/call.h"

/* Before threads start. */
void call_metrics_register(void);
/* whole_ms: since it began. */
void call_metrics_count(const struct call *call, int64_t whole_ms);
