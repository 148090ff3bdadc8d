/* SPDX-License-Identifier: Apache-2.0 */
/* zap_reader.c - one order at a time to a thread that has descriptors of its own */
#include "libcommon/bus/zap_reader.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

enum order { ORDER_NONE, ORDER_READ, ORDER_END };

struct zap_reader {
    const char *folder;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum order order; /* under mutex, as the next two */
    const struct zap_table *known;
    struct zap_table *read;
};

static void *run(void *argument)
{
    struct zap_reader *reader = argument;
    sigset_t all;

    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    if (unshare(CLONE_FILES) == -1)
        log_warning("descriptors_shared", "error=%s", LOG_QUOTED(strerror(errno)));
    pthread_mutex_lock(&reader->mutex);
    for (;;) {
        while (reader->order == ORDER_NONE)
            pthread_cond_wait(&reader->changed, &reader->mutex);
        if (reader->order == ORDER_END)
            break;
        reader->read = zap_table_read(reader->folder, reader->known, clock_unix_us());
        reader->order = ORDER_NONE;
        pthread_cond_broadcast(&reader->changed);
    }
    pthread_mutex_unlock(&reader->mutex);
    return NULL;
}

static void give(struct zap_reader *reader, enum order order)
{
    reader->order = order;
    pthread_cond_broadcast(&reader->changed);
}

struct zap_reader *zap_reader_start(const char *folder)
{
    struct zap_reader *reader = mem_new(NULL, struct zap_reader);

    reader->folder = mem_text(reader, folder);
    pthread_mutex_init(&reader->mutex, NULL);
    pthread_cond_init(&reader->changed, NULL);
    int rc = pthread_create(&reader->thread, NULL, run, reader);

    assert(rc == 0);
    return reader;
}

void zap_reader_destroy(struct zap_reader **reader)
{
    if (!*reader)
        return;
    pthread_mutex_lock(&(*reader)->mutex);
    give(*reader, ORDER_END);
    pthread_mutex_unlock(&(*reader)->mutex);
    pthread_join((*reader)->thread, NULL);
    pthread_cond_destroy(&(*reader)->changed);
    pthread_mutex_destroy(&(*reader)->mutex);
    talloc_free(*reader);
    *reader = NULL;
}

struct zap_table *zap_reader_read(struct zap_reader *reader, const struct zap_table *known)
{
    pthread_mutex_lock(&reader->mutex);
    reader->known = known;
    give(reader, ORDER_READ);
    while (reader->order == ORDER_READ)
        pthread_cond_wait(&reader->changed, &reader->mutex);
    struct zap_table *read = reader->read;

    pthread_mutex_unlock(&reader->mutex);
    return read;
}
