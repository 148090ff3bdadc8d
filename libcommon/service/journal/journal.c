/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c - appending events; entries of the journal as rows, and as CloudEvents */
#include "libcommon/service/journal/journal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/bus/ports.h"
#include "libcommon/service/database/convert.h"

STATEMENT(append_events,
          .sql = "INSERT INTO journal (street, seq, id, type, subject, time, actor, traceparent,"
                 " causation, data) SELECT :street, :head + e.n, e.id, e.type, e.subject, :time,"
                 " e.actor, e.traceparent, e.causation, e.data FROM unnest(:ids::uuid[],"
                 " :types::text[], :subjects::text[], :actors::text[], :traceparents::text[],"
                 " :causations::text[], :data::bytea[]) WITH ORDINALITY"
                 " AS e (id, type, subject, actor, traceparent, causation, data, n)",
          .with = "head, time, ids, types, subjects, actors, traceparents, causations, data");

/* What is committed must be readable: a page of JOURNAL_PAGE_BYTES takes the largest event, and a
 * response and a broker take the page. */
static_assert(EVENT_BYTES_MAX + JOURNAL_ENVELOPE_BYTES_MAX <= JOURNAL_PAGE_BYTES &&
                  JOURNAL_PAGE_BYTES <= RESPONSE_BYTES_MAX,
              "an event that may be appended can be read");

enum status journal_append(struct call *call, const char *subject, const ProtobufCMessage *event)
{
    struct call_event *new = mem_new(call, struct call_event);

    call_make_id(call, new->id);
    new->type = event->descriptor->name;
    new->subject = subject;
    new->data = wire_pack(call, event);
    if (new->data.len + strlen(subject) > EVENT_BYTES_MAX)
        return call_fail_size(call, "the event", EVENT_BYTES_MAX);
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

struct journal_entry *journal_entries(const void *parent, const struct point *head,
                                      struct call *const *calls, size_t count, size_t *ret_count)
{
    size_t total = 0, next = 0;
    const char *last_id = mem_text(parent, head->event_id);

    for (size_t i = 0; i < count; i++)
        total += call_is_done_now(calls[i]) ? calls[i]->event_count : 0;
    struct journal_entry *entries = mem_array(parent, struct journal_entry, total + 1);
    for (size_t i = 0; i < count; i++) {
        const struct call *call = calls[i];
        if (!call_is_done_now(call))
            continue;
        for (const struct call_event *event = call->events; event; event = event->next, next++) {
            entries[next] = (struct journal_entry){
                .seq = head->seq + (int64_t)next + 1,
                .id = event->id,
                .predecessor = last_id,
                .type = event->type,
                .subject = event->subject,
                .time_us = call->now->seconds * 1000000 + call->now->nanos / 1000,
                .actor = call->actor,
                .traceparent = call_traceparent(call),
                .causation = call_causation(call),
                .data = event->data,
            };
            last_id = event->id;
        }
    }
    *ret_count = total;
    return entries;
}

struct point journal_tail(const struct point *head, const struct journal_entry *entries,
                          size_t count)
{
    return count ? point_at(entries[count - 1].seq, entries[count - 1].id) : *head;
}

/* ---- entries <-> rows ---- */

/* In the order of JOURNAL_PAGE. */
enum { SEQ, ID, TYPE, SUBJECT, TIME, ACTOR, TRACEPARENT, CAUSATION, DATA, COLUMNS };
static_assert(COLUMNS == JOURNAL_PAGE_COLUMNS, "a page has these columns");

/* The arrays of append_events; SEQ and TIME it makes itself. */
static const struct {
    int column;
    Oid type;
    const char *parameter;
} appended[] = {
    {ID, OID_UUID, "ids"},
    {TYPE, OID_TEXT, "types"},
    {SUBJECT, OID_TEXT, "subjects"},
    {ACTOR, OID_TEXT, "actors"},
    {TRACEPARENT, OID_TEXT, "traceparents"},
    {CAUSATION, OID_TEXT, "causations"},
    {DATA, OID_BYTEA, "data"},
};
enum { APPENDED = sizeof appended / sizeof *appended };

static void set_row(const void *parent, ProtobufCBinaryData *const values[static COLUMNS],
                    size_t row, const struct journal_entry *entry)
{
    uint8_t *id = mem_bytes(parent, 16);

    if (id_parse(entry->id, id) != 0)
        abort(); /* id_new made it */
    values[ID][row] = (ProtobufCBinaryData){16, id};
    values[TYPE][row] = text_bytes(entry->type);
    values[SUBJECT][row] = text_bytes(entry->subject);
    values[ACTOR][row] = text_bytes(entry->actor);
    values[TRACEPARENT][row] = text_bytes(entry->traceparent);
    values[CAUSATION][row] = text_bytes(entry->causation);
    values[DATA][row] = entry->data;
}

void journal_queue(struct db *db, const void *parent, const char *street,
                   const struct journal_entry *entries, size_t count)
{
    ProtobufCBinaryData *values[COLUMNS] = {0};
    struct db_param params[3 + APPENDED] = {
        NAMED(street, param_text(street)),
        NAMED(head, param_int(parent, entries[0].seq - 1)),
        NAMED(time, param_time(parent, timestamp_new(parent, entries[0].time_us))),
    };

    for (int i = 0; i < APPENDED; i++)
        values[appended[i].column] = mem_array(parent, ProtobufCBinaryData, count);
    for (size_t i = 0; i < count; i++)
        set_row(parent, values, i, &entries[i]);
    for (int i = 0; i < APPENDED; i++)
        params[3 + i] = db_named(appended[i].parameter, param_array(parent, appended[i].type, count,
                                                                    values[appended[i].column]));
    db_send_own(db, &append_events, params, 3 + APPENDED);
}

static struct journal_entry read_entry(const void *parent, const PGresult *rows, int row)
{
    return (struct journal_entry){
        .seq = column_int(rows, row, SEQ),
        .id = column_text(parent, rows, row, ID),
        .type = PQgetvalue(rows, row, TYPE),
        .subject = PQgetvalue(rows, row, SUBJECT),
        .time_us = column_unix_us(rows, row, TIME),
        .actor = PQgetvalue(rows, row, ACTOR),
        .traceparent = PQgetvalue(rows, row, TRACEPARENT),
        .causation = PQgetvalue(rows, row, CAUSATION),
        .data = {(size_t)PQgetlength(rows, row, DATA), (uint8_t *)PQgetvalue(rows, row, DATA)},
    };
}

struct journal_page journal_page_read(const void *parent, const PGresult *rows, int64_t after_seq)
{
    int count = PQntuples(rows);
    struct journal_page page = {.entries =
                                    mem_array(parent, struct journal_entry, (size_t)count + 1)};
    const char *last_id = "";

    for (int row = 0; row < count; row++) {
        struct journal_entry entry = read_entry(parent, rows, row);

        if (entry.seq > after_seq) {
            entry.predecessor = last_id;
            page.entries[page.count++] = entry;
        } else {
            page.before = point_at(entry.seq, entry.id);
        }
        last_id = entry.id;
    }
    return page;
}

bool journal_holds(const struct point *position, const struct point *there)
{
    return there->seq >= position->seq && !point_contradicts(position, there);
}

/* ---- entries -> CloudEvents ---- */

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

static Google__Protobuf__Any *any_of(Journal__CloudEvent *event, const struct journal_entry *entry)
{
    Google__Protobuf__Any *any = wire_new(event, &google__protobuf__any__descriptor);

    any->type_url = mem_printf(event, "type.googleapis.com/%s", entry->type);
    any->value = entry->data;
    return any;
}

Journal__CloudEvent *journal_event(const void *parent, const char *service, const char *street,
                                   const struct journal_entry *entry)
{
    enum { ATTRIBUTES_MAX = 8 };
    Journal__CloudEvent *event = wire_new(parent, &journal__cloud_event__descriptor);

    event->id = (char *)entry->id;
    event->source = mem_printf(event, "/streets/%s/%s", street, service);
    event->spec_version = (char *)"1.0";
    event->type = (char *)entry->type;
    event->attributes = mem_array(event, Journal__CloudEvent__AttributesEntry *, ATTRIBUTES_MAX);
    add_text(event, "subject", entry->subject);
    add_time(event, "time", entry->time_us);
    add_text(event, "sequence", mem_printf(event, "%020" PRId64, entry->seq));
    if (entry->predecessor[0])
        add_text(event, "predecessor", entry->predecessor);
    add_text(event, "partitionkey", street);
    add_text(event, "actor", entry->actor);
    if (entry->traceparent[0])
        add_text(event, "traceparent", entry->traceparent);
    if (entry->causation[0])
        add_text(event, "causationid", entry->causation);
    event->data_case = JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA;
    event->proto_data = any_of(event, entry);
    return event;
}
