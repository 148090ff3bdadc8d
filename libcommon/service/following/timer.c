/* SPDX-License-Identifier: Apache-2.0 */
/* timer.c - setting and cancelling timers; steward.c fires them */
#include "libcommon/service/following/timer.h"

#include "libcommon/service/database/db_convert.h"

static const struct db_stmt set_timer = {
    .name = "set_timer",
    .sql = "INSERT INTO timer (street, name, subject, due) VALUES ($1, $2, $3, $4)"
           " ON CONFLICT (street, name, subject) DO UPDATE SET due = excluded.due",
};
static const struct db_stmt cancel_timer = {
    .name = "cancel_timer",
    .sql = "DELETE FROM timer WHERE street = $1 AND name = $2 AND subject = $3",
};
const struct db_stmt *const timer_statements[] = {&set_timer, &cancel_timer, NULL};

void timer_set(struct call *call, const char *name, const char *subject,
               const Google__Protobuf__Timestamp *due)
{
    const struct db_param more[] = {param_text(name), param_text(subject), param_time(call, due)};

    db_do_more(call, &set_timer, NULL, more, 3);
}

void timer_cancel(struct call *call, const char *name, const char *subject)
{
    const struct db_param more[] = {param_text(name), param_text(subject)};

    db_do_more(call, &cancel_timer, NULL, more, 2);
}
