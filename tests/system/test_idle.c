/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_idle.c - whoever has nothing to do sleeps: programs and subscribers, also while brokers are
 * away
 *
 * A loop whose wait is over before it began takes a whole processor; one that wakes for every
 * street or millisecond takes a bit of it permanently. Both are seen in the processor time and in
 * how often threads go to sleep. The first looks may fall into somebody's start, so one quiet look
 * is enough; it is longer than the deadlines of requests, since one that passed must not be waited
 * for again and again.
 */
#include "bed.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"

enum {
    LOOK_MS = 7000,
    PERCENT_MAX = 5,    /* of a processor; what spins takes what is left of one */
    WAKE_UPS_MAX = 400, /* a second, of all threads of a program */
    SLEEPERS_MAX = BROKERS + SERVICES * INSTANCES + 2,
};

struct usage {
    long long cpu_ms, wake_ups;
};

static struct process follower, events;

/* ---- what a process has used ---- */

static long long number_behind(const char *path, const char *name)
{
    char line[256];
    long long value = 0;
    FILE *file = fopen(path, "re");

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoll(line + strlen(name), NULL, 10);
    if (file)
        fclose(file);
    return value;
}

static long long wake_ups_of(pid_t pid)
{
    char path[320];
    long long total = 0;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    assert_non_null(threads);
    for (struct dirent *entry = readdir(threads); entry; entry = readdir(threads)) {
        snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid, entry->d_name);
        total += number_behind(path, "voluntary_ctxt_switches:");
    }
    closedir(threads);
    return total;
}

static long long cpu_ms_of(pid_t pid)
{
    char path[64], line[1024] = "";
    long long user = 0, kernel = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    /* Behind the name in brackets, fields 3 to 15 of proc(5). */
    assert_int_equal(sscanf(strrchr(line, ')') + 1,
                            " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user,
                            &kernel),
                     2);
    return (user + kernel) * 1000 / sysconf(_SC_CLK_TCK);
}

static struct usage usage_of(const struct process *process)
{
    return (struct usage){cpu_ms_of(process->pid), wake_ups_of(process->pid)};
}

/* ---- who sleeps ---- */

static size_t everybody(struct bed *bed, const struct process *ret[static SLEEPERS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < BROKERS; i++)
        if (process_runs(&bed->broker[i]))
            ret[count++] = &bed->broker[i];
    for (size_t i = 0; i < SERVICES; i++)
        for (size_t instance = 0; instance < INSTANCES; instance++)
            if (bed->service[i][instance].pid && process_runs(&bed->service[i][instance]))
                ret[count++] = &bed->service[i][instance];
    ret[count++] = &follower;
    ret[count++] = &events;
    return count;
}

/* Those who were still before need not be looked at again. */
static void assert_all_sleep(struct bed *bed, const char *when)
{
    const struct process *awake[SLEEPERS_MAX];
    size_t count = everybody(bed, awake);
    int64_t until = deadline_ms();

    while (count > 0) {
        struct usage before[SLEEPERS_MAX];
        size_t still_awake = 0;
        int64_t began = clock_monotonic_ms();

        for (size_t i = 0; i < count; i++)
            before[i] = usage_of(awake[i]);
        usleep(LOOK_MS * 1000);
        for (size_t i = 0; i < count; i++) {
            struct usage now = usage_of(awake[i]);
            long long ms = clock_monotonic_ms() - began;
            long long percent = (now.cpu_ms - before[i].cpu_ms) * 100 / ms;
            long long wake_ups = (now.wake_ups - before[i].wake_ups) * 1000 / ms;
            if (percent <= PERCENT_MAX && wake_ups <= WAKE_UPS_MAX)
                continue;
            report("%s: %s used %lld %% of a processor, woke %lld times a second", when,
                   awake[i]->name, percent, wake_ups);
            awake[still_awake++] = awake[i];
        }
        count = still_awake;
        if (count > 0 && clock_monotonic_ms() > until)
            fail_msg("%s: %s does not sleep", when, awake[0]->name);
    }
}

static void start_subscribers(struct bed *bed)
{
    const char *own =
        mem_printf(bed->memory, "%s/%s.key_secret", bed->folder, bed->key[STAFF].name);
    const char *broker = mem_printf(bed->memory, "%s/broker.key", bed->folder);

    snprintf(follower.name, sizeof follower.name, "follower");
    snprintf(follower.log, sizeof follower.log, "%s/follower.log", bed->folder);
    process_start(&follower, (const char *const[]){bed_environment("JUSHA_FOLLOWER_PROGRAM"),
                                                   bed_brokers(BROKERS), own, broker, bed->street,
                                                   "idle", NULL});
    snprintf(events.name, sizeof events.name, "events");
    snprintf(events.log, sizeof events.log, "%s/events.log", bed->folder);
    process_start(&events,
                  (const char *const[]){bed_environment("JUSHA_PROGRAM"), "events", "--follow",
                                        "--street", bed->street, "--brokers", bed_brokers(BROKERS),
                                        "--broker-key", broker, "--certificate", own, NULL});
}

static void sleeps_with_and_without_brokers(void **state)
{
    struct bed *bed = *state;

    start_subscribers(bed);
    assert_all_sleep(bed, "all are there");
    process_kill(&bed->broker[0]);
    assert_all_sleep(bed, "a broker is away");
    process_kill(&bed->broker[1]);
    assert_all_sleep(bed, "both brokers are away");
    bed_start_broker(bed, 0);
    bed_start_broker(bed, 1);
    bed_wait_ready(bed);
    assert_all_sleep(bed, "they are back");
    process_kill(&follower);
    process_kill(&events);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {bed_story(sleeps_with_and_without_brokers)};

    return bed_finish(cmocka_run_group_tests(tests, up, bed_down));
}
