/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber.h - every event of a street's journals, in order, each once, across restarts
 *
 * Live events come from every broker at once (listener.h) and are the fast path only. Events that
 * they lack are read from the journal (JournalService/Read): at the start from the cursor, and
 * whenever a sequence number is missing or no heartbeat came for 3 s. A number already seen is
 * dropped. Each event names the one before it, and each reading its position's event: a journal
 * that was restored from a backup and does not hold what was read of it ends the subscription,
 * whether its numbers are smaller or larger. Where retention took events away that were asked for,
 * the numbers jump, with a line in the log. One thread, the client's.
 */
#pragma once

#include "journal_cloud_event.pb-c.h"
#include "libcommon/bus/client.h"

struct subscriber;

struct subscriber_options {
    const char *street;
    const char *const *services; /* journals to follow, ends with NULL: {"registry", NULL} */
    const char *cursor;          /* name of a server-side cursor, or NULL for none */
    int64_t after_seq;    /* start behind this number when there is no cursor; -1: at the head,
                          as the first heartbeat or live event tells it */
    const char *after_id; /* id of that event; NULL: not known, so that nobody can tell whether it
                             is still the journal that had it */
};

struct subscriber_event {
    const char *service; /* whose journal */
    int64_t seq;
    const Journal__CloudEvent *event;
    ProtobufCBinaryData bytes; /* the CloudEvent as it came */
};

/* client is borrowed: the subscriber reads journals and moves cursors with it, beside requests of
 * the caller's own. options are copied. NULL with a log line when brokers cannot be read. Ends with
 * talloc_free, before the client does. */
struct subscriber *subscriber_new(const void *parent, void *zmq_context, struct client *client,
                                  const char *brokers, const struct certificate *own,
                                  struct broker_keys *broker_keys,
                                  const struct subscriber_options *options);

/* Waits up to wait_ms (-1: for ever) for the next event, a child of parent. Services take turns.
 *   NOT_FOUND            none came; if subscriber_caught_up, there is none
 *   ABORTED              permanently: another subscriber moves this cursor; or, if
 *                        subscriber_of_other_history, the journal is not the one that was read
 *   UNAVAILABLE          wait_ms ended while a journal could not be read, also because a clock here or
 *                        there is wrong (with a line in the log); it goes on by itself
 *   FAILED_PRECONDITION  a service does not know the street (yet)
 *   PERMISSION_DENIED …  what a journal answered; it is asked again after 1 s. Or what every broker that is there says
 *                        to our following, UNAUTHENTICATED where it refuses the certificate: told once; they are
 *                        asked again every few seconds, and meanwhile events come from the journal, if that may be
 *                        read */
enum status subscriber_next(struct subscriber *subscriber, const void *parent, int wait_ms,
                            struct subscriber_event *ret) MUST_CHECK;

/* Says that the event was handled, so that the cursor may move there. It moves at the server at
 * most once a second and in subscriber_flush; after a crash the events since come again. */
void subscriber_done(struct subscriber *subscriber, const struct subscriber_event *event);
enum status subscriber_flush(struct subscriber *subscriber) MUST_CHECK;

/* The journal does not hold what was handed over, or what the cursor or after_id name. What was
 * made of it must be rebuilt, from the start or from a position that the journal still has. */
bool subscriber_of_other_history(const struct subscriber *subscriber);

/* Returns the notices since the last call, ORed: what happened that an event cannot tell. Each
 * is in the log, too. */
enum subscriber_notice {
    /* the cursor came with a backup: events that were handled behind it may be in the journal no
     * more */
    SUBSCRIBER_CURSOR_RESTORED = 1,
    /* a service refuses requests for their age: its clock or ours is wrong; it goes on when it is
     * right */
    SUBSCRIBER_CLOCK_OFF = 2,
    /* the journal does not reach back to where we were: events are missing */
    SUBSCRIBER_GAP = 4,
};
unsigned subscriber_take_notices(struct subscriber *subscriber);

/* True if everything up to the heads known by now was returned. */
bool subscriber_caught_up(const struct subscriber *subscriber);
