/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caller.h - many callers in one thread: connections × requests under way on each
 *
 * Raw DEALER sockets with Majordomo frames, so that what is measured is the system and not its
 * client library. Each answer makes its connection ask again, at once or when a rate says so; any
 * answer but OK ends the process with what it said, unless the job may be refused: a figure is made
 * of answers that were right. One thread, and one more that libzmq encrypts in.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/bus/certificate.h"
#include "tests/bench/histogram.h"

enum { PAYLOAD_BYTES_MAX = 1024, CALLER_CLIENTS_MAX = 256, CALLER_WINDOW_MAX = 4096 };

/* One request, as a job fills it in. */
struct ask {
    const char *street; /* lives as long as the job */
    size_t number;      /* handed back with the answer */
    size_t size;
    uint8_t payload[PAYLOAD_BYTES_MAX];
};

/* What is asked over and over. */
struct job {
    const char *service; /* "registry" */
    const char *method;  /* full name */
    void *data;
    /* Fills in the next request; false: there is none left. */
    bool (*next)(void *data, struct ask *ret);
    /* Takes an OK answer; position is the street's journal behind a command, 0 for a query. NULL:
     * nothing is to be done with it. */
    void (*answered)(void *data, size_t number, int64_t position, ProtobufCBinaryData response);
    /* A refusal is counted, and its connection asks the next one at once. */
    bool may_be_refused;
};

struct caller_options {
    const char *broker;            /* "host:port" of its client port */
    const struct certificate *own; /* connections take them by turns */
    size_t own_count;
    const char *broker_key;
    size_t clients, window;
    int64_t rate; /* requests a second, of all connections together; 0: as many as are answered */
};

/* Answers between warm_up_s and warm_up_s + seconds count; 0 seconds: all, until the job has no
 * more. */
struct span {
    double warm_up_s, seconds;
};

struct outcome {
    double seconds;           /* that the counted answers took */
    uint64_t answers;         /* all of them */
    uint64_t refused;         /* of these */
    struct histogram latency; /* of those that were OK */
};

struct caller;

struct caller *caller_new(const void *parent, void *zmq_context,
                          const struct caller_options *options);

/* Runs the job on every connection, and waits for the last answers. */
void caller_run(struct caller *caller, const struct job *job, struct span span,
                struct outcome *ret);
