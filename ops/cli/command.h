/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - what a subcommand of jusha is
 *
 * One file per subcommand; it exports only its row. main.c lists the rows, and that table is the
 * help.
 */
#pragma once

#include "exit_code.h"
#include "options.h"

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
extern const struct command names_command;
extern const struct command status_command;
extern const struct command trace_command;
