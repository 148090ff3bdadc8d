/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - what happened, in order
 *
 * Each service has a journal per street: gapless sequence numbers from 1, insert-only. A command
 * appends with journal_append; its batch numbers and stores the events in the transaction of the
 * change.
 */
#pragma once

#include "libcommon/service/call/call.h"
#include "libcommon/service/database/db.h"
#include "journal_cloud_event.pb-c.h"
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
    const char *id, *type, *subject;
    int64_t time_us; /* since 1970 */
    const char *actor;
    const char *traceparent; /* "": none */
    ProtobufCBinaryData data;
};

/* The events of those calls that were done now, numbered behind `head` in the order of the calls.
 * They point into the calls; the array is parent's. */
struct journal_entry *journal_entries(const void *parent, int64_t head, struct call *const *calls,
                                      size_t count, size_t *ret_count);
/* Queues their insert. */
void journal_queue(struct db *db, const void *parent, const char *street,
                   const struct journal_entry *entries, size_t count);

/* Reads a row with JOURNAL_COLUMNS. It points into rows and parent. */
#define JOURNAL_COLUMNS "seq, id, type, subject, time, actor, traceparent, data"
struct journal_entry journal_entry_read(const void *parent, const PGresult *rows, int row);

/* As a CloudEvent under parent, which points into the entry. */
Journal__CloudEvent *journal_event(const void *parent, const char *service, const char *street,
                                   const struct journal_entry *entry);
