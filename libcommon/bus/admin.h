/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - /healthz, /readyz and /metrics over HTTP, in a thread of its own
 *
 * /healthz is 200 as long as this thread runs and the program's main loop called admin_alive within
 * the last 10 s; /readyz is 200 or 503 with the reason; /metrics is Prometheus text.
 */
#pragma once

#include "libcommon/base/settings.h"
#include "libcommon/base/status.h"

extern const struct setting admin_settings[]; /* admin: "address:port" to listen on, "" for none */

struct admin;

/* NULL with a log line if the address is taken; a stub that serves nothing when the setting is "". */
struct admin *admin_start(void);
void admin_destroy(struct admin **admin);

/* From any thread. reason: NULL when ready, else a constant: "database is away". */
void admin_ready(struct admin *admin, const char *reason);
void admin_alive(struct admin *admin);
