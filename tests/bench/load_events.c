/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_events.c - events as they reach a subscriber: one at a time, as many as there are, again
 * from the journal
 *
 * All of the registry's journal of street bench-0, by libcommon's subscriber in the thread that
 * prints.
 */
#include <assert.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/subscriber.h"
#include "tests/bench/load.h"
#include "tests/bench/units.h"

enum { WAIT_MS = 20000, HEAD = -1 };

#define STREET "bench-0"

static struct subscriber *subscribe(struct load *load, int64_t after_seq)
{
    static const char *const services[] = {"registry", NULL};
    const char *brokers = load->options.brokers;
    struct client *client = client_new(load->memory, load->zmq_context, brokers, load->own,
                                       broker_keys_of(load->memory, load->broker_key));
    struct subscriber *subscriber =
        client ? subscriber_new(client, load->zmq_context, client, brokers, load->own,
                                broker_keys_of(load->memory, load->broker_key),
                                &(struct subscriber_options){
                                    .street = STREET, .services = services, .after_seq = after_seq})
               : NULL;

    if (!subscriber)
        exit(EXIT_FAILURE); /* the log says why */
    return subscriber;
}

/* The next event's number; its time too when ret_time_us is given. False: none within wait_ms. */
static bool next_event(struct subscriber *subscriber, int wait_ms, int64_t *ret_seq,
                       int64_t *ret_time_us)
{
    void *memory = talloc_new(NULL);
    struct subscriber_event event;
    bool came = subscriber_next(subscriber, memory, wait_ms, &event) == STATUS_OK;

    if (came)
        *ret_seq = event.seq;
    for (size_t i = 0; came && ret_time_us && i < event.event->n_attributes; i++) {
        const Journal__CloudEvent__AttributesEntry *attribute = event.event->attributes[i];

        if (strcmp(attribute->key, "time") == 0)
            *ret_time_us = attribute->value->ce_timestamp->seconds * 1000000 +
                           attribute->value->ce_timestamp->nanos / 1000;
    }
    talloc_free(memory);
    return came;
}

/* ---- one at a time ---- */

/* Makes one request of another job's endless row of them. */
struct single {
    struct job job;
    bool asked;
    int64_t position;
};

static bool next_single(void *data, struct ask *ret)
{
    struct single *single = data;

    if (single->asked)
        return false;
    single->asked = true;
    return single->job.next(single->job.data, ret);
}

static void answered_single(void *data, size_t number, int64_t position,
                            ProtobufCBinaryData response)
{
    struct single *single = data;

    (void)number, (void)response;
    single->position = position;
}

/* Takes events in a thread of its own: who follows waits for nobody's reply. */
struct follower {
    pthread_t thread;
    struct subscriber *subscriber;
    pthread_mutex_t mutex;
    pthread_cond_t came;
    int64_t seq, here_us; /* of the event that came last */
    bool stop;
};

static bool note(struct follower *follower, int64_t seq, int64_t here_us)
{
    pthread_mutex_lock(&follower->mutex);
    if (seq > 0) {
        follower->seq = seq;
        follower->here_us = here_us;
        pthread_cond_signal(&follower->came);
    }
    bool stop = follower->stop;
    pthread_mutex_unlock(&follower->mutex);
    return !stop;
}

static void *follow(void *data)
{
    enum { LOOK_MS = 100 };
    struct follower *follower = data;
    int64_t seq = 0, here_us = 0;

    while (note(follower, seq, here_us)) {
        if (!next_event(follower->subscriber, LOOK_MS, &seq, NULL))
            seq = 0;
        here_us = clock_unix_us();
    }
    return NULL;
}

static struct follower *follower_start(struct load *load)
{
    struct follower *follower = mem_new(load->memory, struct follower);

    follower->subscriber = subscribe(load, HEAD);
    pthread_mutex_init(&follower->mutex, NULL);
    pthread_cond_init(&follower->came, NULL);
    if (pthread_create(&follower->thread, NULL, follow, follower) != 0)
        exit(EXIT_FAILURE);
    return follower;
}

static void follower_end(struct follower *follower)
{
    pthread_mutex_lock(&follower->mutex);
    follower->stop = true;
    pthread_mutex_unlock(&follower->mutex);
    pthread_join(follower->thread, NULL);
}

/* When the event of this number came, or a later one; 0: not within wait_ms. */
static int64_t came_at(struct follower *follower, int64_t seq, int wait_ms)
{
    struct timespec until;
    bool late = false;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (until.tv_nsec / 1000000 + wait_ms) / 1000;
    until.tv_nsec = (until.tv_nsec + wait_ms % 1000 * 1000000L) % 1000000000;
    pthread_mutex_lock(&follower->mutex);
    while (follower->seq < seq && !late)
        late = pthread_cond_timedwait(&follower->came, &follower->mutex, &until) != 0;
    int64_t here_us = follower->seq >= seq ? follower->here_us : 0;
    pthread_mutex_unlock(&follower->mutex);
    return here_us;
}

/* When a command was asked for, and when its event was here. */
struct passage {
    int64_t seq, asked_us, here_us;
};

static bool pass(struct caller *caller, struct single *single, struct follower *follower,
                 int wait_ms, struct passage *ret)
{
    struct job job = single->job;
    struct outcome outcome;

    job.data = single;
    job.next = next_single;
    job.answered = answered_single;
    single->asked = false;
    ret->asked_us = clock_unix_us();
    caller_run(caller, &job, (struct span){0}, &outcome);
    ret->seq = single->position;
    ret->here_us = came_at(follower, ret->seq, wait_ms);
    return ret->here_us > 0;
}

/* Commit moments as PostgreSQL notes them with track_commit_timestamp: before the transaction's WAL
 * is flushed, so the flush is part of what is measured. passages are in the order of their
 * numbers. */
static void add_commits(struct load *load, const struct passage *passages, size_t count,
                        struct histogram *ret)
{
    static const char select[] =
        "SELECT seq, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint"
        " FROM registry.journal WHERE street = '" STREET "' AND seq >= $1 ORDER BY seq";
    PGconn *database = PQconnectdb(load->options.database);
    char first[24];

    snprintf(first, sizeof first, "%" PRId64, passages[0].seq);
    PGresult *rows =
        PQexecParams(database, select, 1, NULL, (const char *const[]){first}, NULL, NULL, 0);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK || PQntuples(rows) < (int)count) {
        fprintf(stderr, "load: %s\n", PQerrorMessage(database));
        exit(EXIT_FAILURE);
    }
    for (int i = 0; i < (int)count; i++) {
        assert(atoll(PQgetvalue(rows, i, 0)) == passages[i].seq);
        histogram_add(ret, passages[i].here_us - atoll(PQgetvalue(rows, i, 1)));
    }
    PQclear(rows);
    PQfinish(database);
}

static void print_part(const char *name, const struct histogram *histogram, char separator)
{
    printf("\"%s\":{", name);
    histogram_print(histogram);
    printf("}%c", separator);
}

int load_latency(struct load *load)
{
    enum { WARM_UP = 50, FIRST_WAIT_MS = 200, FIRST_TRIES = 100 };
    size_t count = (size_t)load->options.count;
    struct histogram *times = mem_array(load->memory, struct histogram, 2);
    struct passage *passages = mem_array(load->memory, struct passage, count), warm;
    struct single single = {.job = units_register(units_new(load->memory, 0, 1))};
    struct caller *caller = load_caller(load, 1, 1);
    struct follower *follower = follower_start(load);
    int tries = 0;

    while (!pass(caller, &single, follower, FIRST_WAIT_MS, &warm)) /* it is not connected yet */
        if (++tries > FIRST_TRIES)
            return EXIT_FAILURE;
    for (size_t i = 0; i < WARM_UP + count; i++) {
        struct passage passage;

        if (!pass(caller, &single, follower, WAIT_MS, &passage))
            return EXIT_FAILURE;
        usleep((useconds_t)load->options.pause_ms * 1000);
        if (i < WARM_UP)
            continue;
        passages[i - WARM_UP] = passage;
        histogram_add(&times[1], passage.here_us - passage.asked_us);
    }
    follower_end(follower);
    add_commits(load, passages, count, &times[0]);
    printf("{");
    print_part("commit_to_event", &times[0], ',');
    print_part("request_to_event", &times[1], '}');
    printf("\n");
    return EXIT_SUCCESS;
}

/* ---- as many as there are ---- */

static double seconds_since(int64_t start_us)
{
    return (double)(clock_unix_us() - start_us) / 1e6;
}

/* Lag is counted from the moment that stands in the event: when its command's turn came. */
int load_follow(struct load *load)
{
    struct histogram *lag = mem_new(load->memory, struct histogram);
    struct subscriber *subscriber = subscribe(load, HEAD);
    int64_t start_us = clock_unix_us(), first_us = 0, last_us = 0, seq, time_us = 0;

    while (seconds_since(start_us) * 1e3 < (double)load->options.milliseconds) {
        if (!next_event(subscriber, 100, &seq, &time_us))
            continue;
        last_us = clock_unix_us();
        first_us = first_us ? first_us : last_us;
        histogram_add(lag, last_us - time_us);
    }
    double seconds = (double)(last_us - first_us) / 1e6;
    printf("{\"rate\":%.1f,\"count\":%lu,", seconds > 0 ? (double)lag->count / seconds : 0.0,
           (unsigned long)lag->count);
    histogram_print(lag);
    printf("}\n");
    return EXIT_SUCCESS;
}

int load_replay(struct load *load)
{
    struct subscriber *subscriber = subscribe(load, 0);
    int64_t start_us = 0, seq = 0;

    while (seq < load->options.count) {
        if (!next_event(subscriber, WAIT_MS, &seq, NULL))
            return EXIT_FAILURE;
        start_us = start_us ? start_us : clock_unix_us(); /* it is connected */
    }
    printf("{\"rate\":%.1f,\"count\":%" PRId64 "}\n", (double)seq / seconds_since(start_us), seq);
    return EXIT_SUCCESS;
}
