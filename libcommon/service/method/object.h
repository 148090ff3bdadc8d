/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - what commands on stored objects share: update under a mask, one step of a life cycle
 *
 * Both load the object under the street's lock, check the revision that the caller read, change it
 * in memory and queue the whole row. A handler that has more to ask before uses the two steps that
 * they consist of, object_stage_… and object_store: a refusal after a statement that writes takes
 * back the whole batch, one before costs nobody anything. How objects are stored says columns.h. An
 * object has the fields create_time, update_time and revision, which these functions set.
 */
#pragma once

#include "libcommon/service/database/columns.h"
#include "libcommon/service/database/statement.h"
#include "libcommon/service/method/method.h"

/* One cell of a life cycle; tables end with a zero row. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows are read in this order */
struct transition {
    int from; /* ANY_STATUS: every status but `to` */
    int action, to;
    const struct permission *may; /* NOBODY: only the server itself does it, see object_step */
    bool reason_required;
    const char *why; /* for people and for the diagram */
};
enum { ANY_STATUS = -1 };

/* The object has a field `status`. A status that no cell leaves is final: the object changes no
 * more. */
struct life_cycle {
    const struct transition *table;
    const ProtobufCEnumDescriptor *statuses, *actions;
};

/* OBJECT(unit, registry__unit__descriptor, .noun = "unit", …): unit_object and its statements, see
 * columns.h. */
#define OBJECT(o, descriptor, ...)                                                                 \
    OBJECT_SELECT(o, descriptor);                                                                  \
    OBJECT_INSERT(o, descriptor);                                                                  \
    OBJECT_UPDATE(o, descriptor);                                                                  \
    const struct object o##_object = {.of = &(descriptor),                                         \
                                      .select = &o##_select,                                       \
                                      .insert = &o##_insert,                                       \
                                      .update = &o##_update,                                       \
                                      __VA_ARGS__}
#define OBJECT_SELECT(o, descriptor)                                                               \
    SHARED_STATEMENT(o##_select, .sql = "SELECT {columns} FROM {table} WHERE {key}",               \
                     .object = &o##_object, .of = &(descriptor),                                   \
                     .one_row = {STATUS_NOT_FOUND, .rule = "exists"})
#define OBJECT_INSERT(o, descriptor)                                                               \
    STATEMENT(o##_insert, .sql = "INSERT INTO {table} ({names}) VALUES ({values})",                \
              .object = &o##_object, .of = &(descriptor))
#define OBJECT_UPDATE(o, descriptor)                                                               \
    SHARED_STATEMENT(o##_update, .sql = "UPDATE {table} SET {changes} WHERE {key}",                \
                     .object = &o##_object, .of = &(descriptor))

/* Stores a new object, whose id and status are set. */
void object_insert(struct call *call, const struct object *type, ProtobufCMessage *object);

/* Loads the object of from's id, copies the fields under the mask where they differ, and stores it.
 * *ret_changed are the fields that did; with none nothing is stored. `object` is new and gets the
 * state after the change. NOT_FOUND on "unit.unit_id", ABORTED on "unit.revision",
 * FAILED_PRECONDITION on "unit.status" (final). */
enum status object_update(struct call *call, const struct object *type,
                          const ProtobufCMessage *from, const Google__Protobuf__FieldMask *mask,
                          ProtobufCMessage *object,
                          Google__Protobuf__FieldMask **ret_changed) MUST_CHECK;

/* The same without storing it: that is object_store's, where *ret_changed names a field. */
enum status object_stage_update(struct call *call, const struct object *type,
                                const ProtobufCMessage *from,
                                const Google__Protobuf__FieldMask *mask, ProtobufCMessage *object,
                                Google__Protobuf__FieldMask **ret_changed) MUST_CHECK;

/* What a request of ChangeX says beside the id. */
struct change {
    int action;
    const char *reason;
    uint32_t revision;
};

/* Takes a step without asking who may: for timers, and for handlers of other objects' methods ("an
 * agreement came into force"). `object` is loaded, under the street's lock; it is changed and
 * stored. FAILED_PRECONDITION on "action" where the table has no such cell. */
enum status object_step(struct call *call, const struct object *type, int action,
                        ProtobufCMessage *object) MUST_CHECK;

/* Loads the object whose id is set in `object`. NOT_FOUND on `field`. */
enum status object_load(struct call *call, const struct object *type, const char *field,
                        ProtobufCMessage *object) MUST_CHECK;

/* The same at the revision that the request read, to be changed: ABORTED on "revision",
 * FAILED_PRECONDITION on "status" (final) as well. */
enum status object_open(struct call *call, const struct object *type, uint32_t revision,
                        ProtobufCMessage *object) MUST_CHECK;

/* Stores a loaded object that the caller changed, one revision later. */
void object_store(struct call *call, const struct object *type, ProtobufCMessage *object);

/* Loads the object, whose id is set, takes the step that `change` names, and stores it. NOT_FOUND
 * on the id, ABORTED on "revision", FAILED_PRECONDITION or PERMISSION_DENIED on "action",
 * INVALID_ARGUMENT on "reason". */
enum status object_change(struct call *call, const struct object *type, const struct change *change,
                          ProtobufCMessage *object) MUST_CHECK;

/* The same without storing it: that is object_store's. */
enum status object_stage_change(struct call *call, const struct object *type,
                                const struct change *change, ProtobufCMessage *object) MUST_CHECK;

/* Does the mask name this field? */
bool object_mask_names(const Google__Protobuf__FieldMask *mask, const char *field);
