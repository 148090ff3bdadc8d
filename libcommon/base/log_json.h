/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_json.h - a line of logfmt as a JSON object
 *
 * The names are the same, in the same order. What is in quotes is a string; what stands bare and is
 * a number of at most 15 digits is one, but for names that only look so (sqlstate). Nothing is
 * allocated, so this works when memory has run out.
 */
#pragma once

#include <stddef.h>

/* Room that a line of 2000 bytes needs, whatever is in it: less than PIPE_BUF. */
enum { LOG_JSON_BYTES = 4000 };

/* line: `size` bytes, with or without its newline; it may be cut anywhere. Returns the bytes of the
 * object with a newline at its end; pairs that find no room are left out. The result is valid
 * UTF-8, whatever the line is. */
size_t log_json(const char *line, size_t size, char ret[static LOG_JSON_BYTES]);
