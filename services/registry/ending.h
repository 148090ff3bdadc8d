/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.h - what ends together with something else: a unit's agreements when it withdraws, a
 * person's roles when they leave
 *
 * The handler that ends the one thing runs a table of those that depend on it, in its own command:
 * each gets its step and its event, with the same reason.
 */
#pragma once

#include "services/registry/contract.h"

/* One sort of dependents; tables end with a zero row. */
struct ending {
    const struct db_stmt *select; /* bound to what ended, finds those that still live */
    const ProtobufCMessageDescriptor *type;
    /* takes the step and tells it */
    enum status (*end)(struct call *call, ProtobufCMessage *object, const char *reason);
};

/* Waits once for each row of the table. */
enum status end_with(struct call *call, const struct ending *table, const ProtobufCMessage *ended,
                     const char *reason) MUST_CHECK;
