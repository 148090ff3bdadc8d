/* SPDX-License-Identifier: Apache-2.0 */
/* call_metrics.c - counters of methods, and a table of streets under a mutex that nobody holds for
 * longer than a page takes to print */
#include "libcommon/service/worker/call_metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/metrics.h"
#include "libcommon/service/call/endpoint.h"

enum { STREETS_MAX = 50, IDLE_MS = 3600 * 1000, OTHER = STREETS_MAX };

enum part { QUEUE, LOCK, DATABASE, PARTS };
static const char *const part_names[PARTS] = {"queue", "lock", "database"};

#define PART(label)                                                                                \
    {                                                                                              \
        METRIC_HISTOGRAM, "jusha_request_part_seconds", "part=\"" label "\"",                      \
            "Time that requests waited, and for what: a batch, their street's lock, the database"  \
    }
static struct metric part_seconds[PARTS] = {PART("queue"), PART("lock"), PART("database")};

struct street {
    char name[33]; /* "": free */
    int64_t heard_ms;
    uint64_t requests, refused;
    int64_t part_ms[PARTS];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct street streets[STREETS_MAX + 1] = {[OTHER] = {.name = "other"}};
static size_t last; /* place of the street that was counted last: often it is the next, too */

/* ---- under the mutex ---- */

static size_t free_place(int64_t now_ms)
{
    for (size_t i = 0; i < STREETS_MAX; i++)
        if (!streets[i].name[0] || now_ms - streets[i].heard_ms > IDLE_MS)
            return i;
    return OTHER;
}

static struct street *place_of(const char *name, int64_t now_ms)
{
    if (strcmp(streets[last].name, name) == 0)
        return &streets[last];
    for (last = 0; last < STREETS_MAX; last++)
        if (strcmp(streets[last].name, name) == 0)
            return &streets[last];
    last = free_place(now_ms);
    if (last != OTHER) {
        streets[last] = (struct street){.heard_ms = now_ms};
        snprintf(streets[last].name, sizeof streets[last].name, "%s", name);
    }
    return &streets[last];
}

static void count_street(const struct call *call, const int64_t part_ms[PARTS])
{
    pthread_mutex_lock(&mutex);
    struct street *street = place_of(call->street, call->times.ended);
    street->heard_ms = call->times.ended;
    street->requests++;
    street->refused += call->status != STATUS_OK;
    for (size_t i = 0; i < PARTS; i++)
        street->part_ms[i] += part_ms[i];
    pthread_mutex_unlock(&mutex);
}

/* A kept answer may have a code that only another version knows. */
static int code_of(const struct call *call)
{
    return (unsigned)call->status < ENDPOINT_CODES ? (int)call->status : STATUS_UNKNOWN;
}

/* ---- for everybody ---- */

void call_metrics_count(const struct call *call, int64_t whole_ms)
{
    if (!call->endpoint)
        return;
    atomic_fetch_add_explicit(&call->endpoint->answers[code_of(call)], 1, memory_order_relaxed);
    metrics_observe_us(call->endpoint->seconds, whole_ms * 1000);
    if (call->times.batch == 0)
        return; /* it was refused before it had one */
    const int64_t part_ms[PARTS] = {[QUEUE] = call_queue_ms(call),
                                    [LOCK] = call->times.lock_ms,
                                    [DATABASE] = call_database_ms(call)};
    for (size_t i = 0; i < PARTS; i++)
        metrics_observe_us(&part_seconds[i], part_ms[i] * 1000);
    if (call->street[0])
        count_street(call, part_ms);
}

/* ---- for Prometheus ---- */

static void print_counts(FILE *out, const char *name, const char *help, bool refused)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
    for (size_t i = 0; i <= STREETS_MAX; i++)
        if (streets[i].name[0])
            fprintf(out, "%s{street=\"%s\"} %llu\n", name, streets[i].name,
                    (unsigned long long)(refused ? streets[i].refused : streets[i].requests));
}

static void print_parts(FILE *out, const struct street *street)
{
    for (size_t i = 0; street->name[0] && i < PARTS; i++)
        fprintf(out, "jusha_street_seconds_total{street=\"%s\",part=\"%s\"} %lld.%03lld\n",
                street->name, part_names[i], (long long)(street->part_ms[i] / 1000),
                (long long)(street->part_ms[i] % 1000));
}

static void print(FILE *out)
{
    pthread_mutex_lock(&mutex);
    print_counts(out, "jusha_street_requests_total", "Requests of a street that had a batch",
                 false);
    print_counts(out, "jusha_street_refused_total", "Of them: answered with another code than OK",
                 true);
    fprintf(out, "# HELP jusha_street_seconds_total Time that they waited, and for what\n"
                 "# TYPE jusha_street_seconds_total counter\n");
    for (size_t i = 0; i <= STREETS_MAX; i++)
        print_parts(out, &streets[i]);
    pthread_mutex_unlock(&mutex);
}

void call_metrics_register(void)
{
    for (size_t i = 0; i < PARTS; i++)
        metrics_register(&part_seconds[i]);
    metrics_collect(print);
}
