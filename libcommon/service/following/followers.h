/* SPDX-License-Identifier: Apache-2.0 */
/* followers.h - the journals that a service follows, and its rows (follow.h) for their events */
#pragma once

#include "libcommon/service/database/db.h"
#include "libcommon/service/following/follow.h"
#include "libcommon/service/method/method.h"

enum {
    JOURNALS_MAX = 8,    /* that a service follows */
    FOLLOW_ROWS_MAX = 2, /* tables of one journal: the runtime's and the service's */
};

/* Checks the rows of the service against the contract and exits with the event's name when one is
 * wrong. */
void followers_start(const struct service *service);

/* The journals that the service follows; the registry's is the first. */
size_t followers_count(void);
const char *followers_source(size_t source);
/* Of a name; followers_count() if it is not followed. */
size_t followers_find(const char *service);
/* What is to be done with a type of event, by each table; NULL: nothing. False if none has it. */
bool followers_rows(size_t source, const char *type, const struct follow *ret[FOLLOW_ROWS_MAX]);
/* Deletes the street's copies of a journal. */
void followers_forget(struct call *call, size_t source);
