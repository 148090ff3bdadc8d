/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - jusha, the command line of a Jusha installation
 *
 * Common options may stand before or after the subcommand; the table of subcommands is the help. A
 * subcommand answers on stdout, complains on stderr and returns its exit code.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "libcommon/base/secrets.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

static const struct command *const commands[] = {&call_command,   &load_command, &events_command,
                                                 &status_command, &keys_command, NULL};

struct invocation {
    struct options common;
    const struct command *command;
    int first; /* place of the subcommand in argv */
};

static const struct command *find(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct invocation *invocation = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &invocation->common;
        return 0;
    case ARGP_KEY_ARG:
        invocation->command = find(value);
        if (invocation->command == NULL)
            argp_error(state, "there is no subcommand \"%s\"", value);
        invocation->first = state->next - 1;
        state->next = state->argc; /* the rest is the subcommand's */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a subcommand is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static char *help_text(void)
{
    char *text = mem_text(NULL, "The command line of Jusha, a neighbourhood coordination system."
                                "\vSubcommands (\"jusha SUBCOMMAND --help\" tells more):\n");

    for (size_t i = 0; commands[i] != NULL; i++)
        text = mem_check(
            talloc_asprintf_append(text, "  %-8s %s\n", commands[i]->name, commands[i]->help));
    return mem_check(talloc_strdup_append(
        text,
        "\nExit codes: 0 done; 1 refused, or rows of a file failed; 2 wrong usage, nothing was"
        " sent; 3 no answer (UNAVAILABLE, UNKNOWN, DEADLINE_EXCEEDED)."));
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    char *help = help_text();
    const struct argp argp = {
        .parser = parse, .args_doc = "SUBCOMMAND …", .doc = help, .children = children};
    struct invocation invocation = {0};

    secrets_guard();
    argp_err_exit_status = EXIT_CODE_USAGE;
    argp_program_version = "jusha " JUSHA_VERSION;
    log_set_level(LOG_WARNING); /* people read this terminal */
    options_from_environment(&invocation.common);
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &invocation);

    char *name = mem_printf(NULL, "jusha %s", invocation.command->name);
    char **rest = argv + invocation.first;
    rest[0] = name;
    enum exit_code code =
        invocation.command->run(&invocation.common, argc - invocation.first, rest);
    talloc_free(name);
    talloc_free(help);
    return (int)code;
}
