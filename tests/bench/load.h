/* SPDX-License-Identifier: Apache-2.0 */
/* load.h - one kind of load is one subcommand: what it may use, and what was asked for */
#pragma once

#include "tests/bench/caller.h"

/* The command line's settings. */
struct load_options {
    const char *brokers, *certificates, *broker_key, *database, *occurrence;
    int64_t clients, window, rate, streets, units, first, milliseconds, warm_up_ms, delay_ms,
        pause_ms, count, deaf;
    bool may_be_refused;
};

struct load {
    struct load_options options;
    void *memory, *zmq_context;
    struct certificate *own; /* connections take them by turns; a subscriber has the first */
    size_t own_count;
    char broker_key[CURVE_TEXT + 1];
};

/* A subcommand prints one JSON object and returns the process's exit code. */
int load_streets(struct load *load);
int load_commands(struct load *load);
int load_queries(struct load *load);
int load_looks(struct load *load);
int load_echo(struct load *load);
int load_latency(struct load *load);
int load_follow(struct load *load);
int load_followers(struct load *load);
int load_replay(struct load *load);
int load_people(struct load *load);
int load_rush(struct load *load);

/* Connections to the first broker, as the options want them. */
struct caller *load_caller(struct load *load, size_t clients, size_t window);
