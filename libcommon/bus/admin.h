/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.h - /healthz, /readyz and /metrics over HTTP, in a thread of its own
 *
 * /healthz is 200 as long as this thread runs and each part of the program (its main loop, and
 * those that it names) showed life within the last 10 s, else 503 with the parts that did not;
 * /readyz is 200 or 503 with the reason; /metrics is Prometheus text.
 */
#pragma once

#include "libcommon/base/settings.h"
#include "libcommon/base/status.h"

extern const struct setting admin_settings[]; /* admin: "address:port" to listen on, "" for none */

struct admin;
struct admin_part;

/* Returns NULL, with a log line, if the address is taken; a stub that serves nothing if the
 * setting is "". */
struct admin *admin_start(void);
void admin_destroy(struct admin **admin);

/* Says whether the program is ready; from any thread. reason is NULL when it is, or a constant
 * such as "database is away". */
void admin_ready(struct admin *admin, const char *reason);
void admin_alive(struct admin *admin);

/* Adds a part that the program cannot do without; it counts as alive now. name is a constant,
 * "ZAP thread". The part lives as long as the admin. One thread at a time. */
struct admin_part *admin_part(struct admin *admin, const char *name);
/* Says that the part is alive; from any thread, at least once in 10 s. */
void admin_part_alive(struct admin_part *part);
