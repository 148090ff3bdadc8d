/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_simulator.c - runs many seeds; --trace prints one
 *
 * test_simulator [--first SEED] [--seeds N] [--trace]
 *
 * Every 100th seed runs twice and must come out the same. A failing seed is named so that it can be
 * run again with --first SEED --seeds 1 --trace.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "tests/broker/sim.h"

struct totals {
    int seeds, failed;
    uint64_t hash;
    long requests, finals, errors, sent, repeated, dead_letters, forged;
    long follows, events, events_lost, lapsed, stuck, revoked;
};

static bool both(struct simulation *simulation)
{
    return simulate(simulation) && simulate_feed(simulation);
}

static bool replays(const struct simulation *first)
{
    struct simulation again = {.seed = first->seed}, other = {.seed = first->seed + 1};

    if (!both(&again) || again.hash != first->hash || again.finals != first->finals) {
        printf("seed %llu does not replay\n", (unsigned long long)first->seed);
        return false;
    }
    both(&other);
    if (other.hash == first->hash)
        printf("seeds %llu and the next are the same run\n", (unsigned long long)first->seed);
    return other.hash != first->hash;
}

static void run(uint64_t seed, FILE *trace, struct totals *totals)
{
    struct simulation simulation = {.seed = seed, .trace = trace};
    bool good = both(&simulation);

    if (!good)
        printf("seed %llu: %s\n", (unsigned long long)seed, simulation.failure);
    if (good && seed % 100 == 0)
        good = replays(&simulation);
    totals->seeds++;
    totals->failed += !good;
    totals->hash ^= simulation.hash;
    totals->requests += simulation.requests;
    totals->finals += simulation.finals;
    totals->errors += simulation.errors;
    totals->sent += simulation.sent;
    totals->repeated += simulation.repeated;
    totals->dead_letters += simulation.dead_letters;
    totals->forged += simulation.forged;
    totals->follows += simulation.follows;
    totals->events += simulation.events;
    totals->events_lost += simulation.events_lost;
    totals->lapsed += simulation.lapsed;
    totals->stuck += simulation.stuck;
    totals->revoked += simulation.revoked;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"first", required_argument, NULL, 'f'},
                                            {"seeds", required_argument, NULL, 'n'},
                                            {"trace", no_argument, NULL, 't'},
                                            {0}};
    uint64_t first = 1, seeds = 1000;
    struct totals totals = {0};
    FILE *trace = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'f')
            first = strtoull(optarg, NULL, 10);
        else if (option == 'n')
            seeds = strtoull(optarg, NULL, 10);
        else if (option == 't')
            trace = stdout;
        else
            return 2;
    }
    int64_t start_ms = clock_monotonic_ms();
    for (uint64_t seed = first; seed < first + seeds && totals.failed < 10; seed++)
        run(seed, trace, &totals);
    printf("followed %ld, events %ld, lost %ld, lapsed %ld, stuck %ld, revoked %ld\n",
           totals.follows, totals.events, totals.events_lost, totals.lapsed, totals.stuck,
           totals.revoked);
    printf("%d seeds, %d failed, %.1f s; %ld requests, %ld answers (%ld of them errors), sent %ld, "
           "repeated %ld, dead letters %ld, forged %ld; hash %016llx\n",
           totals.seeds, totals.failed, (double)(clock_monotonic_ms() - start_ms) / 1000,
           totals.requests, totals.finals, totals.errors, totals.sent, totals.repeated,
           totals.dead_letters, totals.forged, (unsigned long long)totals.hash);
    /* Ten thousand seeds in which nothing ever happened would prove nothing. */
    bool lively = seeds < 100 || (totals.dead_letters && totals.repeated && totals.forged &&
                                  totals.finals > totals.errors * 3 / 2 && totals.events_lost &&
                                  totals.lapsed && totals.stuck && totals.revoked);
    return totals.failed || !lively;
}
