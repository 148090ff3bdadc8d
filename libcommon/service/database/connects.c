/* SPDX-License-Identifier: Apache-2.0 */
/* connects.c - one turn at a time, pauses that grow, and a budget */
#include "libcommon/service/database/connects.h"

#include <pthread.h>
#include <sodium.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/metrics.h"

/* For a turn of another thread: several times what a session takes on a server that is well. */
enum { TURN_MS = 250 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_ended = PTHREAD_COND_INITIALIZER;
static bool turn_taken;
static unsigned failures; /* in a row */
static int64_t due_ms;    /* clock_monotonic_ms */

static struct metric budget = {METRIC_GAUGE, "jusha_database_sessions_budget", NULL,
                               "Sessions that this process has when all are open"};
static const char *setting;
static int wanted; /* sessions */
static _Atomic bool looked;

void connects_budget(int sessions, const char *wanted_by)
{
    setting = wanted_by;
    wanted = sessions;
    metrics_register(&budget);
    metrics_set(&budget, sessions);
}

enum connects_room connects_room(int sessions, int most, int taken)
{
    return sessions > most ? ROOM_NEVER : sessions > most - taken + 1 ? ROOM_SHORT : ROOM_ENOUGH;
}

bool connects_fit(int most, int taken)
{
    if (!setting || looked)
        return true;
    looked = true;
    switch (connects_room(wanted, most, taken)) {
    case ROOM_ENOUGH:
        break;
    case ROOM_SHORT:
        log_warning("connections_short", "setting=%s wanted=%d taken=%d room=%d", setting, wanted,
                    taken, most);
        break;
    case ROOM_NEVER:
        log_error("connections_too_few", "setting=%s wanted=%d room=%d", setting, wanted, most);
        return false;
    }
    return true;
}

int64_t connects_pause_ms(unsigned failed, uint32_t chance)
{
    int64_t pause_ms = CONNECTS_PAUSE_MIN_MS;

    for (unsigned i = 1; i < failed && pause_ms < CONNECTS_PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    if (pause_ms > CONNECTS_PAUSE_MAX_MS)
        pause_ms = CONNECTS_PAUSE_MAX_MS;
    return pause_ms / 2 + (int64_t)(((uint64_t)pause_ms * chance) >> 32);
}

/* pthread_cond_clockwait is glibc 2.30: the wait must not follow a wall clock that somebody
 * sets. */
static bool wait_for_turn(void)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TURN_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (turn_taken)
        if (pthread_cond_clockwait(&turn_ended, &mutex, CLOCK_MONOTONIC, &until) != 0)
            return !turn_taken;
    return true;
}

bool connects_begin(void)
{
    pthread_mutex_lock(&mutex);
    bool mine = wait_for_turn() && clock_monotonic_ms() >= due_ms;
    turn_taken = turn_taken || mine;
    pthread_mutex_unlock(&mutex);
    return mine;
}

void connects_end(bool opened)
{
    pthread_mutex_lock(&mutex);
    turn_taken = false;
    failures = opened ? 0 : failures + 1;
    due_ms = opened ? 0 : clock_monotonic_ms() + connects_pause_ms(failures, randombytes_random());
    pthread_cond_signal(&turn_ended);
    pthread_mutex_unlock(&mutex);
}
