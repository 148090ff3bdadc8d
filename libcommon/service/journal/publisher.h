/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher.h - what a process tells every broker of its service's journal: hints, events,
 * heartbeats
 *
 * Whoever commits tells it. A hint goes out always. The events themselves go out at once while this
 * process's relay is the active one and everything before them is out, without a way back through
 * the database; else the relay reads them from the journal. So they leave in order and, from one
 * process, once. Any thread may call; one mutex.
 */
#pragma once

#include "libcommon/bus/broker_keys.h"
#include "libcommon/service/journal/journal.h"

struct publisher;

/* brokers: "host:port,host:port", as in process.h. */
struct publisher *publisher_new(void *zmq_context, const char *service, const char *brokers,
                                const struct certificate *own, struct broker_keys *broker_keys);
void publisher_destroy(struct publisher **publisher);

/* Looks after the connections, tells again what was told while a broker was away, and says hello to
 * every broker once a second: to be called a few times a second by a thread that waits for nothing,
 * whether this process publishes or not. */
void publisher_keep(struct publisher *publisher);

/* A transaction is committed that added entries behind `head`, count of them. With 0 of them it
 * only says that the journal may have been at `head` for a while and nobody was told. */
void publisher_tell(struct publisher *publisher, const char *street, const struct point *head,
                    const struct journal_entry *entries, size_t count);

/* ---- for the relay ---- */

/* A street whose events up to `sent` are out, while its journal goes to `head`. */
struct behind {
    char street[64];
    struct point sent, head;
    char incarnation[ID_CHARS + 1]; /* of the journal, for heartbeats; "": its first */
};

/* Before publisher_start: the street's events up to head are no business of this lead. After it:
 * there are events up to head. */
void publisher_see(struct publisher *publisher, const char *street, const struct point *head);
void publisher_set_incarnation(struct publisher *publisher, const char *street,
                               const char *incarnation);
/* And hints that heads of every street are to be looked at. */
void publisher_start(struct publisher *publisher);
void publisher_stop(struct publisher *publisher); /* and forgets the streets */

/* Streets that are behind, those first that were not asked for lately; how many, at most max. */
size_t publisher_behind(struct publisher *publisher, struct behind *ret, size_t max);
/* Publishes events of the journal, as far as they follow on what is out; passes over those that
 * are. */
void publisher_publish(struct publisher *publisher, const char *street,
                       const struct journal_entry *entries, size_t count);
/* The journal was read to its end, and `behind` promised more: unless more was seen since, there is
 * none. */
void publisher_settle(struct publisher *publisher, const struct behind *behind);
/* Of every street: how far its events are out. */
void publisher_beat(struct publisher *publisher);
