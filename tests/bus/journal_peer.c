/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_peer.c - made-up journals behind the peers of a bed
 */
#include "journal_peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal_live.pb-c.h"
#include "journal_service.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

int stage_up(void **state)
{
    struct stage *stage = mem_new(NULL, struct stage);

    bed_up((void **)&stage->bed);
    for (size_t i = 0; i < PEERS; i++)
        peer_up(stage->bed, i);
    bed_client(stage->bed, PEERS);
    stage->journal[0] = (struct journal){.service = "registry", .oldest = 1, .page = 500};
    stage->journal[1] = (struct journal){.service = "selection", .oldest = 1, .page = 500};
    *state = stage;
    return 0;
}

int stage_down(void **state)
{
    struct stage *stage = *state;

    talloc_free(stage->subscriber);
    bed_down((void **)&stage->bed);
    talloc_free(stage);
    return 0;
}

void stage_subscribe(struct stage *stage, size_t n, const char *cursor, int64_t after_seq)
{
    const char *services[JOURNALS + 1] = {0};

    for (size_t i = 0; i < n; i++)
        services[i] = stage->journal[i].service;
    talloc_free(stage->subscriber);
    for (size_t i = 0; i < PEERS; i++)
        peer_forget(&stage->bed->peer[i]);
    stage->subscriber = subscriber_new(
        NULL, stage->bed->context, stage->bed->client, bed_brokers(PEERS), &stage->bed->caller,
        broker_keys_of(stage->bed->memory, stage->bed->broker.public_key),
        &(struct subscriber_options){
            .street = "xiasha", .services = services, .cursor = cursor, .after_seq = after_seq});
    assert_non_null(stage->subscriber);
}

/* Journals do not answer meanwhile, so no event can come. */
void wait_subscribed(struct stage *stage, size_t topics)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    size_t served = 0;

    while (served < PEERS) {
        struct subscriber_event event;

        assert_int_not_equal(subscriber_next(stage->subscriber, stage->bed->memory, 5, &event),
                             STATUS_OK);
        assert_true(clock_monotonic_ms() < until);
        served = 0;
        for (size_t i = 0; i < PEERS; i++) {
            peer_feed(&stage->bed->peer[i]);
            served += stage->bed->peer[i].n_follows >= topics;
        }
    }
}

/* ---- made-up events ---- */

static void set_attribute(Journal__CloudEvent__AttributesEntry *entry,
                          Journal__CloudEventAttributeValue *value, char *key, char *text)
{
    journal__cloud_event__attributes_entry__init(entry);
    journal__cloud_event_attribute_value__init(value);
    value->attr_case = JOURNAL__CLOUD_EVENT_ATTRIBUTE_VALUE__ATTR_CE_STRING;
    value->ce_string = text;
    entry->key = key;
    entry->value = value;
}

/* "" of 0 */
static char *id_of(const void *parent, const struct journal *journal, int64_t seq)
{
    return seq == 0 ? mem_text(parent, "")
                    : mem_printf(parent, "01900000-0000-7000-8%03d-%012" PRId64,
                                 seq > journal->fork ? journal->history : 0, seq);
}

ProtobufCBinaryData journal_event(const void *parent, const struct journal *journal, int64_t seq)
{
    Journal__CloudEvent__AttributesEntry entry[5],
        *entries[5] = {entry, entry + 1, entry + 2, entry + 3, entry + 4};
    Journal__CloudEventAttributeValue value[5];
    Journal__CloudEvent event = JOURNAL__CLOUD_EVENT__INIT;
    Google__Protobuf__Any data = GOOGLE__PROTOBUF__ANY__INIT;
    char digits[21], source[64];

    snprintf(digits, sizeof digits, "%020" PRId64, seq);
    snprintf(source, sizeof source, "/streets/xiasha/%s", journal->service);
    set_attribute(&entry[0], &value[0], "subject", "01900000-0000-7000-8000-000000000000");
    set_attribute(&entry[1], &value[1], "sequence", digits);
    set_attribute(&entry[2], &value[2], "partitionkey", "xiasha");
    set_attribute(&entry[3], &value[3], "actor", "caller");
    set_attribute(&entry[4], &value[4], "predecessor", id_of(parent, journal, seq - 1));
    event.id = id_of(parent, journal, seq);
    event.source = source;
    event.spec_version = "1.0";
    event.type = "jusha.registry.v1.UnitRegistered";
    event.n_attributes = seq > 1 ? 5 : 4;
    event.attributes = entries;
    event.data_case = JOURNAL__CLOUD_EVENT__DATA_PROTO_DATA;
    event.proto_data = &data;
    data.type_url = "type.googleapis.com/jusha.registry.v1.UnitRegistered";
    data.value = (ProtobufCBinaryData){200, mem_bytes(parent, 200)};
    memset(data.value.data, (int)seq, 200);
    return wire_pack(parent, &event.base);
}

static void add_event(const void *parent, const struct journal *journal, int64_t seq,
                      ProtobufCBinaryData *page)
{
    ProtobufCBinaryData event = journal_event(parent, journal, seq);
    uint8_t *at;

    page->data = mem_check(talloc_realloc(parent, page->data, uint8_t, page->len + event.len + 3));
    at = page->data + page->len;
    *at++ = 0x0a; /* field 1, length-prefixed */
    *at++ = (uint8_t)(event.len | 0x80);
    *at++ = (uint8_t)(event.len >> 7);
    memcpy(at, event.data, event.len);
    page->len += event.len + 3;
}

ProtobufCBinaryData journal_page(const void *parent, const struct journal *journal,
                                 const int64_t *seqs)
{
    ProtobufCBinaryData page = {0};

    for (; *seqs; seqs++)
        add_event(parent, journal, *seqs, &page);
    return page;
}

void publish(struct stage *stage, size_t peer, const struct journal *journal, int64_t seq)
{
    ProtobufCBinaryData event = journal_event(stage->bed->memory, journal, seq);
    char topic[64];

    snprintf(topic, sizeof topic, "xiasha/%s/UnitRegistered", journal->service);
    peer_publish(&stage->bed->peer[peer], topic, event.data, event.len);
}

void beat(struct stage *stage, size_t peer, const struct journal *journal, int64_t head)
{
    ProtobufCBinaryData packed = journal_heartbeat(stage->bed->memory, journal, head);
    char topic[64];

    snprintf(topic, sizeof topic, "xiasha/%s/", journal->service);
    peer_publish(&stage->bed->peer[peer], topic, packed.data, packed.len);
}

ProtobufCBinaryData journal_heartbeat(const void *parent, const struct journal *journal,
                                      int64_t head)
{
    Journal__Heartbeat heartbeat = JOURNAL__HEARTBEAT__INIT;

    heartbeat.head = head;
    heartbeat.event_id = id_of(parent, journal, head);
    heartbeat.incarnation =
        mem_printf(parent, "incarnation %d", journal->announced ? journal->history : 0);
    return wire_pack(parent, &heartbeat.base);
}

/* ---- JournalService ---- */

static void *unpack(struct stage *stage, struct request *request,
                    const ProtobufCMessageDescriptor *type)
{
    struct violations violations = {0};
    ProtobufCMessage *message;

    assert_int_equal(wire_unpack(stage->bed->memory, type, frames_data(&request->frames, 5),
                                 frames_size(&request->frames, 5), &violations, &message),
                     STATUS_OK);
    return message;
}

static uint32_t page_of(const struct journal *journal, const Journal__ReadRequest *read)
{
    return read->limit > 0 && read->limit < journal->page ? read->limit : journal->page;
}

static void serve_read(struct stage *stage, struct journal *journal, struct request *request)
{
    const Journal__ReadRequest *read = unpack(stage, request, &journal__read_request__descriptor);
    int64_t seq = read->after_seq + 1;
    ProtobufCBinaryData page = {0};

    journal->reads++;
    if (journal->slow > 0 && (read->limit == 0 || read->limit > journal->slow))
        return;
    if (journal->bad_page.data) {
        answer(request, STATUS_OK, journal->bad_page.data, journal->bad_page.len);
        journal->bad_page = (ProtobufCBinaryData){0};
        return;
    }
    if (read->after_seq > journal->head ||
        (read->after_id[0] &&
         strcmp(read->after_id, id_of(stage->bed->memory, journal, read->after_seq)) != 0)) {
        answer_refusal(request, STATUS_FAILED_PRECONDITION, "after_id", "other_history");
        return;
    }
    if (seq < journal->oldest)
        seq = journal->oldest;
    for (uint32_t n = 0; n < page_of(journal, read) && seq <= journal->head; n++, seq++)
        add_event(stage->bed->memory, journal, seq, &page);
    answer(request, STATUS_OK, page.data, page.len);
}

static void serve_get(struct stage *stage, struct journal *journal, struct request *request)
{
    const Journal__GetCursorRequest *get =
        unpack(stage, request, &journal__get_cursor_request__descriptor);
    Journal__GetCursorResponse response = JOURNAL__GET_CURSOR_RESPONSE__INIT;
    Journal__Cursor cursor = JOURNAL__CURSOR__INIT;

    cursor.name = get->name;
    cursor.seq = journal->cursor;
    cursor.event_id = id_of(stage->bed->memory, journal, journal->cursor);
    response.cursor = &cursor;
    answer_message(request, &response.base);
}

static void serve_move(struct stage *stage, struct journal *journal, struct request *request)
{
    const Journal__MoveCursorRequest *move =
        unpack(stage, request, &journal__move_cursor_request__descriptor);
    Journal__MoveCursorResponse response = JOURNAL__MOVE_CURSOR_RESPONSE__INIT;
    Journal__Cursor cursor = JOURNAL__CURSOR__INIT;
    bool replayed = strcmp(journal->move_id, request->header->request_id) == 0;

    journal->moves++;
    snprintf(journal->move_id, sizeof journal->move_id, "%s", request->header->request_id);
    if (!replayed && move->from_seq != journal->cursor) {
        answer(request, STATUS_ABORTED, "", 0);
        return;
    }
    if (!replayed)
        journal->cursor = move->to_seq;
    cursor.name = move->name;
    cursor.seq = journal->cursor;
    response.cursor = &cursor;
    if (journal->move_fault == STATUS_OK)
        answer_message(request, &response.base);
    else
        answer(request, journal->move_fault, "", 0);
}

static void refuse_age(struct journal *journal, struct request *request)
{
    if (strcmp(request->header->method, "jusha.journal.v1.JournalService/MoveCursor") == 0)
        snprintf(journal->refused_move, sizeof journal->refused_move, "%s",
                 request->header->request_id);
    answer_refusal(request, STATUS_INVALID_ARGUMENT, "request_id", "age");
}

static void serve_one(struct stage *stage, struct request *request)
{
    static const struct {
        const char *method;
        void (*serve)(struct stage *stage, struct journal *journal, struct request *request);
    } methods[] = {
        {"jusha.journal.v1.JournalService/Read", serve_read},
        {"jusha.journal.v1.JournalService/GetCursor", serve_get},
        {"jusha.journal.v1.JournalService/MoveCursor", serve_move},
    };

    for (size_t i = 0; i < JOURNALS; i++) {
        struct journal *journal = &stage->journal[i];
        char address[64];

        snprintf(address, sizeof address, "%s@xiasha", journal->service);
        if (!frames_equal(&request->frames, 3, address, strlen(address)))
            continue;
        if (journal->refuses_ages) {
            refuse_age(journal, request);
            return;
        }
        if (journal->fault != STATUS_OK) {
            answer(request, journal->fault, "", 0);
            return;
        }
        for (size_t n = 0; n < sizeof methods / sizeof *methods; n++)
            if (strcmp(request->header->method, methods[n].method) == 0) {
                methods[n].serve(stage, journal, request);
                return;
            }
    }
    fail_msg("nobody serves %s", request->header->method);
}

void stage_serve(struct stage *stage)
{
    struct request request;

    while (peers_take(stage->bed, NULL, &request)) {
        serve_one(stage, &request);
        request_clear(&request);
    }
}

/* ---- expectations ---- */

enum status stage_next(struct stage *stage, struct subscriber_event *ret)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    enum status status;

    do {
        stage_serve(stage);
        status = subscriber_next(stage->subscriber, stage->bed->memory, 5, ret);
        if (status == STATUS_NOT_FOUND && clock_monotonic_ms() > until)
            fail_msg("no event within %d ms", WAIT_MS);
    } while (status == STATUS_NOT_FOUND);
    return status;
}

void expect_events(struct stage *stage, const struct journal *journal, int64_t from, int64_t to)
{
    for (int64_t seq = from; seq <= to; seq++) {
        struct subscriber_event event;
        enum status status = stage_next(stage, &event);

        if (status != STATUS_OK)
            fail_msg("%s instead of event %ld", status_name(status), (long)seq);
        assert_text(event.service, journal->service);
        assert_int_equal(event.seq, seq);
        ProtobufCBinaryData expected = journal_event(stage->bed->memory, journal, seq);

        assert_int_equal(event.bytes.len, expected.len);
        assert_memory_equal(event.bytes.data, expected.data, expected.len);
        assert_text(event.event->type, "jusha.registry.v1.UnitRegistered");
        subscriber_done(stage->subscriber, &event);
    }
}

void expect_recovery(struct stage *stage, int64_t seq)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    struct subscriber_event event;
    enum status status;

    do {
        status = stage_next(stage, &event);
        assert_true(status == STATUS_OK || status == STATUS_UNAVAILABLE);
        assert_true(clock_monotonic_ms() < until);
    } while (status != STATUS_OK);
    assert_int_equal(event.seq, seq);
}

void expect_caught_up(struct stage *stage)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    struct subscriber_event event;

    while (!subscriber_caught_up(stage->subscriber)) {
        stage_serve(stage);
        assert_int_equal(subscriber_next(stage->subscriber, stage->bed->memory, 5, &event),
                         STATUS_NOT_FOUND);
        assert_true(clock_monotonic_ms() < until);
    }
    assert_int_equal(subscriber_next(stage->subscriber, stage->bed->memory, 0, &event),
                     STATUS_NOT_FOUND);
}

void expect_nothing(struct stage *stage, int ms)
{
    int64_t until = clock_monotonic_ms() + ms;
    struct subscriber_event event;

    while (clock_monotonic_ms() < until) {
        stage_serve(stage);
        assert_int_equal(subscriber_next(stage->subscriber, stage->bed->memory, 5, &event),
                         STATUS_NOT_FOUND);
    }
}
