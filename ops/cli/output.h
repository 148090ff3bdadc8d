/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - what jusha writes, and whether it arrived
 *
 * Answers go to stdout, complaints to stderr, for people or, with --json, for machines. Whatever
 * could not be written ends the program with EXIT_CODE_UNWRITTEN, though the work was done.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "exit_code.h"
#include "libcommon/base/status.h"

/* First of all: a standard stream that is closed must not become the number of a socket. */
void output_guard(void);

/* From here on complaints are JSON. Asked for by --json anywhere or JUSHA_JSON, so that even a
 * wrong option is told so. */
void output_for_machines(void);

/* One line on stderr, "jusha: …", or {"code": …, "message": …}. Returns code. */
enum exit_code complain(enum exit_code code, const char *format, ...) PRINTF(2, 3);

/* On stdout and its line ended. flags are json_dumpf's. */
void output_json(const json_t *json, size_t flags);

/* True when nobody reads stdout any more: a pipe whose reader went away. */
bool output_is_unread(void);

/* For what has no end of its own: a reader that goes away ends it, and well. */
void output_may_be_left(void);

/* Last of all: writes out what is left. Returns code, or EXIT_CODE_UNWRITTEN after a line that says
 * why; without one where the reader of a pipe went away, as whoever did that knows. */
enum exit_code output_end(enum exit_code code);
