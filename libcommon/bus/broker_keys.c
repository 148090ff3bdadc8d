/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_keys.c - the keys of broker.key, read again when the file changed
 *
 * Whoever asks for a key looks at the file first; that is done when a connection is made, which is
 * rare, and costs one system call.
 */
#include "libcommon/bus/broker_keys.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

struct broker_keys {
    const char *path; /* NULL: of no file */
    pthread_mutex_t mutex;
    struct stat seen; /* the file as it was read last; under mutex, as what follows */
    struct certificate broker;
};

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* False with a log line. */
static bool read_keys(struct broker_keys *keys, const struct stat *now)
{
    struct certificate read;

    keys->seen = *now; /* what cannot be read is told once */
    if (certificate_load(keys->path, &read) != STATUS_OK)
        return false;
    explicit_bzero(read.secret_key, sizeof read.secret_key); /* who named the secret file */
    keys->broker = read;
    return true;
}

static void look(struct broker_keys *keys)
{
    struct stat now;

    if (keys->path && stat(keys->path, &now) == 0 && !is_same_file(&now, &keys->seen) &&
        read_keys(keys, &now))
        log_info("broker_keys_read", "path=%s", LOG_QUOTED(keys->path));
}

/* NULL: there is one only. Under mutex. */
static const char *other(const struct broker_keys *keys)
{
    struct certificate last = {0};

    if (keys->broker.next_key[0])
        return keys->broker.next_key;
    memcpy(last.until, keys->broker.last_until, sizeof last.until);
    return keys->broker.last_key[0] && certificate_days_left(&last, clock_unix_us()) >= 0
               ? keys->broker.last_key
               : NULL;
}

static int close_keys(struct broker_keys *keys)
{
    pthread_mutex_destroy(&keys->mutex);
    return 0;
}

static struct broker_keys *new_keys(const void *parent)
{
    struct broker_keys *keys = mem_new(parent, struct broker_keys);

    pthread_mutex_init(&keys->mutex, NULL);
    talloc_set_destructor(keys, close_keys);
    return keys;
}

struct broker_keys *broker_keys_open(const void *parent, const char *path)
{
    struct broker_keys *keys = new_keys(parent);
    struct stat now = {0};

    keys->path = mem_text(keys, path);
    (void)stat(path, &now); /* reading says what is wrong */
    if (!read_keys(keys, &now))
        TALLOC_FREE(keys);
    return keys;
}

struct broker_keys *broker_keys_of(const void *parent, const char *public_key)
{
    struct broker_keys *keys = new_keys(parent);

    snprintf(keys->broker.public_key, sizeof keys->broker.public_key, "%s", public_key);
    return keys;
}

size_t broker_keys_count(struct broker_keys *keys)
{
    pthread_mutex_lock(&keys->mutex);
    look(keys);
    size_t count = other(keys) ? 2 : 1;

    pthread_mutex_unlock(&keys->mutex);
    return count;
}

void broker_keys_pick(struct broker_keys *keys, unsigned try, char ret[static CURVE_TEXT + 1])
{
    pthread_mutex_lock(&keys->mutex);
    look(keys);
    const char *second = other(keys);

    memcpy(ret, second && try % BROKER_KEYS_MAX ? second : keys->broker.public_key, CURVE_TEXT + 1);
    pthread_mutex_unlock(&keys->mutex);
}
