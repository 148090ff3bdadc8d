/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writes.h - does the database take what is written?
 *
 * Queries may well be answered while no command can be done: the disk is full. So whoever writes
 * asks writes_may_try first, and tells afterwards how it ended. From a failure for want of room to
 * the next success one writer tries each second, and all others are refused without asking the
 * database: callers learn it at once, and the server does not fill what is left of its disk with
 * our errors. Both changes are logged here. One state for the process; any thread.
 */
#pragma once

#include <stdbool.h>

#include "libcommon/service/database/db.h"

/* May one write now? Always while it goes well. Else one of all threads may, once a second: true
 * uses that turn up, so ask only to write then. */
bool writes_may_try(void);

/* It was committed. */
void writes_succeeded(void);
/* It ended with this error ("": none is known). Only those of writes_are_at_fault count: errors of
 * the command, of a lock, of the session tell nothing about room. */
void writes_failed(const char *sqlstate);

/* Class 53 (no room, no memory) or 58 (the disk): what fails for every command alike, and would
 * fail if it were tried again at once. */
bool writes_are_at_fault(const char *sqlstate);

/* Did the last write fail for want of room? Asks nobody and uses no turn up. */
bool writes_fail(void);

/* For idle threads, as often as they like: if nobody has written for 5 s, or each second while
 * writes fail, this writes something that does not stay, and waits for the answer. So it is noticed
 * while no command comes that there is room again, or none. Nothing may be queued on db. */
void writes_try(struct db *db);
