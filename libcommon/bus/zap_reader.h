/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap_reader.h - reads the folder of certificates although the process has no descriptor left; for
 * zap.c
 *
 * A thread with a table of descriptors of its own (unshare), so that connections cannot use up what
 * a revocation needs. It touches no ZeroMQ socket: what others open after its start does not exist
 * for it.
 */
#pragma once

#include "libcommon/bus/zap_table.h"

struct zap_reader;

struct zap_reader *zap_reader_start(const char *folder);
void zap_reader_destroy(struct zap_reader **reader);

/* zap_table_read over there; waits for it. One caller at a time. */
struct zap_table *zap_reader_read(struct zap_reader *reader, const struct zap_table *known);
