/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.h - declarative reads: one statement, bound to the request's fields, rows into the response
 *
 * Queries of any streets run together in one round trip; row-level security sees the street that is
 * set before each. Runs in a work thread.
 */
#pragma once

#include "libcommon/service/batch/batch.h"

/* Runs the calls; every call has its status and reply afterwards. */
void query_run(struct db_slot *slot, struct call **calls, size_t count);
