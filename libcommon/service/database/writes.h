/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writes.h - does the database take what is written?
 *
 * Queries may well be answered while no command can be done: the disk is full. Whoever writes tells how it
 * ended. While it failed for want of room one writer tries each second, and all others are
 * refused without asking: callers learn it at once, and the server does not fill what is left of its
 * disk with our errors. One for the process; any thread.
 */
#pragma once

#include <stdbool.h>

#include "libcommon/service/database/db.h"

/* May one write now? Always while it goes well, else once a second one of all threads. */
bool writes_may_try(void);

/* How that ended: it was committed, or this is the error. Errors of the command, of a lock, of the
 * session tell nothing. */
void writes_succeeded(void);
void writes_failed(const char *sqlstate);

/* Class 53 (no room, no memory) or 58 (the disk): what fails for every command alike, and would fail
 * if it were tried again at once. */
bool writes_are_at_fault(const char *sqlstate);

/* Did the last one fail? */
bool writes_fail(void);

/* Tries to write, if nobody did within the last seconds: so it is noticed that there is room again, or none, while no
 * command comes. */
void writes_try(struct db *db);
