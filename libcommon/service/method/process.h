/* SPDX-License-Identifier: Apache-2.0 */
/* process.h - what the threads of a service's process share: where brokers and database are, who it
 * is, whom they tell */
#pragma once

#include <stdint.h>

#include "libcommon/bus/broker_keys.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/service/method/method.h"

struct publisher; /* publisher.h */
struct positions; /* positions.h */

/* Set before the first thread starts, and not changed while any runs. */
struct process {
    const struct service *service;
    void *zmq_context;
    const char *brokers;  /* "host:port,host:port" of their client ports */
    const char *database; /* libpq conninfo without user, which is <service> or <service>_relay */
    const struct certificate *own;
    struct broker_keys *broker_keys;
    const char *streets; /* "a b": it serves these alone; "": it is of the pool */
    int64_t credit;      /* requests that each broker may have here at a time */
    struct publisher *publisher;
    struct positions *positions;
};
