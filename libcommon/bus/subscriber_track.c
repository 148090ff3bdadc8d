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

const struct point *track_reach(const struct track *track)
{
    return track->last.seq > track->fetched.seq ? &track->last : &track->fetched;
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

void track_start_at(struct track *track, const struct point *point)
{
    track->last = track->fetched = track->cursor = track->done = *point;
}

/* The next event of a page; false when no page holds one that is new. */
static bool next_of_pages(struct track *track, struct bytes *ret)
{
    uint64_t number;

    while (track->pages) {
        struct page *page = track->pages;

        while (packed_next_field(&page->rest, &number, ret))
            if (page->seq++ > track->last.seq)
                return true;
        drop_page(track);
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
static bool live_is_next(struct track *track)
{
    while (track->live && track->live->seq <= track->last.seq)
        track_drop_live(track);
    if (!track->live || track->live->seq != track->last.seq + 1)
        return false;
    if (!packed_event_follows(event_of(track->live), &track->last))
        track->in_doubt = true;
    return !track->in_doubt;
}

/* Nothing that came is lost by this: the journal holds it. */
static enum status unreadable(struct track *track, const char *where)
{
    log_error("event_unreadable", "service=%s after_seq=%ld from=%s", track->service,
              (long)track->last.seq, where);
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
    track->last = point_at(seq, ((const Journal__CloudEvent *)message)->id);
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
    status = hand_over(track, parent, track->live->seq, event_of(track->live), ret);
    track_drop_live(track);
    return status == STATUS_OK ? status : unreadable(track, "live");
}

void track_add_live(struct subscriber *subscriber, struct track *track, struct listener_news *news)
{
    const uint8_t *body = news->message.body;
    const struct point point =
        packed_event_point((struct bytes){body, body + news->message.body_size});
    int64_t seq = point.seq;
    int64_t newest = track->live ? track->live->prev->seq : 0; /* the list's first knows its last */

    if (seq < 0)
        return;
    if (track->last.seq < 0 && !subscriber->cursor)
        track_start_at(track, &(struct point){.seq = seq - 1});
    if (seq > track->head)
        track->head = seq;
    if (point_contradicts(&point, &track->last))
        track->in_doubt = true;
    if (track->last.seq < 0 || seq <= track_reach(track)->seq || seq <= newest ||
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

void track_add_page(struct track *track, struct page *page, int64_t first, const struct point *last)
{
    if (first > track->read_after.seq + 1)
        log_warning("journal_gap", "service=%s from_seq=%ld to_seq=%ld", track->service,
                    (long)track->read_after.seq + 1, (long)first - 1);
    page->seq = first;
    DL_APPEND(track->pages, page);
    track->n_pages++;
    if (last->seq > track->fetched.seq)
        track->fetched = *last;
    if (track->fetched.seq > track->head)
        track->head = track->fetched.seq;
}

bool track_must_read(struct track *track, int64_t now)
{
    int64_t since_ms = now - track->read_ms;

    if ((now - track->beat_ms >= QUIET_MS && since_ms >= POLL_MS) || since_ms >= INSURANCE_MS)
        track->unsure = true;
    while (track->live && track->live->seq <= track_reach(track)->seq)
        track_drop_live(track);
    return track->unsure || track->in_doubt ||
           (track->live ? track->live->seq : track->head + 1) > track_reach(track)->seq + 1;
}
