/* SPDX-License-Identifier: Apache-2.0 */
/* process_metrics.h - jusha_build_info and process_*, under the names that Prometheus's own client
 * libraries use */
#pragma once

/* Makes them part of metrics_print, which reads them when it is asked; again without effect. */
void process_metrics_register(void);
