/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connects.h - when this process may try to open a session, and how many it will have
 *
 * A server that comes back on a slow machine has every process of every service before its door,
 * with six sessions each. So a process opens one at a time, and after one that failed it waits:
 * each time twice as long, up to PAUSE_MAX_MS, and by chance more or less, so that those who were
 * sent away together do not come together. One for the process; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How many sessions the process will have when all are open: told once, before its first thread
 * starts. wanted_by: the setting that most of them come from. Without it nothing is checked. */
void connects_budget(int sessions, const char *wanted_by);
/* What the first session finds. False, with a log line that names the setting and both numbers,
 * when the server can never give so many: the process has to end. Where it only has too few left,
 * the log says so, and the process goes on with what it gets. most: max_connections without those
 * that the server keeps for itself; taken: that are open now, the asking one among them. */
bool connects_fit(int most, int taken);
enum connects_room {
    ROOM_ENOUGH,
    ROOM_SHORT,
    ROOM_NEVER
} connects_room(int wanted, int most, int taken);

/* The longest pause is what a server that is ready may wait for us, half as long again. */
enum { CONNECTS_PAUSE_MIN_MS = 100, CONNECTS_PAUSE_MAX_MS = 2000 };

/* True: it is this thread's turn, which connects_end ends. False: it is not yet time, or another
 * thread's turn took longer than one may wait for. */
bool connects_begin(void);
/* opened: the session is of use, and the next one may be opened at once. */
void connects_end(bool opened);

/* How long after so many failures in a row; chance from 0 to UINT32_MAX. */
int64_t connects_pause_ms(unsigned failures, uint32_t chance);
