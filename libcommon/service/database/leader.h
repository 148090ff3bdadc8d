/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leader.h - of all processes of a service one does a duty
 *
 * The one whose database session holds the duty's advisory lock leads, the others stand by. A
 * session that is not touched for 3 s is ended by the server, and the lock with it: so a process
 * that hangs is replaced.
 *
 * Processes that serve some streets alone stand in reserve: they lead while no process of the pool
 * has a session, and give it up when one is there again.
 */
#pragma once

#include "libcommon/service/database/db.h"

/* Tries to take the lock of "<service>/<duty>" with this session; true if it leads from now on. */
bool leader_try(struct db *db, const char *service, const char *duty, bool in_reserve);
/* At least every second, while it leads. False: it has to end the session, and so its lead. */
bool leader_touch(struct db *db, const char *service, bool in_reserve);
