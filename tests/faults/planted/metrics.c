/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c - crash points where something was just counted */
#include <string.h>

#include "libcommon/base/metrics.h"
#include "tests/faults/planted/fault.h"

WRAPS(metrics_add);

void __wrap_metrics_add(struct metric *metric, int64_t n)
{
    __real_metrics_add(metric, n);
    if (strcmp(metric->name, "jusha_relay_events_total") == 0)
        fault_point(FAULT_RELAY_AFTER_PUBLISH);
}
