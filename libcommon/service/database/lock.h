/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.h - advisory locks by name, and those whose holder has stalled
 *
 * A process that is stopped, or cut off, while it holds a lock loses it 3 s later: the server
 * counts how long a session idles. But it does not count while it waits for the rest of what the
 * process had begun to send (libpq sends each 8 KiB that are full), and then the lock would be held
 * for as long as the process is stopped. So a session that waits without success ends such a
 * session.
 */
#pragma once

#include "libcommon/service/database/db.h"

/* The advisory lock of a name: the first eight bytes of its BLAKE2b hash. Streets use
 * "<service>/<street>"; other names must be ones that no street can make. */
int64_t lock_key(const char *name);

/* Ends the session that holds the lock of this name and has sent nothing of what is still to come
 * for 2 s. */
void lock_end_stalled(struct db *db, const char *name);
