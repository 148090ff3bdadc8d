/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.h - what a service takes from the journals of others
 *
 * A follower keeps a small copy of what it needs of another service's objects, and reacts to what
 * happened there. It applies events in order, in batches of the street like any command, and moves
 * its position in the same transaction: an event is applied once, whatever dies meanwhile.
 * Positions stand in the table `follower`.
 *
 * Rebuilt by command (JournalService/Rebuild): the copies are deleted and the journal is read
 * from the start; reactions are not repeated.
 *
 * Every service but the registry follows the registry's streets and role grants by itself
 * (streams.c).
 */
#pragma once

#include "libcommon/service/method/method.h"

/* What to do with one type of event; types that have no row are passed over. */
struct follow {
    const ProtobufCMessageDescriptor *event;

    /* A copy: `copy` is bound to the event's message field `part` ("unit"). It must be an insert
     * that updates where the stored revision is smaller, since a rebuild applies old events
     * again. */
    const char *part;
    const struct db_stmt *copy;

    /* And, or, a reaction, done once ever: call->request is the event, call->source.event says
     * where it stood. It may queue statements, append events to the own journal and set timers.
     * When it refuses, or a constraint does, the position moves on and the own journal says so
     * (FollowRefused). */
    enum status (*react)(struct call *call);
};

/* One journal; a service's list ends with a zero row. */
struct followed {
    const char *service;         /* "registry" */
    const struct follow *events; /* ends with a zero row */
    /* delete the street's copies, see FORGET: one for each table that they stand in; NULL if there
     * are none */
    const struct db_stmt *const *forget;
};
#define FORGET(...) ((const struct db_stmt *const[]){__VA_ARGS__, NULL})
