/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - running the jusha program and looking at what it wrote */
#pragma once

#include <sys/types.h>

struct outcome {
    int code;        /* exit code; 128 + signal */
    char *out, *err; /* all of stdout and stderr */
};

/* Runs it to its end; arguments end with NULL, without argv[0]. The environment of the test is its
 * own. Under parent. */
struct outcome program_run(const void *parent, const char *const *arguments);

/* Starts it with stdout and stderr into files of their own. */
struct running;
struct running *program_start(const void *parent, const char *const *arguments);
/* Waits at most 20 s until stdout holds text; fails the test otherwise. */
void program_wait_for(struct running *running, const char *text);
/* Sends signal (0: none) and waits for the end. */
struct outcome program_end(const void *parent, struct running *running, int signal);
