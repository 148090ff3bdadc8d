/* SPDX-License-Identifier: Apache-2.0 */
/* object.h - what commands on stored objects share: load, update under a mask, life cycle */
#pragma once

#include "method.h"

/* How an object of one type is found and named. */
struct object {
    const struct db_stmt *select; /* binds its id; at most one row */
    const char *id;               /* the id's field: "unit_id" */
    const char *noun;             /* "unit" */
};

/* Loads into `object`, whose id is set, the rest of its fields. No row: NOT_FOUND on
 * "<path>unit_id"; another revision than the one the caller read (0: any): ABORTED on
 * "<path>revision". path is "" or "unit.". */
enum status object_load(struct call *call, const struct object *type, const char *path,
                        uint32_t revision, ProtobufCMessage *object) MUST_CHECK;

/* Copies the fields under the mask from `from` where they differ and returns the mask of those that
 * did (no paths: nothing changed). Both messages are of one type; rules have checked the mask. */
Google__Protobuf__FieldMask *object_update(struct call *call, ProtobufCMessage *object,
                                           const ProtobufCMessage *from,
                                           const Google__Protobuf__FieldMask *mask);

/* One cell of a life cycle; tables end with a zero row. */
struct transition {
    int from; /* ANY_STATUS: every status but `to` */
    int action, to;
    uint32_t may; /* ROLE_BITs; NOBODY: only the server itself does it */
    bool reason_required;
    const char *why; /* for people and for the diagram */
};
enum { ANY_STATUS = -1, NOBODY = 0 };

struct life_cycle {
    const struct transition *table;
    const ProtobufCEnumDescriptor *statuses, *actions;
};

/* The cell of `action` in status `from`; else FAILED_PRECONDITION on "action", PERMISSION_DENIED on
 * "action", or INVALID_ARGUMENT on "reason". */
enum status life_cycle_find(struct call *call, const struct life_cycle *cycle, int from, int action,
                            const char *reason, const struct transition **ret) MUST_CHECK;
