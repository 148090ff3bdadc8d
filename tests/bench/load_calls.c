/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_calls.c - calls flat out: streets, commands, queries, looks, echoes
 *
 * Prints how many were answered in a second, and how long an answer took.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/mem.h"
#include "tests/bench/load.h"
#include "tests/bench/units.h"

static const struct span all = {0};

static struct span wanted_span(const struct load *load)
{
    return (struct span){(double)load->options.warm_up_ms / 1e3,
                         (double)load->options.milliseconds / 1e3};
}

static int print(const struct outcome *outcome)
{
    printf("{\"rate\":%.1f,\"answers\":%" PRIu64 ",\"refused\":%" PRIu64 ",",
           (double)outcome->latency.count / outcome->seconds, outcome->answers, outcome->refused);
    histogram_print(&outcome->latency);
    printf("}\n");
    return EXIT_SUCCESS;
}

static struct units *some_units(struct load *load)
{
    return units_new(load->memory, (size_t)load->options.first, (size_t)load->options.streets);
}

static struct caller *wanted_caller(struct load *load)
{
    return load_caller(load, (size_t)load->options.clients, (size_t)load->options.window);
}

static int run(struct load *load, struct job job, struct span span)
{
    struct outcome *outcome = mem_new(load->memory, struct outcome);

    job.may_be_refused = load->options.may_be_refused;
    caller_run(wanted_caller(load), &job, span, outcome);
    return print(outcome);
}

int load_streets(struct load *load)
{
    return run(load, units_create_streets(some_units(load)), all);
}

int load_commands(struct load *load)
{
    return run(load, units_register(some_units(load)), wanted_span(load));
}

int load_echo(struct load *load)
{
    return run(load, units_echo(some_units(load)), wanted_span(load));
}

int load_looks(struct load *load)
{
    return run(load, units_look(some_units(load)), wanted_span(load));
}

/* The units are registered first, by other connections. */
int load_queries(struct load *load)
{
    enum { CLIENTS = 4, WINDOW = 64 };
    struct units *units = some_units(load);
    struct job registering = units_register_some(units, (size_t)load->options.units);
    struct outcome *outcome = mem_new(load->memory, struct outcome);
    struct caller *caller = load_caller(load, CLIENTS, WINDOW);

    caller_run(caller, &registering, all, outcome);
    talloc_free(caller);
    return run(load, units_get(units), wanted_span(load));
}
