/* SPDX-License-Identifier: Apache-2.0 */
/* gauges.h - what the broker counts, for /metrics; main thread only, but for reading */
#pragma once

#include "libcommon/base/metrics.h"
#include "services/broker/feed/feed.h"
#include "services/broker/route/route.h"

/* X(name, help): counted by the program around the core. */
#define DOOR_COUNTERS(X)                                                                           \
    X(undeliverable, "Replies dropped because the caller is gone or reads nothing")                \
    X(untaken, "Replies dropped because their callers hold more untaken ones than they may")       \
    X(nameless, "Messages dropped because their connection ended or is one too many")              \
    X(ended, "Connections that ended after they had said something")                               \
    X(shut_down, "Connections ended by the broker: silent, too many, or misbehaving")              \
    X(too_many_frames, "Messages refused or dropped because they have more frames than any of "    \
                       "ours")

enum door_counter {
#define X(name, help) DOOR_##name,
    DOOR_COUNTERS(X)
#undef X
        DOOR_COUNTER_COUNT,
};

void gauges_register(void);
void gauges_count(enum door_counter counter);
/* Bring the cores' counters up to date; call them with every tick. One broker per process. */
void gauges_update(const struct broker *broker);
void gauges_update_feed(const struct feed *feed);
/* How many certificates expire soon. */
void gauges_update_certificates(unsigned count);
