/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.h - the filters of jusha-open, one row of PostgreSQL's COPY in, one out
 *
 * What SQL cannot look into is opened here: packed events, sealed phones. A filter gets a line's
 * columns, borrowed and as COPY writes them, without its newline, and prints what it makes of them.
 */
#pragma once

#include <stdbool.h>

enum { COLUMNS_MAX = 5 };

/* False, after it has said why on standard error: the line is no such row. */
typedef bool open_line(char **columns);

/* service, street, number, type, data in hex -> service, street, number, table ("role_grant"),
 * JSON: of each object that it tells of, the row's columns as they have to be, null at a field's
 * default; and a row without a table, that says that the event was read. One that cannot be read
 * has no row, which is for whoever counts them. */
open_line open_event;

/* street, id, sealed in hex -> street, id, whether it opens (t or f). What is in it is printed
 * nowhere. */
open_line open_phone;

/* street, id, type, message as JSON -> street, id, type, the packed message in hex. */
open_line pack_event;
