/* SPDX-License-Identifier: Apache-2.0 */
/* object.c - what commands on stored objects share */
#include "object.h"

#include <assert.h>
#include <string.h>

#include "mem.h"
#include "types.h"

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    assert(field);
    return field;
}

static uint32_t revision_of(const ProtobufCMessage *object)
{
    return *(const uint32_t *)((const char *)object + field_of(object, "revision")->offset);
}

enum status object_load(struct call *call, const struct object *type, const char *path,
                        uint32_t revision, ProtobufCMessage *object)
{
    const PGresult *rows;
    enum status status = db_query(call, type->select, object, &rows);

    if (status != STATUS_OK)
        return status;
    if (PQntuples(rows) == 0)
        return call_fail(call, STATUS_NOT_FOUND, mem_printf(call, "%s%s", path, type->id), "exists",
                         "no such %s in this street", type->noun);
    db_row(call, type->select, rows, 0, object);
    if (revision && revision != revision_of(object))
        return call_fail(call, STATUS_ABORTED, mem_printf(call, "%srevision", path), "stale",
                         "the %s was changed since it was read: it is at revision %u", type->noun,
                         revision_of(object));
    return STATUS_OK;
}

/* ---- update ---- */

static bool same_bytes(const void *parent, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    ProtobufCBinaryData packed_a = a ? wire_pack(parent, a) : (ProtobufCBinaryData){0};
    ProtobufCBinaryData packed_b = b ? wire_pack(parent, b) : (ProtobufCBinaryData){0};

    return packed_a.len == packed_b.len &&
           (packed_a.len == 0 || memcmp(packed_a.data, packed_b.data, packed_a.len) == 0);
}

/* Objects hold strings, enums, integers, booleans and messages that do not repeat. */
static bool copy_field(struct call *call, void *to, const void *from,
                       const ProtobufCFieldDescriptor *field)
{
    assert(field->label != PROTOBUF_C_LABEL_REPEATED);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        if (strcmp(*(char *const *)to, *(char *const *)from) == 0)
            return false;
        *(char **)to = *(char *const *)from;
        return true;
    case PROTOBUF_C_TYPE_MESSAGE: {
        ProtobufCMessage *const *new = from;
        if (same_bytes(call, *(ProtobufCMessage *const *)to, *new))
            return false;
        *(ProtobufCMessage **)to = *new;
        return true;
    }
    default: {
        bool wide = field->type == PROTOBUF_C_TYPE_INT64 || field->type == PROTOBUF_C_TYPE_UINT64;
        size_t size = wide ? sizeof(int64_t) : sizeof(int32_t);
        if (memcmp(to, from, size) == 0)
            return false;
        memcpy(to, from, size);
        return true;
    }
    }
}

Google__Protobuf__FieldMask *object_update(struct call *call, ProtobufCMessage *object,
                                           const ProtobufCMessage *from,
                                           const Google__Protobuf__FieldMask *mask)
{
    Google__Protobuf__FieldMask *changed =
        wire_new(call, &google__protobuf__field_mask__descriptor);

    changed->paths = mem_array(call, char *, mask->n_paths);
    for (size_t i = 0; i < mask->n_paths; i++) {
        const ProtobufCFieldDescriptor *field = field_of(object, mask->paths[i]);
        if (copy_field(call, (char *)object + field->offset, (const char *)from + field->offset,
                       field))
            changed->paths[changed->n_paths++] = mask->paths[i];
    }
    return changed;
}

/* ---- life cycle ---- */

static enum status refuse_transition(struct call *call, const struct life_cycle *cycle, int from,
                                     int action)
{
    return call_fail(call, STATUS_FAILED_PRECONDITION, "action", "life_cycle",
                     "%s is not possible while it is %s", types_enum_name(cycle->actions, action),
                     types_enum_name(cycle->statuses, from));
}

enum status life_cycle_find(struct call *call, const struct life_cycle *cycle, int from, int action,
                            const char *reason, const struct transition **ret)
{
    for (const struct transition *row = cycle->table; row->action; row++) {
        bool fits = row->from == from || (row->from == ANY_STATUS && from != row->to);
        if (row->action != action || !fits)
            continue;
        if (!(row->may & (1u << call->caller->role)))
            return call_fail(call, STATUS_PERMISSION_DENIED, "action", "role",
                             "the caller's role may not %s",
                             types_enum_name(cycle->actions, action));
        if (row->reason_required && !reason[0])
            return call_fail(call, STATUS_INVALID_ARGUMENT, "reason", "required",
                             "%s needs a reason", types_enum_name(cycle->actions, action));
        *ret = row;
        return STATUS_OK;
    }
    return refuse_transition(call, cycle, from, action);
}
