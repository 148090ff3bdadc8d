/* SPDX-License-Identifier: Apache-2.0 */
/* work.c - what waits between the bus thread and the work threads, under one mutex */
#include "libcommon/service/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "libcommon/base/mem.h"

struct street_queue {
    char street[64];
    struct call *calls;
    bool busy;                        /* a thread runs its batch */
    struct street_queue *prev, *next; /* in `ready`, when it has calls and is not busy */
    UT_hash_handle hh;
};

struct work {
    pthread_mutex_t mutex;
    pthread_cond_t something;     /* calls wait: for threads in work_take, each signal wakes one */
    pthread_cond_t stopping;      /* for threads that wait for their database */
    struct street_queue *streets; /* all that have calls or are busy */
    struct street_queue *ready;   /* in the order of their turns */
    struct call *queries;
    struct call *finished;
    bool queries_next; /* whose turn it is when both wait */
    bool stopped;
    int available;
    int fd;
};

static int work_destructor(struct work *work)
{
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

/* ---- bus thread ---- */

static struct street_queue *queue_of(struct work *work, const char *street)
{
    struct street_queue *queue;

    HASH_FIND_STR(work->streets, street, queue);
    if (!queue) {
        queue = mem_new(NULL, struct street_queue); /* freed by whichever thread empties it */
        memcpy(queue->street, street, strnlen(street, sizeof queue->street - 1));
        HASH_ADD_STR(work->streets, street, queue);
    }
    return queue;
}

void work_push(struct work *work, struct call *call)
{
    pthread_mutex_lock(&work->mutex);
    if (call->endpoint->row->query) {
        DL_APPEND(work->queries, call);
    } else {
        struct street_queue *queue = queue_of(work, call->street);
        if (!queue->calls && !queue->busy)
            DL_APPEND(work->ready, queue);
        DL_APPEND(queue->calls, call);
    }
    pthread_mutex_unlock(&work->mutex);
}

void work_wake(struct work *work)
{
    pthread_mutex_lock(&work->mutex);
    if (work->queries || work->ready)
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

static void refuse_all(struct work *work, struct call **queue, const char *why)
{
    struct call *call, *next;

    DL_FOREACH_SAFE(*queue, call, next)
    {
        DL_DELETE(*queue, call);
        (void)!call_fail(call, STATUS_UNAVAILABLE, "", "", "%s; nothing was done", why);
        finish(work, call);
    }
}

void work_refuse_queued(struct work *work, const char *why)
{
    struct street_queue *queue;

    pthread_mutex_lock(&work->mutex);
    refuse_all(work, &work->queries, why);
    while ((queue = work->ready) != NULL) {
        work->ready = queue->next;
        refuse_all(work, &queue->calls, why);
        HASH_DEL(work->streets, queue); /* NOLINT(clang-analyzer-core.NullDereference): it is in */
        talloc_free(queue);
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

static void take_calls(struct call **queue, struct work_batch *batch)
{
    while (*queue && batch->count < BATCH_MAX) {
        struct call *call = *queue;
        DL_DELETE(*queue, call);
        batch->calls[batch->count++] = call;
    }
}

static void take_batch(struct work *work, struct work_batch *ret)
{
    if (work->queries && (work->queries_next || !work->ready)) {
        ret->queries = true;
        take_calls(&work->queries, ret);
    } else if (work->ready) {
        ret->street = work->ready;
        DL_DELETE(work->ready, ret->street);
        ret->street->busy = true;
        take_calls(&ret->street->calls, ret);
    }
    work->queries_next = !ret->queries;
    if (work->queries || work->ready)
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
    while (!work->stopped && !work->queries && !work->ready)
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
        if (queue->calls) {
            DL_APPEND(work->ready, queue); /* behind the others */
            pthread_cond_signal(&work->something);
        } else {
            HASH_DEL(work->streets, queue);
            talloc_free(queue);
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
