/* SPDX-License-Identifier: Apache-2.0 */
/* object.c - what commands on stored objects share */
#include "libcommon/service/method/object.h"

#include <assert.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/service/method/authority.h"

static void *member(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    assert(field);
    return (char *)message + field->offset;
}

static uint32_t *revision_of(const ProtobufCMessage *object)
{
    return member(object, "revision");
}

/* ---- load and store ---- */

enum status object_load(struct call *call, const struct object *type, const char *field,
                        ProtobufCMessage *object)
{
    const PGresult *rows;
    enum status status = db_find(call, type->select, object, field, &rows);

    if (status == STATUS_OK)
        db_row(call, type->select, rows, 0, object);
    return status;
}

/* path is "" or "unit.": where id and revision stand in the request. */
static enum status load(struct call *call, const struct object *type, const char *path,
                        uint32_t revision, ProtobufCMessage *object)
{
    const char *field = type->id ? mem_printf(call, "%s%s", path, type->id) : "street";
    enum status status = object_load(call, type, field, object);

    if (status != STATUS_OK)
        return status;
    if (revision == *revision_of(object))
        return STATUS_OK;
    (void)!call_fail(call, STATUS_ABORTED, mem_printf(call, "%srevision", path), "stale",
                     "the %s was changed since it was read: it is at revision %u", type->noun,
                     *revision_of(object));
    return call_add_param(call, (struct violation_param){"revision", *revision_of(object)});
}

static void set_time(ProtobufCMessage *object, const char *field,
                     const Google__Protobuf__Timestamp *time)
{
    *(const Google__Protobuf__Timestamp **)member(object, field) = time;
}

void object_insert(struct call *call, const struct object *type, ProtobufCMessage *object)
{
    set_time(object, "create_time", call->now);
    set_time(object, "update_time", call->now);
    *revision_of(object) = 1;
    db_do(call, type->insert, object);
}

void object_store(struct call *call, const struct object *type, ProtobufCMessage *object)
{
    set_time(object, "update_time", call->now);
    ++*revision_of(object);
    db_do(call, type->update, object);
}

/* ---- update ---- */

static bool is_same(const void *parent, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    if (!a || !b)
        return !a && !b;
    ProtobufCBinaryData bytes_a = wire_pack(parent, a), bytes_b = wire_pack(parent, b);

    return bytes_a.len == bytes_b.len && memcmp(bytes_a.data, bytes_b.data, bytes_a.len) == 0;
}

/* A repeated field of strings or messages is replaced whole. */
static bool copy_entries(struct call *call, ProtobufCMessage *to, const ProtobufCMessage *from,
                         const ProtobufCFieldDescriptor *field)
{
    size_t *count = (size_t *)((char *)to + field->quantifier_offset);
    const size_t new_count = *(const size_t *)((const char *)from + field->quantifier_offset);
    void ***entries = (void ***)((char *)to + field->offset);
    void **new_entries = *(void ***)((const char *)from + field->offset);
    bool same = *count == new_count;

    for (size_t i = 0; same && i < new_count; i++)
        same = field->type == PROTOBUF_C_TYPE_STRING ? strcmp((*entries)[i], new_entries[i]) == 0
                                                     : is_same(call, (*entries)[i], new_entries[i]);
    *count = new_count;
    *entries = new_entries;
    return !same;
}

static bool copy_bytes(void *to, const void *from, size_t size)
{
    if (memcmp(to, from, size) == 0)
        return false;
    memcpy(to, from, size);
    return true;
}

/* True if the field was another one before. */
static bool copy_field(struct call *call, void *to, void *from,
                       const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        if (strcmp(*(char **)to, *(char **)from) == 0)
            return false;
        *(char **)to = *(char **)from;
        return true;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (is_same(call, *(ProtobufCMessage **)to, *(ProtobufCMessage **)from))
            return false;
        *(ProtobufCMessage **)to = *(ProtobufCMessage **)from;
        return true;
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        return copy_bytes(to, from, sizeof(int32_t));
    case PROTOBUF_C_TYPE_INT64:
        return copy_bytes(to, from, sizeof(int64_t));
    default:
        assert(!"objects have no fields of other types");
        return false;
    }
}

static Google__Protobuf__FieldMask *copy_fields(struct call *call, ProtobufCMessage *object,
                                                const ProtobufCMessage *from,
                                                const Google__Protobuf__FieldMask *mask)
{
    Google__Protobuf__FieldMask *changed =
        wire_new(call, &google__protobuf__field_mask__descriptor);

    changed->paths = mem_array(call, char *, mask->n_paths);
    for (size_t i = 0; i < mask->n_paths; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(object->descriptor, mask->paths[i]);
        bool is_new = field->label == PROTOBUF_C_LABEL_REPEATED
                          ? copy_entries(call, object, from, field)
                          : copy_field(call, (char *)object + field->offset,
                                       (char *)from + field->offset, field);
        if (is_new)
            changed->paths[changed->n_paths++] = mask->paths[i];
    }
    return changed;
}

static bool is_final(const struct life_cycle *cycle, int status)
{
    for (const struct transition *row = cycle->table; row->action; row++)
        if (row->from == status || (row->from == ANY_STATUS && row->to != status))
            return false;
    return true;
}

static enum status check_not_final(struct call *call, const struct object *type, const char *path,
                                   const ProtobufCMessage *object)
{
    if (type->life_cycle && is_final(type->life_cycle, *(int *)member(object, "status")))
        return call_fail(call, STATUS_FAILED_PRECONDITION, mem_printf(call, "%sstatus", path),
                         "final", "the %s changes no more", type->noun);
    return STATUS_OK;
}

enum status object_open(struct call *call, const struct object *type, uint32_t revision,
                        ProtobufCMessage *object)
{
    enum status status = load(call, type, "", revision, object);

    return status == STATUS_OK ? check_not_final(call, type, "", object) : status;
}

enum status object_stage_update(struct call *call, const struct object *type,
                                const ProtobufCMessage *from,
                                const Google__Protobuf__FieldMask *mask, ProtobufCMessage *object,
                                Google__Protobuf__FieldMask **ret_changed)
{
    char *path = mem_printf(call, "%s.", type->noun);

    if (type->id)
        *(char **)member(object, type->id) = *(char **)member(from, type->id);
    enum status status = load(call, type, path, *revision_of(from), object);
    if (status != STATUS_OK)
        return status;
    status = check_not_final(call, type, path, object);
    if (status != STATUS_OK)
        return status;
    *ret_changed = copy_fields(call, object, from, mask);
    return STATUS_OK;
}

enum status object_update(struct call *call, const struct object *type,
                          const ProtobufCMessage *from, const Google__Protobuf__FieldMask *mask,
                          ProtobufCMessage *object, Google__Protobuf__FieldMask **ret_changed)
{
    enum status status = object_stage_update(call, type, from, mask, object, ret_changed);

    if (status == STATUS_OK && (*ret_changed)->n_paths > 0)
        object_store(call, type, object);
    return status;
}

bool object_mask_names(const Google__Protobuf__FieldMask *mask, const char *field)
{
    for (size_t i = 0; i < mask->n_paths; i++)
        if (strcmp(mask->paths[i], field) == 0)
            return true;
    return false;
}

/* ---- life cycle ---- */

static const struct transition *find_cell(const struct life_cycle *cycle, int from, int action)
{
    for (const struct transition *row = cycle->table; row->action; row++)
        if (row->action == action &&
            (row->from == from || (row->from == ANY_STATUS && from != row->to)))
            return row;
    return NULL;
}

static enum status fail_life_cycle(struct call *call, const struct life_cycle *cycle,
                                   const char *noun, int action, int from)
{
    const char *status = types_enum_name(cycle->statuses, from);

    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "action", "life_cycle",
                     "%s is not possible while %s is %s", types_enum_name(cycle->actions, action),
                     noun, status);
    return call_add_param(call, (struct violation_param){"status", .text = status});
}

/* row NULL: the table has no such step. */
static enum status check_step(struct call *call, const struct life_cycle *cycle,
                              const struct transition *row, int from, const struct change *change)
{
    const char *action = types_enum_name(cycle->actions, change->action);

    if (!row)
        return fail_life_cycle(call, cycle, "it", change->action, from);
    if (!authority_may(call, row->may))
        return call_fail(call, STATUS_PERMISSION_DENIED, "action", "role",
                         "the caller's role may not %s", action);
    if (row->reason_required && !change->reason[0])
        return call_fail(call, STATUS_INVALID_ARGUMENT, "reason", "required", "%s needs a reason",
                         action);
    return STATUS_OK;
}

enum status object_stage_change(struct call *call, const struct object *type,
                                const struct change *change, ProtobufCMessage *object)
{
    const struct life_cycle *cycle = type->life_cycle;
    enum status status = load(call, type, "", change->revision, object);

    if (status != STATUS_OK)
        return status;
    int *at = member(object, "status");
    const struct transition *row = find_cell(cycle, *at, change->action);
    status = check_step(call, cycle, row, *at, change);
    if (row && status == STATUS_OK)
        *at = row->to;
    return status;
}

enum status object_change(struct call *call, const struct object *type, const struct change *change,
                          ProtobufCMessage *object)
{
    enum status status = object_stage_change(call, type, change, object);

    if (status == STATUS_OK)
        object_store(call, type, object);
    return status;
}

enum status object_step(struct call *call, const struct object *type, int action,
                        ProtobufCMessage *object)
{
    const struct life_cycle *cycle = type->life_cycle;
    int *at = member(object, "status");
    const struct transition *row = find_cell(cycle, *at, action);

    if (!row)
        return fail_life_cycle(call, cycle, mem_printf(call, "the %s", type->noun), action, *at);
    *at = row->to;
    object_store(call, type, object);
    return STATUS_OK;
}
