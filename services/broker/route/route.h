/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.h - the broker as a pure function: state, event, time -> messages
 *
 * No socket, no clock, no log, no randomness inside: the program (main.c) feeds it from ZeroMQ, the
 * simulator (tests/broker) from a seed, and both see the same behaviour. A
 * request is kept, as counted references to ZeroMQ's buffers, until it is answered, so that it can
 * be sent again. One thread.
 */
#pragma once

#include <stdint.h>

#include "libcommon/base/log_why.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/bus/frames.h"
#include "services/broker/route/outbox.h"

enum {
    TICKET_KEY = 16,            /* bytes */
    HEARTBEAT_MS = 1000,        /* both ways */
    WORKER_SILENT_MS = 3000,    /* then it is dead */
    TIMEOUT_INITIAL_MS = 10000, /* of a request that names none */
    TIMEOUT_MAX_MS = 60000,
    STRANGE_SERVICE_MS = 2000, /* how long a request waits for a service that never registered */
    AWAY_MS = 10000,      /* without a worker that takes requests: none is waited for any more */
    GRACE_MS = 1000,      /* a worker's reply may be this late before the caller hears UNKNOWN */
    ABANDONED_MS = 30000, /* then an unanswered request's place at its worker is free again */
    CREDIT_MAX = 1024,
};

struct broker_options {
    uint8_t ticket_key[TICKET_KEY]; /* random and secret: tickets are unguessable by it */
    uint32_t street_max;            /* unanswered requests of one (service, street) */
    uint32_t
        certificate_max;    /* ... of one certificate, at most what role_limits.h gives its role */
    uint32_t total_max;     /* ... in all */
    uint32_t rates_percent; /* of the rates of role_limits.h; 0: none are kept */
    const char *weights;    /* weights_valid; NULL: none */
    const struct log_limits *log; /* which requests are noted as "routed"; NULL: none */
};

/* X(name, help). They only grow. accepted = replied + refused_late + orphaned + now unanswered. */
#define BROKER_COUNTERS(X)                                                                         \
    X(accepted, "Requests taken in")                                                               \
    X(replied, "Requests answered by a worker")                                                    \
    X(refused_late, "Accepted requests that the broker itself answered with an error")             \
    X(refused, "Requests refused at the door with an error")                                       \
    X(refused_rate, "Of them: by the rate of a certificate or of a gateway's actor")               \
    X(floods,                                                                                      \
      "Messages for which a certificate was cut off: more than 1000 a second beyond its rate")     \
    X(refused_bytes, "Of them: by what a certificate, or all, hold of the broker's memory")        \
    X(claimed, "Messages refused because their sender claimed a routing id")                       \
    X(revoked, "Messages refused because their certificate was taken away")                        \
    X(orphaned, "Replies dropped because the connection that asked has ended")                     \
    X(partials, "Partial replies passed on")                                                       \
    X(mmi, "Questions to the broker itself")                                                       \
    X(sent, "Requests sent to workers, repeats included")                                          \
    X(repeated, "Requests taken back from a worker that went, to be sent again")                   \
    X(dead_letters, "Requests that killed two workers")                                            \
    X(stale_finals, "Replies dropped because their ticket is not in flight at that worker")        \
    X(late_finals, "Replies dropped because the caller had been answered UNKNOWN")                 \
    X(malformed, "Messages dropped because they are not Majordomo, or a final without its Answer") \
    X(workers_ready, "Workers that registered")                                                    \
    X(workers_refused, "Registrations refused")                                                    \
    X(workers_strange, "Messages of workers that are not registered")                              \
    X(workers_left, "Workers that said good-bye")                                                  \
    X(workers_died, "Workers that fell silent or lost their connection")

struct broker_counters {
#define X(name, help) uint64_t name;
    BROKER_COUNTERS(X)
#undef X
};

/* How things stand, for gauges. */
struct broker_load {
    uint32_t queued, in_flight, workers;
};

enum broker_event {
    BROKER_FROM_CLIENT, /* frames: routing id first; caller */
    BROKER_FROM_WORKER, /* the same */
    /* The same from a peer that claimed its routing id: libzmq did not give it, so it may be
     * somebody else's next. */
    BROKER_CLIENT_CLAIMED,
    BROKER_WORKER_CLAIMED,
    /* frames: what came from a peer whose certificate was taken away, or its routing id alone; no
     * caller. A worker's certificate may have been changed as well. */
    BROKER_CLIENT_REVOKED,
    BROKER_WORKER_REVOKED,
    BROKER_CLIENT_GONE, /* frames: routing id of a connection that ended */
    BROKER_WORKER_GONE, /* the same, or one that the worker socket cannot reach */
    BROKER_TICK,        /* at least every 100 ms */
    BROKER_DRAIN,       /* answer what waits, take nothing new, let workers finish */
    BROKER_CLOSE,       /* answer everything, say DISCONNECT to workers */
    BROKER_EVENTS,
};

/* "xiasha=4 yanlan=2": streets with one blank between them, and how many requests of each go to the
 * pool's workers in one turn (1-100; 1 for every other street). "" is valid. */
bool weights_valid(const char *text);

struct broker;

struct broker *broker_create(const void *parent, const struct broker_options *options,
                             int64_t now_ms);
void broker_destroy(struct broker **broker);

/* Never fails: what is wrong gets an error reply, a DISCONNECT, or is dropped and counted. frames
 * (NULL where the event has none) are cleared or emptied. now_ms: any monotonic clock. */
void broker_step(struct broker *broker, enum broker_event event, struct frames *frames,
                 const struct certificate *caller, int64_t now_ms, struct outbox *out);

const struct broker_counters *broker_counters(const struct broker *broker);
struct broker_load broker_load(const struct broker *broker);
