/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - what happened, in order
 *
 * Each service has a journal per street: gapless sequence numbers from 1, insert-only. A command
 * appends with journal_append; its batch numbers and stores the events in the transaction of the
 * change.
 */
#pragma once

#include "journal_cloud_event.pb-c.h"
#include "libcommon/base/point.h"
#include "libcommon/service/call/call.h"
#include "libcommon/service/database/db.h"
#include "libcommon/service/method/method.h"

/* Appends an event about the object with this id; the event is packed at once, so it may be on the
 * stack. */
enum status journal_append(struct call *call, const char *subject,
                           const ProtobufCMessage *event) MUST_CHECK;

/* JournalService, served by every service for its own journal. */
extern const struct methods journal_methods;

/* ---- for the runtime ---- */

/* One event in its place. What the members point to belongs to whoever made the entry. */
struct journal_entry {
    int64_t seq;
    const char *id, *predecessor; /* predecessor: id of the event before it; "" of the first */
    const char *type, *subject;
    int64_t time_us; /* since 1970 */
    const char *actor;
    const char *traceparent; /* "": none */
    const char *causation;   /* id of the request that it follows from; "": of a version before */
    ProtobufCBinaryData data;
};

/* The events of those calls that were done now, numbered behind `head` in the order of the calls.
 * They point into the calls and the parent, whose the array is. */
struct journal_entry *journal_entries(const void *parent, const struct point *head,
                                      struct call *const *calls, size_t count, size_t *ret_count);
/* Where a journal stands behind count entries that follow `head`. */
struct point journal_tail(const struct point *head, const struct journal_entry *entries,
                          size_t count);
/* Queues their insert. */
void journal_queue(struct db *db, const void *parent, const char *street,
                   const struct journal_entry *entries, size_t count);

/* ---- pages ---- */

/* Of a packed event as a CloudEvent: what stands around data, subject, actor, traceparent and
 * twice the type, the causation included, at most; and what all the rest of the event but its
 * data is, at most. */
#define JOURNAL_FRAME_BYTES 460
enum { JOURNAL_ENVELOPE_BYTES_MAX = 1024 };
/* Of a page. A single event fits, see journal.c. */
#define JOURNAL_PAGE_BYTES 200000

#define JOURNAL_DIGITS_OF(number) #number
#define JOURNAL_DIGITS(number) JOURNAL_DIGITS_OF(number)

/* SQL of the events behind :after_seq: at most so many, and as many as a page holds. Before them
 * comes the event at :after_seq, without its data; where the journal ends earlier it is the last
 * one, and where it begins later there is none. Nothing is read of data that does not fit. */
#define JOURNAL_PAGE(limit)                                                                        \
    "SELECT seq, id, type, subject, time, actor, traceparent, causation,"                          \
    " CASE WHEN seq > :after_seq THEN data ELSE '' END AS data FROM (SELECT *, sum(CASE WHEN seq " \
    "> :after_seq THEN"                                                                            \
    " octet_length(data) + octet_length(subject) + octet_length(actor) + octet_length("            \
    "traceparent) + 2 * octet_length(type) + " JOURNAL_DIGITS(                                     \
        JOURNAL_FRAME_BYTES) " ELSE 0 END) OVER (ORDER BY seq) AS bytes"                           \
                             " FROM (SELECT * FROM journal WHERE street = :street AND seq >= "     \
                             "least(:after_seq,"                                                   \
                             " (SELECT seq FROM journal WHERE street = :street ORDER BY seq DESC " \
                             "LIMIT 1))"                                                           \
                             " ORDER BY seq LIMIT " limit " + 1) AS longer) AS summed"             \
                             " WHERE bytes <= " JOURNAL_DIGITS(JOURNAL_PAGE_BYTES) " ORDER BY seq"

#define JOURNAL_PAGE_COLUMNS 9

struct journal_page {
    struct point before; /* the event that comes before them; {0} where there is none */
    struct journal_entry *entries;
    size_t count;
};

/* Reads rows of JOURNAL_PAGE. The page points into rows and parent. */
struct journal_page journal_page_read(const void *parent, const PGresult *rows, int64_t after_seq);

/* Does a journal hold this position that has `there` at its number, or where it ends before it? Of
 * what is unknown nobody can tell: true. */
bool journal_holds(const struct point *position, const struct point *there);

/* As a CloudEvent under parent, which points into the entry. */
Journal__CloudEvent *journal_event(const void *parent, const char *service, const char *street,
                                   const struct journal_entry *entry);
