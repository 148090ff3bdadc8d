/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leader.h - of all processes of a service one does a duty
 *
 * The one whose database session holds the duty's advisory lock leads, the others stand by. A
 * session that is not touched for 3 s is ended by the server, and the lock with it: so a process
 * that hangs is replaced.
 */
#pragma once

#include "libcommon/service/database/db.h"

/* Tries to take the lock of "<service>/<duty>" with this session; true if it leads from now on. */
bool leader_try(struct db *db, const char *service, const char *duty);
/* At least every second, while it leads. */
void leader_touch(struct db *db);
