/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c - load SUBCOMMAND [--option=value…]: makes load on a running system and prints what came
 * of it
 *
 * One JSON object on standard output; what goes wrong is told on standard error, with exit code 1.
 */
#include "tests/bench/load.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/settings.h"
#include "libcommon/bus/context.h"
#include "tests/bench/units.h"

static const struct {
    const char *name, *help;
    int (*run)(struct load *load);
} subcommands[] = {
    {"streets", "creates streets bench-0, bench-1, …", load_streets},
    {"commands", "RegisterUnit in the streets by turns", load_commands},
    {"queries", "GetUnit of units registered before", load_queries},
    {"looks", "GetStreet of the streets by turns: a query that every role may ask", load_looks},
    {"echo", "the same bytes as `commands` to a service that sends them back", load_echo},
    {"latency", "--count commands one at a time, and when their events came", load_latency},
    {"follow", "a subscriber while others make load", load_follow},
    {"followers", "--count followers at the first broker, until SIGTERM", load_followers},
    {"replay", "--count events from the journal, from the first on", load_replay},
    {"people", "registers --count people", load_people},
    {"rush", "--count people sign up for --occurrence, all at once", load_rush},
};

static struct load load;

static const struct setting settings[] = {
    {"brokers", SETTING_TEXT, &load.options.brokers, NULL, 3, 1000, "",
     "brokers, host:port of their client port, separated by commas; callers use the first"},
    {"certificates", SETTING_TEXT, &load.options.certificates, NULL, 1, 64000, "",
     "paths of the callers' certificates (.key_secret), separated by commas; connections take them "
     "by turns"},
    {"broker_key", SETTING_TEXT, &load.options.broker_key, NULL, 1, 4000, "",
     "path of the brokers' public certificate (.key)"},
    {"clients", SETTING_INT, &load.options.clients, "16", 1, CALLER_CLIENTS_MAX, "connections",
     "connections that ask"},
    {"window", SETTING_INT, &load.options.window, "16", 1, CALLER_WINDOW_MAX, "requests",
     "requests under way on each connection"},
    {"rate", SETTING_INT, &load.options.rate, "0", 0, 1000000, "requests/s",
     "of all connections together, as long as each has room for one more; 0: as fast as they are "
     "answered"},
    {"streets", SETTING_INT, &load.options.streets, "1", 1, STREETS_MAX, "streets",
     "streets that take turns, or are created"},
    {"units", SETTING_INT, &load.options.units, "1000", 1, 1000000, "units", "units to query"},
    {"milliseconds", SETTING_INT, &load.options.milliseconds, "3000", 100, 600000, "ms",
     "how long is measured"},
    {"first", SETTING_INT, &load.options.first, "0", 0, STREETS_MAX, "streets",
     "number of the first street"},
    {"count", SETTING_INT, &load.options.count, "1000", 1, 10000000, "", "how many"},
    {"deaf", SETTING_INT, &load.options.deaf, "0", 0, 1000, "followers",
     "of the followers that read nothing once they follow"},
    {"database", SETTING_TEXT, &load.options.database, "", 0, 4000, "",
     "libpq connection string of the superuser, for latency and rush"},
    {"occurrence", SETTING_TEXT, &load.options.occurrence, "", 0, 40, "", "id, for rush"},
    {"delay", SETTING_INT, &load.options.delay_ms, "0", 0, 60000, "ms", "wait before it begins"},
    {"pause", SETTING_INT, &load.options.pause_ms, "0", 0, 1000, "ms",
     "wait between two commands of latency"},
    {"may_be_refused", SETTING_BOOL, &load.options.may_be_refused, "false", 0, 0, "",
     "refusals are counted, and the next request goes out at once; else one ends the load"},
    {"warm_up", SETTING_INT, &load.options.warm_up_ms, "500", 0, 60000, "ms", "how long is not"},
    {0},
};

static int usage(void)
{
    fprintf(stderr,
            "usage: load SUBCOMMAND [--option=value…]; `load SUBCOMMAND --help` for options\n");
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        fprintf(stderr, "  %-10s %s\n", subcommands[i].name, subcommands[i].help);
    return 2;
}

struct caller *load_caller(struct load *of, size_t clients, size_t window)
{
    char *broker = mem_text(of->memory, of->options.brokers);

    broker[strcspn(broker, ",")] = '\0';
    return caller_new(of->memory, of->zmq_context,
                      &(struct caller_options){.broker = broker,
                                               .own = of->own,
                                               .own_count = of->own_count,
                                               .broker_key = of->broker_key,
                                               .clients = clients,
                                               .window = window,
                                               .rate = of->options.rate});
}

static bool load_certificates(void)
{
    struct certificate broker;
    char *rest = mem_text(load.memory, load.options.certificates);
    size_t most = 1;

    for (const char *comma = rest; (comma = strchr(comma, ',')); comma++)
        most++;
    load.own = mem_array(load.memory, struct certificate, most);
    for (char *path; (path = strsep(&rest, ","));)
        if (certificate_load(path, &load.own[load.own_count++]) != STATUS_OK)
            return false;
    if (certificate_load(load.options.broker_key, &broker) != STATUS_OK)
        return false;
    memcpy(load.broker_key, broker.public_key, sizeof load.broker_key);
    return true;
}

static int run(int (*subcommand)(struct load *load), int argc, char **argv)
{
    static const struct setting *const tables[] = {settings, NULL};

    settings_load(argc, argv, "load - makes load on a running system", tables);
    load.memory = mem_check(talloc_new(NULL));
    if (sodium_init() < 0 || !load_certificates())
        return EXIT_FAILURE;
    load.zmq_context = context_new();
    usleep((useconds_t)load.options.delay_ms * 1000);
    int code = subcommand(&load);
    talloc_free(load.memory);
    zmq_ctx_term(load.zmq_context);
    return code;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof subcommands / sizeof *subcommands; i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return run(subcommands[i].run, argc - 1, argv + 1);
    return usage();
}
