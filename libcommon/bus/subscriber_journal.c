/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber_journal.c - JournalService as a subscriber uses it
 *
 * At most one Read, GetCursor and MoveCursor per intake is under way, with its number in the
 * intake; each round takes the answers that came and asks for what is missing.
 */
#include "libcommon/bus/subscriber_state.h"

#include <string.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/page_size.h"
#include "libcommon/base/wire.h"

enum {
    AGAIN_MS = 100, /* before reading again what was announced but not in the journal yet */
    MOVE_MS = 1000, /* between two moves of a cursor */
    ASK_MS = 5000,  /* timeout of requests */
};

static uint64_t ask(struct subscriber *subscriber, struct intake *intake, const char *method,
                    const char *request_id, const ProtobufCMessage *message)
{
    ProtobufCBinaryData payload = wire_pack(subscriber, message);
    struct client_request request = {.service = intake->service,
                                     .street = subscriber->street,
                                     .method = method,
                                     .request_id = request_id,
                                     .timeout_ms = ASK_MS,
                                     .aside = true,
                                     .payload = payload};
    uint64_t number = client_send(subscriber->client, &request);

    talloc_free(payload.data);
    return number;
}

static bool answered(struct subscriber *subscriber, uint64_t *number, const void *parent,
                     struct client_reply *ret)
{
    if (*number == 0 || !client_take(subscriber->client, parent, *number, 0, ret))
        return false;
    *number = 0;
    return true;
}

/* ---- refusals ---- */

bool trouble_passes(enum status status)
{
    return status == STATUS_UNAVAILABLE || status == STATUS_DEADLINE_EXCEEDED ||
           status == STATUS_UNKNOWN || status == STATUS_RESOURCE_EXHAUSTED;
}

/* The id holds the moment at which we made it, and the service says that this is not now. */
static bool is_of_another_time(const Bus__ReplyHeader *header)
{
    for (size_t i = 0; i < header->n_violations; i++)
        if (strcmp(header->violations[i]->field, "request_id") == 0 &&
            strcmp(header->violations[i]->rule, "age") == 0)
            return true;
    return false;
}

/* The answer's status. A wrong clock will be set right, and the journal waits: until then it counts
 * as away. The log tells it once, since the caller only sees that it takes long. */
static enum status read_status(struct intake *intake, const Bus__ReplyHeader *header)
{
    bool another_time = is_of_another_time(header);

    if (another_time && !intake->clock_off) {
        log_warning("clock_off",
                    "service=%s reason=\"it refuses requests for their age: its clock or"
                    " ours is wrong\"",
                    intake->service);
        intake->notices |= SUBSCRIBER_CLOCK_OFF;
    }
    if (another_time || header->code == TYPE__CODE__CODE_OK)
        intake->clock_off = another_time;
    return another_time ? STATUS_UNAVAILABLE : (enum status)header->code;
}

/* A passing failure is tried again silently; any other is reported to the caller and tried
 * again, too. */
static void fail(struct subscriber *subscriber, struct intake *intake, enum status status)
{
    intake->trouble = true;
    intake->ask_ms = clock_monotonic_ms() + POLL_MS;
    if (trouble_passes(status) || subscriber->failure == STATUS_ABORTED)
        return;
    subscriber->failure = status == STATUS_NOT_FOUND ? STATUS_FAILED_PRECONDITION : status;
}

/* Does the answer say that the journal was restored and does not hold what we read of it? */
static bool is_of_other_history(const Bus__ReplyHeader *header)
{
    for (size_t i = 0; i < header->n_violations; i++)
        if (strcmp(header->violations[i]->rule, "other_history") == 0)
            return true;
    return false;
}

/* This is final: only the caller knows what to make of what it has done. */
static void give_up_history(struct subscriber *subscriber, const struct intake *intake,
                            const Bus__ReplyHeader *header)
{
    if (!subscriber->other_history)
        log_error("other_history", "service=%s seq=%ld reason=%s", intake->service,
                  (long)intake->last.seq, LOG_QUOTED(header->message));
    subscriber->other_history = true;
    subscriber->failure = STATUS_ABORTED;
}

/* ---- reading ---- */

/* A cursor that came with a backup is a place in the journal; what was done behind it is not. */
static void start_at_cursor(struct intake *intake, const Journal__Cursor *cursor)
{
    const struct point point = cursor ? point_at(cursor->seq, cursor->event_id) : point_at(0, "");

    if (cursor && cursor->restored) {
        log_warning("cursor_restored",
                    "service=%s seq=%ld reason=\"the journal was restored since the cursor was"
                    " moved: events that were handled behind it may be in it no more\"",
                    intake->service, (long)point.seq);
        intake->notices |= SUBSCRIBER_CURSOR_RESTORED;
    }
    intake_start_at(intake, &point);
}

void journal_take_cursor(struct subscriber *subscriber, struct intake *intake)
{
    void *memory = mem_check(talloc_new(subscriber));
    struct violations violations = {0};
    ProtobufCMessage *message;
    struct client_reply reply;

    if (answered(subscriber, &intake->look, memory, &reply)) {
        enum status status = read_status(intake, reply.header);

        if (status == STATUS_OK &&
            wire_unpack(memory, &journal__get_cursor_response__descriptor, reply.payload.data,
                        reply.payload.len, &violations, &message) != STATUS_OK)
            status = STATUS_INTERNAL;
        if (status == STATUS_OK) {
            const Journal__GetCursorResponse *response = (Journal__GetCursorResponse *)message;

            intake->trouble = false;
            start_at_cursor(intake, response->cursor);
        } else {
            fail(subscriber, intake, status);
        }
    }
    talloc_free(memory);
}

void journal_take_page(struct subscriber *subscriber, struct intake *intake)
{
    struct journal_page *page = mem_new(subscriber, struct journal_page);
    struct client_reply reply;
    struct point last = {0};
    int64_t first = 0, count = 0;

    if (!answered(subscriber, &intake->read, page, &reply)) {
        talloc_free(page);
        return;
    }
    enum status status = read_status(intake, reply.header);
    intake->page_events = page_size_next(intake->page_events, PAGE_EVENTS, status);

    const uint8_t *data = reply.payload.data; /* NULL of an empty page */
    page->rest = (struct bytes){data, data ? data + reply.payload.len : data};
    if (status == STATUS_OK) {
        count = packed_page_check(page->rest, intake->read_after.seq, &first, &last);
        status = count < 0 ? STATUS_INTERNAL : STATUS_OK;
    }
    if (status != STATUS_OK) {
        intake->in_doubt = true; /* as it may have been before this Read */
        if (is_of_other_history(reply.header))
            give_up_history(subscriber, intake, reply.header);
        fail(subscriber, intake, status);
        count = 0;
    } else {
        intake->trouble = false;
        intake->read_ms = clock_monotonic_ms();
        if (count == 0) {
            intake->unsure = false;
            intake->ask_ms = intake->read_ms + AGAIN_MS;
            if (intake->read_after.seq > intake->head)
                intake->head = intake->read_after.seq;
        }
    }
    if (count > 0 &&
        intake->read_after.seq <= intake_reach(intake)->seq) /* else pages before it were dropped */
        intake_add_page(intake, page, first, &last);
    else
        talloc_free(page);
}

void journal_ask(struct subscriber *subscriber, struct intake *intake, int64_t now)
{
    if (now < intake->ask_ms || intake->read || intake->look)
        return;
    if (intake->last.seq < 0 && subscriber->cursor) {
        Journal__GetCursorRequest look = JOURNAL__GET_CURSOR_REQUEST__INIT;

        look.name = subscriber->cursor;
        intake->look =
            ask(subscriber, intake, "jusha.journal.v1.JournalService/GetCursor", NULL, &look.base);
    } else if (intake->last.seq >= 0 && intake->n_pages < PAGES_MAX &&
               intake_must_read(intake, now)) {
        Journal__ReadRequest read = JOURNAL__READ_REQUEST__INIT;

        intake->read_after = *intake_reach(intake);
        intake->in_doubt = false; /* its answer tells */
        read.after_seq = intake->read_after.seq;
        read.after_id = intake->read_after.event_id;
        read.limit = intake->page_events;
        intake->read =
            ask(subscriber, intake, "jusha.journal.v1.JournalService/Read", NULL, &read.base);
    }
}

/* ---- the cursor ---- */

/* A try whose end is unknown is repeated under its request_id: the move takes effect once, and our
 * own earlier try never looks like somebody else's move. */
static void move_cursor(struct subscriber *subscriber, struct intake *intake)
{
    Journal__MoveCursorRequest move = JOURNAL__MOVE_CURSOR_REQUEST__INIT;

    if (!intake->move_id[0]) {
        id_new(intake->move_id);
        intake->target = intake->done;
    }
    move.name = subscriber->cursor;
    move.from_seq = intake->cursor.seq;
    move.from_id = intake->cursor.event_id;
    move.to_seq = intake->target.seq;
    move.to_id = intake->target.event_id;
    intake->moved_ms = clock_monotonic_ms();
    intake->move = ask(subscriber, intake, "jusha.journal.v1.JournalService/MoveCursor",
                       intake->move_id, &move.base);
}

/* An id of another time is one that no service has taken: the next try makes a new one. */
static enum status moved(struct subscriber *subscriber, struct intake *intake,
                         const Bus__ReplyHeader *header)
{
    enum status status = read_status(intake, header);

    if (!trouble_passes(status) || is_of_another_time(header))
        intake->move_id[0] = '\0';
    if (is_of_other_history(header))
        give_up_history(subscriber, intake, header);
    if (status == STATUS_OK)
        intake->cursor = intake->target;
    else if (!trouble_passes(status) && subscriber->failure != STATUS_ABORTED)
        subscriber->failure = status;
    return status;
}

void journal_keep_cursor(struct subscriber *subscriber, struct intake *intake, int64_t now)
{
    void *memory = mem_check(talloc_new(subscriber));
    struct client_reply reply;

    if (answered(subscriber, &intake->move, memory, &reply))
        (void)moved(subscriber, intake, reply.header);
    talloc_free(memory);
    if (subscriber->cursor && !intake->move && intake->done.seq > intake->cursor.seq &&
        now - intake->moved_ms >= MOVE_MS && subscriber->failure != STATUS_ABORTED)
        move_cursor(subscriber, intake);
}

enum status subscriber_flush(struct subscriber *subscriber)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < subscriber->n_intakes && status == STATUS_OK; i++) {
        struct intake *intake = &subscriber->intake[i];

        while (subscriber->cursor && intake->done.seq > intake->cursor.seq && status == STATUS_OK) {
            void *memory = mem_check(talloc_new(subscriber));
            struct client_reply reply;

            if (!intake->move)
                move_cursor(subscriber, intake);
            if (client_take(subscriber->client, memory, intake->move, -1, &reply))
                status = moved(subscriber, intake, reply.header);
            intake->move = 0;
            talloc_free(memory);
        }
    }
    return status;
}
