/* SPDX-License-Identifier: Apache-2.0 */
/* gauges.h - what the broker counts, for /metrics; main thread only, but for reading */
#pragma once

#include "libcommon/base/metrics.h"
#include "services/broker/route.h"

/* X(name, help): counted by the program around the core. */
#define DOOR_COUNTERS(X)                                                                           \
    X(undeliverable, "Replies dropped because the caller is gone or reads nothing")                \
    X(untaken, "Replies dropped because their callers hold more untaken ones than they may")       \
    X(nameless, "Messages dropped because their connection ended or is one too many")              \
    X(shut_down, "Connections ended by the broker: silent, too many, or misbehaving")              \
    X(too_many_frames, "Messages dropped because they have more frames than any of ours")          \
    X(events, "Publications passed on")                                                            \
    X(events_refused, "Publications dropped because their topic is not the sender's")              \
    X(subscriptions, "Subscriptions admitted")                                                     \
    X(subscriptions_refused, "Subscriptions to topics that the certificate does not grant")        \
    X(subscribers_sent_away, "Times that a certificate was taken away and all had to knock again") \
    X(noise, "Messages on the subscriber port that are no subscription")

enum door_counter {
#define X(name, help) DOOR_##name,
    DOOR_COUNTERS(X)
#undef X
        DOOR_COUNTER_COUNT,
};

void gauges_register(void);
void gauges_count(enum door_counter counter);
/* Brings the core's counters up to date; call it with every tick. One broker per process. */
void gauges_update(const struct broker *broker);
