/* SPDX-License-Identifier: Apache-2.0 */
/* advance.c - what becomes of a published activity by itself */
#include "services/scheduling/advance.h"

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/activity/cancelling.h"
#include "services/scheduling/activity/series.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"

#define STATUS(name) SCHEDULING__ACTIVITY_STATUS__ACTIVITY_STATUS_##name
#define ACTION(name) SCHEDULING__ACTIVITY_ACTION__ACTIVITY_ACTION_##name

enum { EXTEND_SECONDS = 30 * 24 * 60 * 60 }; /* how often a long series gets its next dates */

#define DATES "FROM scheduling.occurrence WHERE street = :street AND activity_id = :activity_id"

STATEMENT(select_span,
          .sql =
              "SELECT coalesce((SELECT original_start_local " DATES
              " ORDER BY original_start_local DESC LIMIT 1), '') AS last, (SELECT start_time " DATES
              " AND status = 'SCHEDULED' ORDER BY start_time LIMIT 1) AS first_start,"
              " (SELECT max(end_time) " DATES " AND status = 'SCHEDULED') AS last_end",
          .of = &scheduling__activity__descriptor);

/* What stands of the activity's dates; times are NULL where all of them are cancelled. */
struct span {
    const char *last; /* original start */
    const Google__Protobuf__Timestamp *first_start, *last_end;
};

static const Google__Protobuf__Timestamp *time_column(struct call *call, const PGresult *rows,
                                                      const char *name)
{
    int column = PQfnumber(rows, name);

    return PQgetisnull(rows, 0, column) ? NULL
                                        : timestamp_new(call, column_unix_us(rows, 0, column));
}

static enum status read_span(struct call *call, const Scheduling__Activity *activity,
                             struct span *ret)
{
    const PGresult *rows;
    enum status status = db_query(call, &select_span, &activity->base, &rows);

    if (status != STATUS_OK)
        return status;
    ret->last = column_text(call, rows, 0, PQfnumber(rows, "last"));
    ret->first_start = time_column(call, rows, "first_start");
    ret->last_end = time_column(call, rows, "last_end");
    return STATUS_OK;
}

static enum status take_step(struct call *call, Scheduling__Activity *activity,
                             Scheduling__ActivityAction action)
{
    enum status status = object_step(call, &activity_object, (int)action, &activity->base);

    return status == STATUS_OK ? activity_say_changed(call, activity, action, "") : status;
}

/* Its dates were cancelled one by one: nothing took place. */
static enum status call_off(struct call *call, Scheduling__Activity *activity)
{
    const struct why why = why_ended(call, "dates_cancelled", activity->activity_id, "");

    return activity_end(call, &activity->base, &why);
}

/* For the first moment at which there is something to do again. */
static void set_timer(struct call *call, const Scheduling__Activity *activity,
                      const struct span *span, bool goes_on)
{
    const Google__Protobuf__Timestamp *due = span->last_end;

    if (goes_on)
        due = timestamp_new(call, (call->now->seconds + EXTEND_SECONDS) * INT64_C(1000000));
    if (activity->status == STATUS(PUBLISHED) && span->first_start &&
        scheduling_time_compare(span->first_start, due) < 0)
        due = span->first_start;
    timer_set(call, ADVANCE_TIMER, activity->activity_id, due);
}

/* Makes the dates that have come within reach; no more than that changes the span. */
static enum status extend(struct call *call, Scheduling__Activity *activity, struct span *span,
                          bool *ret_goes_on)
{
    struct series series;
    enum status status = series_plan(call, activity, span->last, &series);

    if (status == STATUS_OK)
        status = series_check(call, activity, &series);
    if (status == STATUS_OK)
        status = series_make(call, &series);
    if (status != STATUS_OK)
        return status;
    *ret_goes_on = series.goes_on;
    return series.count > 0 ? read_span(call, activity, span) : STATUS_OK;
}

enum status activity_advance(struct call *call)
{
    Scheduling__Activity *activity = wire_new(call, &scheduling__activity__descriptor);
    struct span span;
    bool goes_on;

    activity->activity_id = (char *)call->source.timer->subject;
    enum status status = object_load(call, &activity_object, "activity_id", &activity->base);
    if (status != STATUS_OK ||
        (activity->status != STATUS(PUBLISHED) && activity->status != STATUS(ONGOING)))
        return status;
    status = read_span(call, activity, &span);
    if (status == STATUS_OK)
        status = extend(call, activity, &span, &goes_on);
    if (status == STATUS_OK && activity->status == STATUS(PUBLISHED) && span.first_start &&
        scheduling_is_past(call, span.first_start))
        status = take_step(call, activity, ACTION(START));
    if (status != STATUS_OK)
        return status;
    if (!goes_on && !span.last_end)
        return call_off(call, activity);
    if (!goes_on && scheduling_is_past(call, span.last_end))
        return take_step(call, activity, ACTION(COMPLETE));
    set_timer(call, activity, &span, goes_on);
    return STATUS_OK;
}

void activity_advance_soon(struct call *call, const char *activity_id)
{
    timer_set(call, ADVANCE_TIMER, activity_id, call->now);
}
