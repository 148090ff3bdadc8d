/* SPDX-License-Identifier: Apache-2.0 */
/* bed_notification.h - a bed of notification, which hears of events that the test makes up */
#pragma once

#include "bed.h"

struct happening {
    const char *type; /* "selection.v1.NeedRaised" */
    const char *json;
    const char *actor, *id; /* of the event; NULL: somebody, and a new one */
    const char *causation;  /* NULL: the event itself */
    const char *subject;    /* NULL: "the object" */
};

/* The next event of its journal comes by; it must be taken. */
void bed_happens(struct bed *bed, struct happening what);
void bed_happens_with(struct bed *bed, const struct happening *what, const ProtobufCMessage *data);

/* The titles of the newest message in the inbox. */
void bed_assert_title(struct bed *bed, const char *holder, const char *zh, const char *en);
