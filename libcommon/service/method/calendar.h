/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calendar.h - the working days of a call's street: what the street says itself, in each service
 *
 * A street's calendar comes to every service with its time zone (streams.c). Deadlines in working
 * days are counted when they begin, and stored.
 */
#pragma once

#include "libcommon/base/work_days.h"
#include "libcommon/service/call/call.h"
#include "libcommon/service/database/db.h"

/* One row; for calendar_read. */
extern const struct db_stmt calendar_select;

/* The years that the street says, for work_days.h, with their days in order; under the call. */
const struct work_year *calendar_read(struct call *call, const PGresult *rows, size_t *ret_count);
