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
#include "language/language.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/secrets.h"
#include "output.h"
#include "usage.h"

static const struct command *const commands[] = {&call_command,   &describe_command, &load_command,
                                                 &events_command, &status_command,   &trace_command,
                                                 &keys_command,   &names_command,    NULL};

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

_Noreturn static void refuse(const struct argp_state *state, const char *name)
{
    const char *names[sizeof commands / sizeof commands[0]] = {0};

    for (size_t i = 0; commands[i] != NULL; i++)
        names[i] = commands[i]->name;
    usage_error(state, speak("there is no subcommand \"%s\"%s"), name,
                usage_hint(NULL, name, names));
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
            refuse(state, value);
        invocation->first = invocation->common.command = state->next - 1;
        state->next = state->argc; /* the rest is the subcommand's */
        return 0;
    case ARGP_KEY_NO_ARGS:
        usage_error(state, "%s", speak("a subcommand is missing"));
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The table of subcommands and of exit codes, in the terminal's language. */
static char *help_text(void)
{
    char *text = mem_printf(
        NULL, "%s\v%s\n", SPOKEN("The command line of Jusha, a neighbourhood coordination system."),
        speak("Subcommands (\"jusha SUBCOMMAND --help\" tells more):"));

    for (size_t i = 0; commands[i] != NULL; i++)
        text = mem_check(talloc_asprintf_append(text, "  %-8s\t%s\n", commands[i]->name,
                                                speak(commands[i]->help)));
    return mem_check(talloc_asprintf_append(
        text, "\n%s",
        speak(
            "Exit codes: 0 done; 1 refused, or rows of a file failed; 2 wrong usage, nothing was"
            " sent; 3 no answer (UNAVAILABLE, UNKNOWN, DEADLINE_EXCEEDED); 4 it was done, but what"
            " it printed could not be written. Chinese when LC_ALL, LC_MESSAGES or LANG is, else"
            " English. JUSHA_LOG=1 prints what goes on underneath.")));
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {0}};
    struct invocation invocation = {0};

    options_prepare(argc, argv, &invocation.common);
    secrets_guard();
    char *help = help_text();
    const struct argp argp = {
        .parser = parse, .args_doc = SPOKEN("SUBCOMMAND …"), .doc = help, .children = children};
    argv[0] = (char[]){"jusha"};
    usage_parse(&argp, argc, argv, ARGP_IN_ORDER, &invocation);

    char *name = mem_printf(NULL, "jusha %s", invocation.command->name);
    char **rest = argv + invocation.first;
    rest[0] = name;
    enum exit_code code =
        invocation.command->run(&invocation.common, argc - invocation.first, rest);
    talloc_free(name);
    talloc_free(help);
    return (int)output_end(code);
}
