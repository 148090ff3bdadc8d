/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - options that every subcommand takes, from the command line or the environment
 *
 * A subcommand's argp names options_argp as a child and hands it a struct options as that child's
 * input. Texts are borrowed from argv and the environment.
 */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *brokers;     /* "host:port,host:port" */
    const char *certificate; /* path of <name>.key_secret */
    const char *broker_key;  /* path of broker.key */
    const char *actor;       /* "" unless the caller may speak for others */
    const char *street;      /* slug or "" */
    uint32_t timeout_ms;     /* 1-60000 */
    bool json;
    bool trace;         /* every program that a request passes is to log it */
    char *const *typed; /* the command line as it was typed, with the program; ends with NULL */
    int command;        /* where the subcommand stands in it */
};

extern const struct argp options_argp;

/* How a program begins: its streams are seen to, its language is chosen, it logs nothing (with
 * JUSHA_LOG=1 everything), and the options are those of the environment. Ends the program with
 * EXIT_CODE_USAGE where one of those is bad. */
void options_prepare(int argc, char **argv, struct options *ret);

/* What one of two texts is when the other is missing: argp's own errors are one line and exit 2. */
bool options_read_number(const char *text, int64_t min, int64_t max, int64_t *ret);
