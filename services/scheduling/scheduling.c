/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling.c - scheduling's table of methods, and what several of them need */
#include "services/scheduling/scheduling.h"

#include <inttypes.h>
#include <stdio.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "scheduling_methods.h"

SCHEDULING_PERMISSIONS(PERMISSION_DEFINE)
const struct permission *const scheduling_permissions[] = {
    SCHEDULING_PERMISSIONS(PERMISSION_POINTER) NULL};

/* The contract lists the methods; each name here is a row in the file of that name. */
static const struct methods scheduling_methods = SCHEDULING__SCHEDULING_SERVICE__INIT(&scheduling_);

const struct service scheduling_service = {
    .name = "scheduling",
    .methods = (const struct methods *const[]){&scheduling_methods, &journal_methods, NULL},
    .follows = scheduling_follows,
    .timers = scheduling_timers,
    .ends = scheduling_ends,
    .settings = scheduling_settings,
};

/* ---- settings ---- */

enum { AHEAD_DAYS_MIN = 31, AHEAD_DAYS = 731, AHEAD_DAYS_MAX = 3660, DAY_SECONDS = 24 * 60 * 60 };

static int64_t ahead_days = AHEAD_DAYS;

const struct setting scheduling_settings[] = {
    {"ahead_days", SETTING_INT, &ahead_days, "731", AHEAD_DAYS_MIN, AHEAD_DAYS_MAX, "days",
     "how far ahead bookings and the dates of activities may lie"},
    {0},
};

/* ---- time ---- */

int scheduling_time_compare(const Google__Protobuf__Timestamp *a,
                            const Google__Protobuf__Timestamp *b)
{
    if (a->seconds != b->seconds)
        return a->seconds < b->seconds ? -1 : 1;
    return (a->nanos > b->nanos) - (a->nanos < b->nanos);
}

bool scheduling_is_past(const struct call *call, const Google__Protobuf__Timestamp *time)
{
    return scheduling_time_compare(time, call->now) <= 0;
}

const char *scheduling_time_text(const void *parent, const Google__Protobuf__Timestamp *time)
{
    char text[CLOCK_TEXT];

    return clock_format(time->seconds, 0, text) ? mem_text(parent, text) : "";
}

int64_t scheduling_ahead_days(void)
{
    return ahead_days;
}

bool scheduling_is_too_far(const struct call *call, const Google__Protobuf__Timestamp *time)
{
    return time->seconds > call->now->seconds + ahead_days * DAY_SECONDS;
}

enum status scheduling_fail_ahead(struct call *call, const char *field, const char *what)
{
    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, field, "ahead",
                     "%s may lie at most %" PRId64 " days ahead", what, ahead_days);
    return call_add_param(call, (struct violation_param){"days", ahead_days});
}

STATEMENT(scheduling_select_local_time,
          .sql = "SELECT to_char(to_timestamp(:seconds::bigint) AT TIME ZONE time_zone,"
                 " 'YYYY-MM-DD\"T\"HH24:MI:SS') AS local FROM scheduling.stream"
                 " WHERE street = :street",
          .of = &google__protobuf__timestamp__descriptor);

enum status scheduling_local_time(struct call *call, int64_t seconds,
                                  char local[static LOCAL_CHARS + 1])
{
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    const PGresult *rows;

    time.seconds = seconds;
    enum status status = db_query(call, &scheduling_select_local_time, &time.base, &rows);
    if (status != STATUS_OK)
        return status;
    snprintf(local, LOCAL_CHARS + 1, "%s", PQgetvalue(rows, 0, 0));
    return STATUS_OK;
}

/* ---- masks ---- */

Google__Protobuf__FieldMask *scheduling_mask_new(struct call *call, const char *const *names,
                                                 size_t count)
{
    Google__Protobuf__FieldMask *mask = wire_new(call, &google__protobuf__field_mask__descriptor);

    mask->paths = mem_copy(call, names, count * sizeof *names);
    mask->n_paths = count;
    return mask;
}
