/* SPDX-License-Identifier: Apache-2.0 */
/* grants.h - the roles that actors hold in a street, for calls whose certificate does not say
 * everything (authority.h) */
#pragma once

#include <libpq-fe.h>

#include "libcommon/service/call/call.h"

/* Queues one read of the roles of all actors of these calls, which are of one street. False: none
 * depends on them. */
bool grants_queue(struct db *db, const void *parent, const Google__Protobuf__Timestamp *now,
                  struct call *const *calls, size_t count);
/* Gives each call that depends on them its actor's. */
void grants_hand_out(struct call *const *calls, size_t count, const PGresult *grants);
/* Both at once, where roles changed since: waits for all that is queued. Nothing is handed out when
 * the pipeline broke. */
void grants_renew(struct db *db, const void *parent, const Google__Protobuf__Timestamp *now,
                  struct call *const *calls, size_t count);
