/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follower.h - applies the events of other journals to this service's tables, by the rows of follow.h
 *
 * Each event of interest is a call of the service itself, many a batch; each call moves the position from where the
 * one before left it, so after a failure the rest of the batch falls away and nothing is applied out of order or
 * twice. Runs in the steward's thread.
 */
#pragma once

#include "journal_cloud_event.pb-c.h"
#include "libcommon/service/db_slot.h"
#include "libcommon/service/follow.h"

enum {
    JOURNALS_MAX = 8,    /* that a service follows */
    FOLLOW_ROWS_MAX = 2, /* tables of one journal: the runtime's and the service's */
};

/* ---- what a service follows: followers.c ---- */

/* Checks the rows of the service against the contract and exits with the event's name when one is wrong. Call once,
 * after methods_start. */
void followers_start(const struct service *service);

/* The journals that the service follows; the registry's is the first. */
size_t followers_count(void);
const char *followers_source(size_t source);
/* Of a name; followers_count() if it is not followed. */
size_t followers_find(const char *service);
/* What is to be done with a type of event, by each table; NULL: nothing. False if none has it. */
bool followers_rows(size_t source, const char *type, const struct follow *ret[FOLLOW_ROWS_MAX]);
/* Every statement that applying may queue. NULL-terminated, under parent. */
const struct db_stmt *const *followers_statements(const void *parent);
/* Statements that delete a street's copies of one journal, and of all journals. NULL-terminated. */
const struct db_stmt *const *followers_forget(size_t source);
const struct db_stmt *const *followers_forget_all(void);

/* ---- applying: follower.c ---- */

/* How far one street's copy of one journal is. */
struct follower_position {
    int64_t seq, reached; /* seq < reached: made anew, so reactions are not repeated */
};

/* Applies the next events of a street: `events` follow position->seq in order. Moves *position behind what was
 * applied.
 *   OK           all of them
 *   UNAVAILABLE  the database did not take it; later
 *   ABORTED      the position in the database is another one: read it again
 *   NOT_FOUND    the street is not known here (yet) */
enum status follower_apply(struct db_slot *slot, const char *street, size_t source,
                           Journal__CloudEvent *const *events, size_t count,
                           struct follower_position *position) MUST_CHECK;

/* For followers.c. */
void follower_start(const struct service *service);
extern const struct db_stmt *const follower_statements[];
