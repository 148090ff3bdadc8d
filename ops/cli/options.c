/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - options that every subcommand takes, from the command line or the environment
 *
 * One table says name, environment and help; an option on the command line wins over the
 * environment.
 */
#include "options.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "language/language.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "output.h"
#include "usage.h"

enum { TIMEOUT_MS = 10000, TIMEOUT_MS_MAX = 60000 };
enum option_key {
    KEY_BROKERS = 0x100, /* beyond every character: these have no short form */
    KEY_CERTIFICATE,
    KEY_BROKER_KEY,
    KEY_ACTOR,
    KEY_STREET,
    KEY_TIMEOUT,
    KEY_JSON,
    KEY_TRACE,
    KEY_END,
    KEY_HELP = KEY_END, /* not from the environment */
    KEY_VERSION,
};

static const struct {
    enum option_key key;
    const char *name;
} environment[] = {
    {KEY_BROKERS, "JUSHA_BROKERS"},
    {KEY_CERTIFICATE, "JUSHA_CERTIFICATE"},
    {KEY_BROKER_KEY, "JUSHA_BROKER_KEY"},
    {KEY_ACTOR, "JUSHA_ACTOR"},
    {KEY_STREET, "JUSHA_STREET"},
    {KEY_TIMEOUT, "JUSHA_TIMEOUT"},
    {KEY_JSON, "JUSHA_JSON"},
    {KEY_TRACE, "JUSHA_TRACE"},
};
static_assert(sizeof environment / sizeof *environment == KEY_END - KEY_BROKERS, "one for each");

static const struct argp_option rows[] = {
    {0, 0, 0, 0, SPOKEN("Common options, each also from the environment:"), 10},
    {"brokers", KEY_BROKERS, "HOST:PORT,…", 0,
     SPOKEN("Client ports of the brokers (JUSHA_BROKERS)"), 10},
    {"certificate", KEY_CERTIFICATE, SPOKEN("FILE"), 0,
     SPOKEN("Own <name>.key_secret (JUSHA_CERTIFICATE)"), 10},
    {"broker-key", KEY_BROKER_KEY, SPOKEN("FILE"), 0,
     SPOKEN("The brokers' broker.key (JUSHA_BROKER_KEY)"), 10},
    {"actor", KEY_ACTOR, SPOKEN("ID"), 0,
     SPOKEN("Ask for somebody else: a person's id; gateways and operators only (JUSHA_ACTOR)"), 10},
    {"street", KEY_STREET, "SLUG", 0, SPOKEN("The street that is meant (JUSHA_STREET)"), 10},
    {"timeout", KEY_TIMEOUT, "MS", 0,
     SPOKEN("Give up after so many milliseconds, 1-60000, default 10000 (JUSHA_TIMEOUT)"), 10},
    {"json", KEY_JSON, 0, 0, SPOKEN("Answers and errors for machines (JUSHA_JSON=1)"), 10},
    {"trace", KEY_TRACE, 0, 0,
     SPOKEN("Have every program that the request passes log it, and print its trace id, for \"jusha"
            " trace\" (JUSHA_TRACE=1); the trace is TRACEPARENT's, if that is set"),
     10},
    {0, 0, 0, 0, SPOKEN("About the program:"), 20},
    {"help", KEY_HELP, 0, 0, SPOKEN("Print this and end"), 20},
    {"version", KEY_VERSION, 0, 0, SPOKEN("Print the version and end"), 20},
    {0},
};

bool options_read_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    char *end;

    if (*text != '-' && (*text < '0' || *text > '9'))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

/* A flag is NULL on the command line, and text in the environment. */
static bool is_set(const char *value)
{
    return value == NULL || (*value != '\0' && strcmp(value, "0") != 0);
}

/* NULL, or what is wrong with the value. */
static const char *take(struct options *options, int key, const char *value)
{
    int64_t number;

    switch (key) {
    case KEY_BROKERS:
        options->brokers = value;
        return NULL;
    case KEY_CERTIFICATE:
        options->certificate = value;
        return NULL;
    case KEY_BROKER_KEY:
        options->broker_key = value;
        return NULL;
    case KEY_ACTOR:
        options->actor = value;
        return NULL;
    case KEY_STREET:
        if (*value != '\0' && !text_is_slug(value))
            return SPOKEN("a street is a slug: a small letter, then 1-31 of a-z, 0-9 and '-'");
        options->street = value;
        return NULL;
    case KEY_TIMEOUT:
        if (!options_read_number(value, 1, TIMEOUT_MS_MAX, &number))
            return SPOKEN("timeout must be 1-60000 milliseconds");
        options->timeout_ms = (uint32_t)number;
        return NULL;
    case KEY_JSON:
        options->json = is_set(value);
        if (options->json)
            output_for_machines(); /* getopt takes "--js" for it, too */
        return NULL;
    case KEY_TRACE:
        options->trace = is_set(value);
        return NULL;
    default:
        return "";
    }
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    switch (key) {
    case KEY_HELP:
        usage_help(state->root_argp, state->name, stdout);
        exit(output_end(EXIT_CODE_OK));
    case KEY_VERSION:
        printf("%s %s\n", program_invocation_short_name, JUSHA_VERSION);
        exit(output_end(EXIT_CODE_OK));
    case ARGP_KEY_ERROR:
        usage_bad_option(state);
    default:
        break;
    }
    if (key < KEY_BROKERS || key >= KEY_END)
        return ARGP_ERR_UNKNOWN;
    const char *wrong = take(state->input, key, value);
    if (wrong != NULL)
        usage_error(state, "%s", speak(wrong));
    return 0;
}

/* Ends the program on a bad value. */
static void read_environment(struct options *ret)
{
    *ret = (struct options){.actor = "", .street = "", .timeout_ms = TIMEOUT_MS};
    for (size_t i = 0; i < sizeof environment / sizeof *environment; i++) {
        const char *value = getenv(environment[i].name);
        const char *wrong = value == NULL ? NULL : take(ret, (int)environment[i].key, value);

        if (wrong != NULL)
            exit(complain(EXIT_CODE_USAGE, "%s: %s", environment[i].name, speak(wrong)));
    }
}

/* What the process was called with, to the end of it. */
static char **typed;

void options_prepare(int argc, char **argv, struct options *ret)
{
    const char *machines = getenv("JUSHA_JSON");
    bool json = machines != NULL && *machines != '\0' && strcmp(machines, "0") != 0;

    output_guard();
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        json |= strcmp(argv[i], "--json") == 0;
    if (json)
        output_for_machines();
    const char *format = getenv("JUSHA_LOG_FORMAT");
    log_set_level(getenv("JUSHA_LOG") != NULL ? LOG_DEBUG : LOG_AUDIT);
    log_set_format(format != NULL && strcmp(format, "json") == 0 ? LOG_JSON : LOG_LOGFMT);
    read_environment(ret);
    TALLOC_FREE(typed);
    typed = talloc_memdup(NULL, argv, (size_t)(argc + 1) * sizeof *argv); /* argp sorts argv */
    ret->typed = typed;
}

const struct argp options_argp = {.options = rows, .parser = parse};
