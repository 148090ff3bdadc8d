/* SPDX-License-Identifier: Apache-2.0 */
/* positions.c - positions of followed journals, under one mutex */
#include "libcommon/service/following/positions.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uthash.h>

#include "libcommon/base/mem.h"

struct position {
    char key[128]; /* "xiasha/registry" */
    int64_t seq;
    UT_hash_handle hh;
};

struct wanted_street {
    char street[64];
    UT_hash_handle hh;
};

struct positions {
    pthread_mutex_t mutex;
    struct position *known;
    struct wanted_street *wanted;
    int fd;
};

static int positions_destructor(struct positions *positions)
{
    HASH_CLEAR(hh, positions->known);
    HASH_CLEAR(hh, positions->wanted);
    close(positions->fd);
    return 0;
}

struct positions *positions_new(const void *parent)
{
    struct positions *positions = mem_new(parent, struct positions);

    pthread_mutex_init(&positions->mutex, NULL);
    positions->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (positions->fd < 0)
        abort();
    talloc_set_destructor(positions, positions_destructor);
    return positions;
}

int positions_fd(const struct positions *positions)
{
    return positions->fd;
}

bool positions_moved(struct positions *positions)
{
    uint64_t moved = 0;

    return read(positions->fd, &moved, sizeof moved) == sizeof moved;
}

/* "xiasha/registry" */
static struct position *find(struct positions *positions, const char *street, const char *source,
                             bool make)
{
    char key[sizeof positions->known->key];
    struct position *found;

    snprintf(key, sizeof key, "%s/%s", street, source);
    HASH_FIND_STR(positions->known, key, found);
    if (!found && make) {
        found = mem_new(positions, struct position);
        snprintf(found->key, sizeof found->key, "%s", key);
        HASH_ADD_STR(positions->known, key, found);
    }
    return found;
}

void positions_set(struct positions *positions, const char *street, const char *source, int64_t seq)
{
    static const uint64_t one = 1;

    pthread_mutex_lock(&positions->mutex);
    find(positions, street, source, true)->seq = seq;
    pthread_mutex_unlock(&positions->mutex);
    (void)!write(positions->fd, &one, sizeof one);
}

int64_t positions_get(struct positions *positions, const char *street, const char *source)
{
    pthread_mutex_lock(&positions->mutex);
    const struct position *found = find(positions, street, source, false);
    int64_t seq = found ? found->seq : -1;
    pthread_mutex_unlock(&positions->mutex);
    return seq;
}

void positions_want(struct positions *positions, const char *street)
{
    struct wanted_street *wanted;

    pthread_mutex_lock(&positions->mutex);
    HASH_FIND_STR(positions->wanted, street, wanted);
    if (!wanted) {
        wanted = mem_new(positions, struct wanted_street);
        snprintf(wanted->street, sizeof wanted->street, "%s", street);
        HASH_ADD_STR(positions->wanted, street, wanted);
    }
    pthread_mutex_unlock(&positions->mutex);
}

char *positions_take_wanted(struct positions *positions, const void *parent)
{
    struct wanted_street *wanted, *next;
    const char *separator = "";
    char *list = mem_text(parent, "{");

    pthread_mutex_lock(&positions->mutex);
    HASH_ITER(hh, positions->wanted, wanted, next)
    {
        list = mem_check(talloc_asprintf_append_buffer(list, "%s%s", separator, wanted->street));
        separator = ",";
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it is in */
        HASH_DEL(positions->wanted, wanted);
        talloc_free(wanted);
    }
    pthread_mutex_unlock(&positions->mutex);
    return *separator ? mem_check(talloc_strdup_append_buffer(list, "}")) : NULL;
}
