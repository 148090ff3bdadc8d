/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber_intake.c - one journal's events, as far as they are at hand
 *
 * Live events wait in rising order, pages as they came. An event is handed over only if it is last
 * + 1 (or the first of a page that retention shortened); what is neither here nor there is the
 * journal's to tell.
 */
#include "libcommon/bus/subscriber_state.h"

#include <string.h>
#include <utlist.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

enum {
    INSURANCE_MS = 30000,              /* the journal is read at least this often */
    LIVE_BYTES_MAX = 16 * 1024 * 1024, /* of live events that wait */
};

const struct point *intake_reach(const struct intake *intake)
{
    return intake->last.seq > intake->fetched.seq ? &intake->last : &intake->fetched;
}

void intake_drop_live(struct intake *intake)
{
    struct live *live = intake->live;

    DL_DELETE(intake->live, live);
    intake->live_bytes -= zmq_msg_size(&live->frame);
    zmq_msg_close(&live->frame);
    talloc_free(live);
}

static void drop_page(struct intake *intake)
{
    struct journal_page *page = intake->pages;

    DL_DELETE(intake->pages, page);
    intake->n_pages--;
    talloc_free(page);
}

void intake_start_at(struct intake *intake, const struct point *point)
{
    intake->last = intake->fetched = intake->cursor = intake->done = *point;
}

/* The next event of a page; false when no page holds one that is new. */
static bool next_of_pages(struct intake *intake, struct bytes *ret)
{
    while (intake->pages) {
        struct journal_page *page = intake->pages;

        while (packed_next_event(&page->rest, ret))
            if (page->seq++ > intake->last.seq)
                return true;
        drop_page(intake);
    }
    return false;
}

static struct bytes event_of(const struct live *live)
{
    zmq_msg_t *frame = (zmq_msg_t *)&live->frame; /* it is not changed */
    const uint8_t *data = zmq_msg_data(frame);

    return (struct bytes){data + live->offset, data + zmq_msg_size(frame)};
}

/* One of another history is none of ours: what to make of it the journal knows. */
static bool live_is_next(struct intake *intake)
{
    while (intake->live && intake->live->seq <= intake->last.seq)
        intake_drop_live(intake);
    if (!intake->live || intake->live->seq != intake->last.seq + 1)
        return false;
    if (!packed_event_follows(event_of(intake->live), &intake->last))
        intake->in_doubt = true;
    return !intake->in_doubt;
}

/* Nothing that came is lost by this: the journal holds it. */
static enum status unreadable(struct intake *intake, const char *where)
{
    log_error("event_unreadable", "service=%s after_seq=%ld from=%s", intake->service,
              (long)intake->last.seq, where);
    while (intake->pages)
        drop_page(intake);
    intake->fetched = intake->last;
    intake->unsure = true;
    intake->ask_ms = clock_monotonic_ms() + POLL_MS;
    return STATUS_INTERNAL;
}

static enum status hand_over(struct intake *intake, const void *parent, int64_t seq,
                             struct bytes event, struct subscriber_event *ret)
{
    size_t size = (size_t)(event.end - event.at);
    struct violations violations = {0};
    ProtobufCMessage *message;
    uint8_t *copy = mem_copy(parent, event.at, size);

    if (wire_unpack(parent, &journal__cloud_event__descriptor, copy, size, &violations, &message) !=
        STATUS_OK)
        return STATUS_INTERNAL;
    intake->last = point_at(seq, ((const Journal__CloudEvent *)message)->id);
    *ret = (struct subscriber_event){.service = intake->service,
                                     .seq = seq,
                                     .event = (const Journal__CloudEvent *)message,
                                     .bytes = {size, copy}};
    return STATUS_OK;
}

enum status intake_take(struct intake *intake, const void *parent, struct subscriber_event *ret)
{
    struct bytes event;
    enum status status;

    if (next_of_pages(intake, &event)) {
        status = hand_over(intake, parent, intake->pages->seq - 1, event, ret);
        return status == STATUS_OK ? status : unreadable(intake, "journal");
    }
    if (!live_is_next(intake))
        return STATUS_NOT_FOUND;
    status = hand_over(intake, parent, intake->live->seq, event_of(intake->live), ret);
    intake_drop_live(intake);
    return status == STATUS_OK ? status : unreadable(intake, "live");
}

void intake_add_live(struct subscriber *subscriber, struct intake *intake,
                     struct listener_news *news)
{
    const uint8_t *body = news->message.body;
    const struct point point =
        packed_event_point((struct bytes){body, body + news->message.body_size});
    int64_t seq = point.seq;
    int64_t newest =
        intake->live ? intake->live->prev->seq : 0; /* the list's first knows its last */

    if (seq < 0)
        return;
    if (intake->last.seq < 0 && !subscriber->cursor)
        intake_start_at(intake, &(struct point){.seq = seq - 1});
    if (seq > intake->head)
        intake->head = seq;
    if (point_contradicts(&point, &intake->last))
        intake->in_doubt = true;
    if (intake->last.seq < 0 || seq <= intake_reach(intake)->seq || seq <= newest ||
        intake->live_bytes + zmq_msg_size(&news->frame) > LIVE_BYTES_MAX)
        return;
    struct live *live = mem_new(subscriber, struct live);

    live->seq = seq;
    live->offset = (size_t)(body - (const uint8_t *)zmq_msg_data(&news->frame));
    zmq_msg_init(&live->frame);
    zmq_msg_move(&live->frame, &news->frame);
    intake->live_bytes += zmq_msg_size(&live->frame);
    DL_APPEND(intake->live, live);
}

void intake_add_page(struct intake *intake, struct journal_page *page, int64_t first,
                     const struct point *last)
{
    if (first > intake->read_after.seq + 1) {
        log_warning("journal_gap", "service=%s from_seq=%ld to_seq=%ld", intake->service,
                    (long)intake->read_after.seq + 1, (long)first - 1);
        intake->notices |= SUBSCRIBER_GAP;
    }
    page->seq = first;
    DL_APPEND(intake->pages, page);
    intake->n_pages++;
    if (last->seq > intake->fetched.seq)
        intake->fetched = *last;
    if (intake->fetched.seq > intake->head)
        intake->head = intake->fetched.seq;
}

bool intake_must_read(struct intake *intake, int64_t now)
{
    int64_t since_ms = now - intake->read_ms;

    if ((now - intake->beat_ms >= QUIET_MS && since_ms >= POLL_MS) || since_ms >= INSURANCE_MS)
        intake->unsure = true;
    while (intake->live && intake->live->seq <= intake_reach(intake)->seq)
        intake_drop_live(intake);
    return intake->unsure || intake->in_doubt ||
           (intake->live ? intake->live->seq : intake->head + 1) > intake_reach(intake)->seq + 1;
}
