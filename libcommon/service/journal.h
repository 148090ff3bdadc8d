/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - what happened, in order
 *
 * Each service has a journal per street: gapless sequence numbers from 1, insert-only. A command
 * appends with journal_append; its batch numbers and stores the events in the transaction of the
 * change.
 */
#pragma once

#include "libcommon/service/call.h"
#include "libcommon/service/db.h"
#include "journal_cloud_event.pb-c.h"
#include "libcommon/service/method.h"

/* Appends an event about the object with this id; the event is packed at once, so it may be on the
 * stack. */
enum status journal_append(struct call *call, const char *subject,
                           const ProtobufCMessage *event) MUST_CHECK;

/* JournalService, served by every service for its own journal. */
extern const struct methods journal_methods;

/* ---- for the runtime ---- */

/* Queues the insert of the OK calls' events behind `head`, in the order of the calls. */
void journal_queue(struct db *db, const void *parent, const char *street, int64_t head,
                   struct call *const *calls, size_t count);
extern const struct db_stmt *const journal_statements[];

/* A row with JOURNAL_COLUMNS as a CloudEvent under parent; *ret_seq is its number. */
#define JOURNAL_COLUMNS "seq, id, type, subject, time, actor, traceparent, data"
Journal__CloudEvent *journal_event(const void *parent, const char *service, const char *street,
                                   const PGresult *rows, int row, int64_t *ret_seq);
