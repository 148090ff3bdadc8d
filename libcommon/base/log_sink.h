/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_sink.h - stderr, written without waiting
 *
 * A write that waited for a pipe that nobody reads, for a stopped terminal or for a socket whose
 * reader hangs would stop its thread, and with it everybody whom the thread serves. A write to a
 * file does wait, as long as the disk takes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Writes a line, with its newline at the end (less than PIPE_BUF bytes). Returns false if it did
 * not go out whole; the rest is dropped. errno stays as it was. One thread at a time. */
bool log_sink_write(const char *line, size_t size);
