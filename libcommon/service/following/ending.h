/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.h - what follows for other objects where one ends or pauses
 *
 * A service has a table of ends: a unit withdrew, a resource was paused. An end has a row for each
 * object of the service that points to the one that ended, those that stay as they are included;
 * ops/doc/ends.md is printed from all of them, and a test finds out which are missing.
 *
 * Open things of who ended end; what others hold with them returns to its earlier state; what is
 * final stays; pausing only stops new steps. Where something has to be done the row finds the
 * objects, as many as one command may take, and ends each; a timer of the end's rule does the rest.
 * Until then each object's own later steps look whether what they point to takes part.
 */
#pragma once

#include "libcommon/service/method/method.h"
#include "type_cause.pb-c.h"

struct life_cycle;

enum consequence {
    STAYS,     /* as it is */
    IS_LISTED, /* as it is, for staff to see to */
    WAITS,     /* as it is, and takes no new step meanwhile */
    GOES_ON,   /* without what ended */
    GOES_BACK, /* to its earlier state */
    ENDS,
};

/* Why something is done: what somebody said, and what it followed from. */
struct why {
    const char *reason; /* "" if there is none */
    Type__Cause *cause; /* NULL: somebody did it */
};
#define BECAUSE(text) (&(const struct why){.reason = (text)})

/* One object that points to what ended; tables end with a zero row. */
struct ending {
    const ProtobufCMessageDescriptor *of; /* Claim */
    const char *by;                       /* its field, "lead_unit_id" */
    enum consequence then;
    const char *what; /* for people */
    /* Finds the next of those that are open, ENDING_LIMIT at most; bound to the cause, whose
     * object_id ended. NULL: nothing is left to do, or who ends it does it. */
    const struct db_stmt *open;
    /* Takes the step that takes it out of `open`, and tells it. */
    enum status (*end)(struct call *call, ProtobufCMessage *object, const struct why *why);
};
#define ENDING_LIMIT "LIMIT 100"

/* A status of an object that others point to; a service's table ends with a zero row. */
struct end {
    const char *rule; /* "unit_withdrawn": of the cause; the timer's name */
    const ProtobufCMessageDescriptor *of;
    const char *id; /* its field, "unit_id" */
    int status;
    const struct ending *endings;
};

/* A cause's rule and object, under the call. */
struct why why_ended(struct call *call, const char *rule, const char *object_id,
                     const char *reason);

/* What follows of the object's new status. Nothing, where the service's table does not name it. */
enum status ends_follow(struct call *call, const ProtobufCMessage *object,
                        const char *reason) MUST_CHECK;
/* A reaction (follow.h) to an event that holds such an object, and maybe a reason. */
enum status ends_react(struct call *call) MUST_CHECK;
/* A timer (timer.h), of each rule that has something to do. */
enum status ends_go_on(struct call *call) MUST_CHECK;
