/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c - appending events, and rows of the journal as CloudEvents */
#include "libcommon/service/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/service/db_convert.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/ports.h"
#include "libcommon/base/text.h"

static const struct db_stmt append_events = {
    .name = "append_events",
    .sql = "INSERT INTO journal (street, seq, id, type, subject, time, actor, traceparent, data)"
           " SELECT $1, $2 + e.n, e.id, e.type, e.subject, $3, e.actor, e.traceparent, e.data"
           " FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[])"
           " WITH ORDINALITY AS e (id, type, subject, actor, traceparent, data, n)",
};

const struct db_stmt *const journal_statements[] = {&append_events, NULL};

enum status journal_append(struct call *call, const char *subject, const ProtobufCMessage *event)
{
    struct call_event *new = mem_new(call, struct call_event);

    id_new(new->id);
    new->type = event->descriptor->name;
    new->subject = subject;
    new->data = wire_pack(call, event);
    if (new->data.len > EVENT_BYTES_MAX)
        return call_fail(call, STATUS_RESOURCE_EXHAUSTED, "", "",
                         "the event would be larger than %d bytes", EVENT_BYTES_MAX);
    *call->events_end = new;
    call->events_end = &new->next;
    call->event_count++;
    call->wrote = true;
    return STATUS_OK;
}

static ProtobufCBinaryData text_bytes(const char *text)
{
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

/* A trace context that is not one is no reason to refuse a request; it is left out (W3C Trace
 * Context, 3.2). */
static const char *traceparent_of(const struct call *call)
{
    const char *traceparent = call->header->traceparent;

    return text_is_traceparent(traceparent) ? traceparent : "";
}

/* In the order of JOURNAL_COLUMNS. */
enum { SEQ, ID, TYPE, SUBJECT, TIME, ACTOR, TRACEPARENT, DATA, COLUMNS };

/* The arrays of append_events, from $4 on; SEQ and TIME it makes itself. */
static const struct {
    int column;
    Oid type;
} appended[] = {
    {ID, OID_UUID},    {TYPE, OID_TEXT},        {SUBJECT, OID_TEXT},
    {ACTOR, OID_TEXT}, {TRACEPARENT, OID_TEXT}, {DATA, OID_BYTEA},
};
enum { APPENDED = sizeof appended / sizeof *appended };

static void set_row(const void *parent, ProtobufCBinaryData *const values[static COLUMNS],
                    size_t row, const struct call *call, const struct call_event *event)
{
    uint8_t *id = mem_bytes(parent, 16);

    if (id_parse(event->id, id) != 0)
        abort(); /* id_new made it */
    values[ID][row] = (ProtobufCBinaryData){16, id};
    values[TYPE][row] = text_bytes(event->type);
    values[SUBJECT][row] = text_bytes(event->subject);
    values[ACTOR][row] = text_bytes(call->actor);
    values[TRACEPARENT][row] = text_bytes(traceparent_of(call));
    values[DATA][row] = event->data;
}

void journal_queue(struct db *db, const void *parent, const char *street, int64_t head,
                   struct call *const *calls, size_t count)
{
    size_t rows = 0, total = 0;
    ProtobufCBinaryData *values[COLUMNS] = {0};
    struct db_param params[3 + APPENDED] = {param_text(street), param_int(parent, head),
                                            param_time(parent, calls[0]->now)};

    for (size_t i = 0; i < count; i++)
        total += calls[i]->event_count;
    for (int i = 0; i < APPENDED; i++)
        values[appended[i].column] = mem_array(parent, ProtobufCBinaryData, total + 1);
    for (size_t i = 0; i < count; i++)
        if (call_is_done_now(calls[i]))
            for (const struct call_event *event = calls[i]->events; event; event = event->next)
                set_row(parent, values, rows++, calls[i], event);
    for (int i = 0; i < APPENDED; i++)
        params[3 + i] = param_array(parent, appended[i].type, rows, values[appended[i].column]);
    db_send_own(db, &append_events, params, 3 + APPENDED);
}

/* ---- rows -> CloudEvents ---- */

static Journal__CloudEventAttributeValue *add_attribute(Journal__CloudEvent *event, const char *key)
{
    Journal__CloudEvent__AttributesEntry *entry =
        wire_new(event, &journal__cloud_event__attributes_entry__descriptor);

    entry->key = (char *)key;
    entry->value = wire_new(event, &journal__cloud_event_attribute_value__descriptor);
    event->attributes[event->n_attributes++] = entry;
    return entry->value;
}

static void add_text(Journal__CloudEvent *event, const char *key, const char *text)
{
    Journal__CloudEventAttributeValue *value = add_attribute(event, key);

    value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
    value->ce_string = (char *)text;
}

static void add_time(Journal__CloudEvent *event, const char *key, int64_t us)
{
    Journal__CloudEventAttributeValue *value = add_attribute(event, key);

    value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_TIMESTAMP;
    value->ce_timestamp = timestamp_new(event, us);
}

static Google__Protobuf__Any *any_of(Journal__CloudEvent *event, const PGresult *rows, int row)
{
    Google__Protobuf__Any *any = wire_new(event, &google__protobuf__any__descriptor);

    any->type_url = mem_printf(event, "type.googleapis.com/%s", event->type);
    any->value.len = (size_t)PQgetlength(rows, row, DATA);
    any->value.data = mem_copy(event, PQgetvalue(rows, row, DATA), any->value.len);
    return any;
}

Journal__CloudEvent *journal_event(const void *parent, const char *service, const char *street,
                                   const PGresult *rows, int row, int64_t *ret_seq)
{
    enum { ATTRIBUTES_MAX = 6 };
    Journal__CloudEvent *event = wire_new(parent, &journal__cloud_event__descriptor);
    const char *traceparent = column_text(event, rows, row, TRACEPARENT);

    *ret_seq = column_int(rows, row, SEQ);
    event->id = (char *)column_text(event, rows, row, ID);
    event->source = mem_printf(event, "/streets/%s/%s", street, service);
    event->spec_version = (char *)"1.0";
    event->type = (char *)column_text(event, rows, row, TYPE);
    event->attributes = mem_array(event, Journal__CloudEvent__AttributesEntry *, ATTRIBUTES_MAX);
    add_text(event, "subject", column_text(event, rows, row, SUBJECT));
    add_time(event, "time", column_unix_us(rows, row, TIME));
    add_text(event, "sequence", mem_printf(event, "%020" PRId64, *ret_seq));
    add_text(event, "partitionkey", mem_text(event, street));
    add_text(event, "actor", column_text(event, rows, row, ACTOR));
    if (traceparent[0])
        add_text(event, "traceparent", traceparent);
    event->data_case = JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA;
    event->proto_data = any_of(event, rows, row);
    return event;
}
