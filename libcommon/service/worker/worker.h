/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - a service's process: bus thread, work threads, relay, admin
 *
 * main(): return worker_main(argc, argv, "the unit registry", &registry);
 */
#pragma once

#include "libcommon/base/settings.h"
#include "libcommon/service/method/method.h"

/* Serves until SIGTERM or SIGINT, then takes no more, finishes what it has (at most 25 s) and
 * returns the exit code. Ends at the start with code 1 or 2 and a log line when a setting, a row, a
 * statement or the database's settings are wrong; waits for a database or broker that is away. */
int worker_main(int argc, char **argv, const char *about, const struct service *service);
