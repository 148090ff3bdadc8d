/* SPDX-License-Identifier: Apache-2.0 */
/* connects.c - one turn at a time, and pauses that grow */
#include "libcommon/service/database/connects.h"

#include <pthread.h>
#include <sodium.h>

#include "libcommon/base/clock.h"

/* For a turn of another thread: several times what a session takes on a server that is well. */
enum { TURN_MS = 250 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_ended = PTHREAD_COND_INITIALIZER;
static bool taken;
static unsigned failures; /* in a row */
static int64_t due_ms;    /* clock_monotonic_ms */

int64_t connects_pause_ms(unsigned failed, uint32_t chance)
{
    int64_t pause_ms = CONNECTS_PAUSE_MIN_MS;

    for (unsigned i = 1; i < failed && pause_ms < CONNECTS_PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    if (pause_ms > CONNECTS_PAUSE_MAX_MS)
        pause_ms = CONNECTS_PAUSE_MAX_MS;
    return pause_ms / 2 + (int64_t)(((uint64_t)pause_ms * chance) >> 32);
}

/* pthread_cond_clockwait is glibc 2.30: the wait must not follow a wall clock that somebody sets. */
static bool wait_for_turn(void)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TURN_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (taken)
        if (pthread_cond_clockwait(&turn_ended, &mutex, CLOCK_MONOTONIC, &until) != 0)
            return !taken;
    return true;
}

bool connects_begin(void)
{
    pthread_mutex_lock(&mutex);
    bool mine = wait_for_turn() && clock_monotonic_ms() >= due_ms;
    taken = taken || mine;
    pthread_mutex_unlock(&mutex);
    return mine;
}

void connects_end(bool opened)
{
    pthread_mutex_lock(&mutex);
    taken = false;
    failures = opened ? 0 : failures + 1;
    due_ms = opened ? 0 : clock_monotonic_ms() + connects_pause_ms(failures, randombytes_random());
    pthread_cond_signal(&turn_ended);
    pthread_mutex_unlock(&mutex);
}
