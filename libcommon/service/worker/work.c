/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work.c - what waits between the bus thread and the work threads, under one mutex
 *
 *   street -> the next call of each caller, in turn -> that caller's later ones
 *
 * The calls themselves are the links, so that queueing allocates nothing. A street's callers are
 * looked through one by one: there are few at a time, as brokers give out so much credit and no
 * more.
 */
#include "libcommon/service/worker/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "libcommon/base/mem.h"

enum { QUERIES_A_TURN = 8 }; /* of one street: each change of streets costs a statement */

/* Commands of a street, or queries. */
struct street_queue {
    char street[64];
    struct call *turns; /* the next call of each caller that has any */
    bool busy;          /* a thread runs its batch */
    struct street_queue *prev,
        *next; /* in `ready`, when it has calls and is not busy; or in `asking`, or `spare` */
    UT_hash_handle hh;
};

struct work {
    pthread_mutex_t mutex;
    pthread_cond_t something;     /* calls wait: for threads in work_take, each signal wakes one */
    pthread_cond_t stopping;      /* for threads that wait for their database */
    struct street_queue *streets; /* all that have commands or are busy */
    struct street_queue *ready;   /* in the order of their turns */
    struct street_queue *asking;  /* those that have queries, in the order of their turns */
    struct street_queue *spare;
    struct call *finished;
    bool queries_next; /* whose turn it is when both wait */
    bool stopped;
    int available;
    int fd;
};

static int work_destructor(struct work *work)
{
    struct street_queue *queue, *next;

    HASH_ITER(hh, work->streets, queue, next)
    {
        HASH_DEL(work->streets, queue);
        talloc_free(queue);
    }
    DL_FOREACH_SAFE(work->asking, queue, next)
    {
        talloc_free(queue);
    }
    DL_FOREACH_SAFE(work->spare, queue, next)
    {
        talloc_free(queue);
    }
    close(work->fd);
    return 0;
}

struct work *work_new(const void *parent)
{
    struct work *work = mem_new(parent, struct work);
    pthread_condattr_t monotonic;

    pthread_mutex_init(&work->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&work->something, &monotonic);
    pthread_cond_init(&work->stopping, &monotonic);
    work->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (work->fd < 0)
        abort();
    talloc_set_destructor(work, work_destructor);
    return work;
}

/* ---- a street's callers in turn ---- */

static void add_call(struct street_queue *queue, struct call *call)
{
    struct call *first;

    call->later = call->last_later = NULL;
    DL_FOREACH(queue->turns, first)
    {
        if (!call_is_of_same_caller(first, call))
            continue;
        if (first->later)
            first->last_later->later = call;
        else
            first->later = call;
        first->last_later = call;
        return;
    }
    DL_APPEND(queue->turns, call);
}

static struct call *take_call(struct street_queue *queue)
{
    struct call *call = queue->turns, *later = call->later;

    DL_DELETE(queue->turns, call);
    if (later) {
        later->last_later = call->last_later == later ? NULL : call->last_later;
        DL_APPEND(queue->turns, later);
    }
    return call;
}

static struct street_queue *new_queue(struct work *work, const char *street)
{
    struct street_queue *queue = work->spare;

    if (queue)
        DL_DELETE(work->spare, queue);
    else
        queue = mem_new(NULL, struct street_queue); /* whichever thread needs it first */
    size_t length = strnlen(street, sizeof queue->street - 1);
    memcpy(queue->street, street, length);
    queue->street[length] = '\0';
    return queue;
}

static void end_queue(struct work *work, struct street_queue *queue)
{
    DL_PREPEND(work->spare, queue);
}

/* ---- bus thread ---- */

static void add_command(struct work *work, struct call *call)
{
    struct street_queue *queue;

    HASH_FIND_STR(work->streets, call->street, queue);
    if (!queue) {
        queue = new_queue(work, call->street);
        HASH_ADD_STR(work->streets, street, queue);
    }
    if (!queue->turns && !queue->busy)
        DL_APPEND(work->ready, queue);
    add_call(queue, call);
}

static void add_query(struct work *work, struct call *call)
{
    struct street_queue *queue;

    DL_FOREACH(work->asking, queue)
    {
        if (strcmp(queue->street, call->street) == 0)
            break;
    }
    if (!queue) {
        queue = new_queue(work, call->street);
        DL_APPEND(work->asking, queue);
    }
    add_call(queue, call);
}

void work_push(struct work *work, struct call *call)
{
    pthread_mutex_lock(&work->mutex);
    if (call->endpoint->row->query)
        add_query(work, call);
    else
        add_command(work, call);
    pthread_mutex_unlock(&work->mutex);
}

void work_wake(struct work *work)
{
    pthread_mutex_lock(&work->mutex);
    if (work->asking || work->ready)
        pthread_cond_signal(&work->something);
    pthread_mutex_unlock(&work->mutex);
}

int work_fd(const struct work *work)
{
    return work->fd;
}

static void finish(struct work *work, struct call *call)
{
    static const uint64_t one = 1;

    if (!work->finished && write(work->fd, &one, sizeof one) != sizeof one)
        abort(); /* an eventfd takes 2^64 - 2 of them */
    DL_APPEND(work->finished, call);
}

struct call *work_collect(struct work *work)
{
    uint64_t ignored;

    pthread_mutex_lock(&work->mutex);
    struct call *finished = work->finished;
    work->finished = NULL;
    (void)!read(work->fd, &ignored, sizeof ignored);
    pthread_mutex_unlock(&work->mutex);
    return finished;
}

int work_available(struct work *work)
{
    pthread_mutex_lock(&work->mutex);
    int available = work->available;
    pthread_mutex_unlock(&work->mutex);
    return available;
}

static void refuse_all(struct work *work, struct street_queue *queue, const char *rule,
                       const char *why)
{
    while (queue->turns) {
        struct call *call = take_call(queue);
        (void)!call_fail(call, STATUS_UNAVAILABLE, "", rule, "%s; nothing was done", why);
        finish(work, call);
    }
    end_queue(work, queue);
}

void work_refuse_queued(struct work *work, const char *rule, const char *why)
{
    struct street_queue *queue;

    pthread_mutex_lock(&work->mutex);
    while ((queue = work->asking) != NULL) {
        DL_DELETE(work->asking, queue);
        refuse_all(work, queue, rule, why);
    }
    while ((queue = work->ready) != NULL) {
        DL_DELETE(work->ready, queue);
        HASH_DEL(work->streets, queue); /* NOLINT(clang-analyzer-core.NullDereference): it is in */
        refuse_all(work, queue, rule, why);
    }
    pthread_mutex_unlock(&work->mutex);
}

void work_stop(struct work *work)
{
    pthread_mutex_lock(&work->mutex);
    work->stopped = true;
    pthread_cond_broadcast(&work->something);
    pthread_cond_broadcast(&work->stopping);
    pthread_mutex_unlock(&work->mutex);
}

/* ---- work threads ---- */

static void take_calls(struct street_queue *queue, size_t most, struct work_batch *batch)
{
    for (; queue->turns && most > 0 && batch->count < BATCH_MAX; most--)
        batch->calls[batch->count++] = take_call(queue);
}

static void take_queries(struct work *work, struct work_batch *batch)
{
    while (work->asking && batch->count < BATCH_MAX) {
        struct street_queue *queue = work->asking;
        DL_DELETE(work->asking, queue);
        take_calls(queue, QUERIES_A_TURN, batch);
        if (queue->turns)
            DL_APPEND(work->asking, queue); /* behind the others */
        else
            end_queue(work, queue);
    }
}

static void take_batch(struct work *work, struct work_batch *ret)
{
    if (work->asking && (work->queries_next || !work->ready)) {
        ret->queries = true;
        take_queries(work, ret);
    } else if (work->ready) {
        ret->street = work->ready;
        DL_DELETE(work->ready, ret->street);
        ret->street->busy = true;
        take_calls(ret->street, BATCH_MAX, ret);
    }
    work->queries_next = !ret->queries;
    if (work->asking || work->ready)
        pthread_cond_signal(&work->something);
}

static struct timespec after_ms(int ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

bool work_wait_stopped(struct work *work, int wait_ms)
{
    struct timespec until = after_ms(wait_ms);

    pthread_mutex_lock(&work->mutex);
    while (!work->stopped)
        if (pthread_cond_timedwait(&work->stopping, &work->mutex, &until) != 0)
            break;
    bool stopped = work->stopped;
    pthread_mutex_unlock(&work->mutex);
    return stopped;
}

bool work_take(struct work *work, struct work_batch *ret)
{
    struct timespec until = after_ms(1000);

    *ret = (struct work_batch){0};
    pthread_mutex_lock(&work->mutex);
    while (!work->stopped && !work->asking && !work->ready)
        if (pthread_cond_timedwait(&work->something, &work->mutex, &until) != 0)
            break;
    bool go_on = !work->stopped; /* what waits then is nobody's any more: the bus has refused it */
    if (go_on)
        take_batch(work, ret);
    pthread_mutex_unlock(&work->mutex);
    return go_on;
}

void work_finish(struct work *work, struct work_batch *batch)
{
    struct street_queue *queue = batch->street;

    pthread_mutex_lock(&work->mutex);
    for (size_t i = 0; i < batch->count; i++)
        finish(work, batch->calls[i]);
    if (queue) {
        queue->busy = false;
        if (queue->turns) {
            DL_APPEND(work->ready, queue); /* behind the others */
            pthread_cond_signal(&work->something);
        } else {
            HASH_DEL(work->streets, queue);
            end_queue(work, queue);
        }
    }
    pthread_mutex_unlock(&work->mutex);
}

void work_offer(struct work *work, int threads)
{
    pthread_mutex_lock(&work->mutex);
    work->available += threads;
    pthread_mutex_unlock(&work->mutex);
}
