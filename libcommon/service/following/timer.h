/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.h - what a service does by itself when its time has come
 *
 * A timer is a row (street, name, subject, due): it is set and cancelled in a command's
 * transaction, and fires as a command of the service itself within about a second of its time, or
 * as soon after as a process runs. Firing deletes the row in the handler's transaction, so it
 * happens once; a handler may set the timer again. What it does follows from the request that set
 * the timer (causationid), and is part of its trace.
 */
#pragma once

#include "libcommon/service/method/method.h"

/* What a timer's name stands for; a service's list ends with a zero row. Names stand in the
 * database: they stay. */
struct timer {
    const char *name; /* "agreement_lapse" */
    /* call->source.timer is name, subject and note, call->request NULL. The object may have changed
     * since: the handler looks, and says OK when there is nothing to do. */
    enum status (*fire)(struct call *call);
};

/* Sets the timer; one with this name and subject moves. Handlers only. */
void timer_set(struct call *call, const char *name, const char *subject,
               const Google__Protobuf__Timestamp *due);
/* The same with a note: what the handler has to know beside the subject. It stands in the database,
 * so no name and no phone. */
void timer_set_noting(struct call *call, const char *name, const char *subject,
                      const Google__Protobuf__Timestamp *due, const char *note);
void timer_cancel(struct call *call, const char *name, const char *subject);
