/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.c - rows of ending.h, as many objects at once as one command may take
 *
 *   object -> its end -> for each row: find some, end each -> a timer, if there may be more
 */
#include "libcommon/service/following/ending.h"

#include <assert.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/following/timer.h"

enum {
    OBJECTS_AT_ONCE = 100, /* of a row; ENDING_LIMIT says the same */
    EVENTS_AT_ONCE = 500,  /* of a command, before the rest is left to the timer */
};

static const void *member(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    return field ? (const char *)message + field->offset : NULL;
}

struct why why_ended(struct call *call, const char *rule, const char *object_id, const char *reason)
{
    Type__Cause *cause = wire_new(call, &type__cause__descriptor);

    cause->rule = (char *)rule;
    cause->object_id = (char *)object_id;
    return (struct why){.reason = reason, .cause = cause};
}

/* *ret_left: there may be more of them. */
static enum status end_some(struct call *call, const struct ending *row, const struct why *why,
                            bool *ret_left)
{
    const PGresult *rows;
    enum status status = db_query(call, row->open, &why->cause->base, &rows);
    int i = 0;

    for (; status == STATUS_OK && i < PQntuples(rows) && call->event_count < EVENTS_AT_ONCE; i++) {
        ProtobufCMessage *object = wire_new(call, row->of);
        db_row(call, row->open, rows, i, object);
        status = row->end(call, object, why);
    }
    if (status == STATUS_OK)
        *ret_left = i < PQntuples(rows) || i == OBJECTS_AT_ONCE;
    return status;
}

static enum status follow(struct call *call, const struct end *end, const char *object_id,
                          const char *reason)
{
    const struct why why = why_ended(call, end->rule, object_id, reason);
    enum status status = STATUS_OK;
    bool left = false;

    for (const struct ending *row = end->endings; status == STATUS_OK && !left && row->of; row++)
        if (row->open)
            status = end_some(call, row, &why, &left);
    if (status == STATUS_OK && left)
        timer_set_noting(call, end->rule, object_id, call->now, reason);
    return status;
}

static const struct end *ends_of(const struct call *call)
{
    static const struct end none[] = {{0}};
    const struct end *ends = call->endpoint->service->ends;

    return ends ? ends : none;
}

enum status ends_follow(struct call *call, const ProtobufCMessage *object, const char *reason)
{
    for (const struct end *end = ends_of(call); end->rule; end++)
        if (end->of == object->descriptor && *(const int *)member(object, "status") == end->status)
            return follow(call, end, *(char *const *)member(object, end->id), reason);
    return STATUS_OK;
}

enum status ends_react(struct call *call)
{
    const ProtobufCMessage *event = call->request;
    char *const *reason = member(event, "reason");
    enum status status = STATUS_OK;

    for (unsigned i = 0; status == STATUS_OK && i < event->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &event->descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_REPEATED)
            continue;
        const ProtobufCMessage *part =
            *(ProtobufCMessage *const *)((const char *)event + field->offset);
        if (part)
            status = ends_follow(call, part, reason ? *reason : "");
    }
    return status;
}

enum status ends_go_on(struct call *call)
{
    const struct timer_source *timer = call->source.timer;
    const struct end *end = ends_of(call);

    while (end->rule && strcmp(end->rule, timer->name) != 0)
        end++;
    assert(end->rule); /* a service's timers and ends go together, test_ends.c */
    return follow(call, end, timer->subject, timer->note);
}
