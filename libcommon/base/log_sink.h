/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_sink.h - stderr, written without waiting
 *
 * A pipe that nobody reads, a terminal that was stopped, a socket whose reader hangs: a write that
 * waits for them stops its thread, and with it all whom that thread serves. A file is waited for as
 * long as its disk takes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Writes a line, with its newline at the end (less than PIPE_BUF bytes). False: it did not go out
 * whole, and nobody will get the rest of it. errno stays as it was. One thread at a time. */
bool log_sink_write(const char *line, size_t size);
