/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker_bus.h - the bus thread of a service: one connection to each broker
 *
 * Takes requests, queues them, sends replies and hints, beats, and tells each broker how many
 * requests it may have here: none while the database is away. It never waits for work.
 */
#pragma once

#include "libcommon/bus/admin.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/service/following/positions.h"
#include "libcommon/service/journal/publisher.h"
#include "libcommon/service/running/work.h"
#include "libcommon/service/running/worker.h"

struct worker_bus_options {
    void *context;
    const struct service *service;
    const struct worker_options *worker;
    const struct certificate *own;
    const char *broker_key;
    struct work *work;
    struct positions *positions;
    struct publisher *publisher; /* whose connections it looks after */
    struct admin *admin;
    int signals; /* signalfd of what ends the process */
};

/* Returns when a signal came and everything in flight was answered, or after 25 s. */
void worker_bus_run(const struct worker_bus_options *options);
