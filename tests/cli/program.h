/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - running the jusha program and looking at what it wrote */
#pragma once

#include <sys/types.h>

struct outcome {
    int code;        /* exit code; 128 + signal */
    char *out, *err; /* all of stdout and stderr */
};

/* Where stdout goes. */
enum sink {
    SINK_FILE,
    SINK_FULL,     /* a disk without room */
    SINK_CLOSED,   /* >&- */
    SINK_LEFT,     /* a pipe whose reader went away */
    SINK_TERMINAL, /* 50 columns wide, and stderr with it; all is in `out` */
};
enum { TERMINAL_COLUMNS = 50 };

/* Runs it to its end; arguments end with NULL, without argv[0]. The environment of the test is its
 * own. Under parent. */
struct outcome program_run(const void *parent, const char *const *arguments);
struct outcome program_run_to(const void *parent, enum sink sink, const char *const *arguments);

/* Starts it with stdout and stderr into files of their own. */
struct running;
struct running *program_start(const void *parent, const char *const *arguments);
/* Waits at most 20 s until stdout holds text; fails the test otherwise. */
void program_wait_for(struct running *running, const char *text);
/* Sends signal (0: none) and waits for the end. */
struct outcome program_end(const void *parent, struct running *running, int signal);
