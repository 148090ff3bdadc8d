/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - what a subcommand of jusha is
 *
 * One file per subcommand; it exports only its row. main.c lists the rows, and that table is the
 * help.
 */
#pragma once

#include "options.h"

/* What scripts see. Interrupting events with Ctrl-C or SIGTERM is its ordinary end: OK. */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_REFUSED = 1,     /* the server refused, or rows of a file failed */
    EXIT_CODE_USAGE = 2,       /* wrong option, argument, file or certificate: nothing was sent */
    EXIT_CODE_UNREACHABLE = 3, /* no answer: UNAVAILABLE, UNKNOWN or DEADLINE_EXCEEDED */
    EXIT_CODE_UNWRITTEN = 4,   /* it was done, but what it printed did not arrive */
    EXIT_CODES,
};

struct command {
    const char *name;
    const char *help; /* one line, SPOKEN */
    /* argv[0] is "jusha NAME"; common holds what stood before NAME and in the environment. */
    enum exit_code (*run)(const struct options *common, int argc, char **argv);
};

extern const struct command call_command;
extern const struct command describe_command;
extern const struct command events_command;
extern const struct command keys_command;
extern const struct command load_command;
extern const struct command status_command;
