/* SPDX-License-Identifier: Apache-2.0 */
/* timer.c - setting and cancelling timers; steward.c fires them */
#include "libcommon/service/following/timer.h"

#include "libcommon/service/database/convert.h"

STATEMENT(set_timer,
          .sql = "INSERT INTO timer (street, name, subject, due, note, causation, traceparent)"
                 " VALUES (:street, :name, :subject, :due, :note, :causation, :traceparent)"
                 " ON CONFLICT (street, name, subject)"
                 " DO UPDATE SET due = excluded.due, note = excluded.note,"
                 " causation = excluded.causation, traceparent = excluded.traceparent",
          .with = "name, subject, due, note, causation, traceparent");
STATEMENT(cancel_timer,
          .sql = "DELETE FROM timer WHERE street = :street AND name = :name"
                 " AND subject = :subject",
          .with = "name, subject");

void timer_set_noting(struct call *call, const char *name, const char *subject,
                      const Google__Protobuf__Timestamp *due, const char *note)
{
    const struct db_param given[] = {
        NAMED(name, param_text(name)),
        NAMED(subject, param_text(subject)),
        NAMED(due, param_time(call, due)),
        NAMED(note, param_text(note)),
        NAMED(causation, param_text(call_causation(call))),
        NAMED(traceparent, param_text(call_traceparent(call))),
    };

    db_do_more(call, &set_timer, NULL, given, 6);
}

void timer_set(struct call *call, const char *name, const char *subject,
               const Google__Protobuf__Timestamp *due)
{
    timer_set_noting(call, name, subject, due, "");
}

void timer_cancel(struct call *call, const char *name, const char *subject)
{
    const struct db_param given[] = {
        NAMED(name, param_text(name)),
        NAMED(subject, param_text(subject)),
    };

    db_do_more(call, &cancel_timer, NULL, given, 2);
}
