/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber_track.c - one journal's events, as far as they are at hand
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

int64_t track_reach(const struct track *track)
{
    return track->last > track->fetched ? track->last : track->fetched;
}

void track_drop_live(struct track *track)
{
    struct live *live = track->live;

    DL_DELETE(track->live, live);
    track->live_bytes -= zmq_msg_size(&live->frame);
    zmq_msg_close(&live->frame);
    talloc_free(live);
}

static void drop_page(struct track *track)
{
    struct page *page = track->pages;

    DL_DELETE(track->pages, page);
    track->n_pages--;
    talloc_free(page);
}

void track_start_at(struct track *track, int64_t seq)
{
    track->last = track->fetched = track->cursor = track->done = seq;
}

/* The next event of a page; false when no page holds one that is new. */
static bool next_of_pages(struct track *track, struct bytes *ret)
{
    uint64_t number;

    while (track->pages) {
        struct page *page = track->pages;

        while (packed_next_field(&page->rest, &number, ret))
            if (page->seq++ > track->last)
                return true;
        drop_page(track);
    }
    return false;
}

static bool live_is_next(struct track *track)
{
    while (track->live && track->live->seq <= track->last)
        track_drop_live(track);
    return track->live && track->live->seq == track->last + 1;
}

/* Nothing that came is lost by this: the journal holds it. */
static enum status unreadable(struct track *track, const char *where)
{
    log_error("event_unreadable", "service=%s after_seq=%ld from=%s", track->service,
              (long)track->last, where);
    while (track->pages)
        drop_page(track);
    track->fetched = track->last;
    track->unsure = true;
    track->ask_ms = clock_monotonic_ms() + POLL_MS;
    return STATUS_INTERNAL;
}

static enum status hand_over(struct track *track, const void *parent, int64_t seq,
                             struct bytes event, struct subscriber_event *ret)
{
    size_t size = (size_t)(event.end - event.at);
    struct violations violations = {0};
    ProtobufCMessage *message;
    uint8_t *copy = mem_copy(parent, event.at, size);

    if (wire_unpack(parent, &journal__cloud_event__descriptor, copy, size, &violations, &message) !=
        STATUS_OK)
        return STATUS_INTERNAL;
    track->last = seq;
    *ret = (struct subscriber_event){.service = track->service,
                                     .seq = seq,
                                     .event = (const Journal__CloudEvent *)message,
                                     .bytes = {size, copy}};
    return STATUS_OK;
}

enum status track_take(struct track *track, const void *parent, struct subscriber_event *ret)
{
    struct bytes event;
    enum status status;

    if (next_of_pages(track, &event)) {
        status = hand_over(track, parent, track->pages->seq - 1, event, ret);
        return status == STATUS_OK ? status : unreadable(track, "journal");
    }
    if (!live_is_next(track))
        return STATUS_NOT_FOUND;
    uint8_t *frame = zmq_msg_data(&track->live->frame);
    event.at = frame + track->live->offset;
    event.end = frame + zmq_msg_size(&track->live->frame);
    status = hand_over(track, parent, track->live->seq, event, ret);
    track_drop_live(track);
    return status == STATUS_OK ? status : unreadable(track, "live");
}

void track_add_live(struct subscriber *subscriber, struct track *track, struct listener_news *news)
{
    const uint8_t *body = news->message.body;
    int64_t seq = packed_event_seq((struct bytes){body, body + news->message.body_size});
    int64_t newest = track->live ? track->live->prev->seq : 0; /* the list's first knows its last */

    if (seq < 0)
        return;
    if (track->last < 0 && !subscriber->cursor)
        track_start_at(track, seq - 1);
    if (seq > track->head)
        track->head = seq;
    if (track->last < 0 || seq <= track_reach(track) || seq <= newest ||
        track->live_bytes + zmq_msg_size(&news->frame) > LIVE_BYTES_MAX)
        return;
    struct live *live = mem_new(subscriber, struct live);

    live->seq = seq;
    live->offset = (size_t)(body - (const uint8_t *)zmq_msg_data(&news->frame));
    zmq_msg_init(&live->frame);
    zmq_msg_move(&live->frame, &news->frame);
    track->live_bytes += zmq_msg_size(&live->frame);
    DL_APPEND(track->live, live);
}

void track_add_page(struct track *track, struct page *page, int64_t first, int64_t count)
{
    if (first > track->read_after + 1)
        log_warning("journal_gap", "service=%s from_seq=%ld to_seq=%ld", track->service,
                    (long)track->read_after + 1, (long)first - 1);
    page->seq = first;
    DL_APPEND(track->pages, page);
    track->n_pages++;
    if (first + count - 1 > track->fetched)
        track->fetched = first + count - 1;
    if (track->fetched > track->head)
        track->head = track->fetched;
}

bool track_must_read(struct track *track, int64_t now)
{
    int64_t since_ms = now - track->read_ms;

    if ((now - track->beat_ms >= QUIET_MS && since_ms >= POLL_MS) || since_ms >= INSURANCE_MS)
        track->unsure = true;
    while (track->live && track->live->seq <= track_reach(track))
        track_drop_live(track);
    return track->unsure ||
           (track->live ? track->live->seq : track->head + 1) > track_reach(track) + 1;
}
