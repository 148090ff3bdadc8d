/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - what a session is told as it begins, and what it is asked before it is relied upon
 *
 * A server that may forget what it committed ends the process. A session that does not do what it
 * was told, or that belongs to somebody else from time to time, is refused: locks, settings and the
 * street of a transaction would be of another session than we think.
 */
#pragma once

#include <libpq-fe.h>
#include <stdbool.h>

/* Connects as this role with search_path = schema. conninfo may name several hosts: the one that
 * takes writes is chosen, and a standby never. Not NULL; see PQstatus. */
PGconn *session_connect(const char *conninfo, const char *user, const char *schema);

/* False, with a log line that names what is wrong, when it is not what was asked for, when it does
 * not answer, or when its clock and ours are apart (db_clock.h says that). */
bool session_is_fit(PGconn *conn, const char *schema);

/* Does the server refuse whatever writes? It tells by itself when that changes. */
bool session_is_read_only(const PGconn *conn);
