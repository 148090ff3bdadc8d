/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker_bus.h - the bus thread of a service: one connection to each broker
 *
 * Takes requests, queues them, sends replies and hints, beats, and tells each broker how many
 * requests it may have here: none while the database is away. It never waits for work.
 */
#pragma once

#include "libcommon/bus/admin.h"
#include "libcommon/service/method/process.h"
#include "libcommon/service/worker/work.h"

/* Returns when a signal came and everything in flight was answered, or after 25 s. `signals` is the
 * signalfd of what ends the process. */
void worker_bus_run(const struct process *process, struct work *work, struct admin *admin,
                    int signals);
