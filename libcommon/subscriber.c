/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber.c - one ordered stream out of live events, journal pages and heartbeats
 *
 * Per followed service there is a track. Live events wait in its list, in rising order; pages of
 * the journal wait as they came. An event is handed over only if it is last + 1; whatever is not at
 * hand is read from the journal, the next page while the last one is consumed. Events stay packed
 * until they are handed over: only their sequence number is read before.
 */
#include "subscriber.h"

#include <assert.h>
#include <string.h>
#include <utlist.h>

#include "clock.h"
#include "frames.h"
#include "id.h"
#include "journal_live.pb-c.h"
#include "journal_service.pb-c.h"
#include "log.h"
#include "mem.h"
#include "wire.h"

enum {
    QUIET_MS = 3000,      /* without a heartbeat: the journal is read each second */
    POLL_MS = 1000,       /* between those reads, and after one that failed */
    AGAIN_MS = 100,       /* before reading again what was announced but not in the journal yet */
    INSURANCE_MS = 30000, /* the journal is read at least this often, whatever heartbeats say */
    MOVE_MS = 1000,       /* between two moves of a cursor */
    ASK_MS = 5000,        /* timeout of requests */
    TICK_MS = 100,        /* how late the times above may be noticed */
    PAGES_MAX = 2,        /* that wait to be handed over */
    LIVE_BYTES_MAX = 16 * 1024 * 1024, /* of live events that wait, per track */
    LIVE_EVENTS_MAX = 10000,           /* that a socket holds while nobody asks for events */
};

struct bytes {
    const uint8_t *at, *end;
};

struct live {
    int64_t seq;
    zmq_msg_t event;
    struct live *prev, *next;
};

struct page {    /* parent of the reply that it walks */
    int64_t seq; /* of the next event */
    struct bytes rest;
    struct page *prev, *next;
};

struct feed {
    char endpoint[280];
    void *socket;
    int64_t heard_ms;
};

struct track {
    const char *service;
    char *topic;     /* "street/service/" */
    int64_t last;    /* handed over; -1: where to start is not known yet */
    int64_t fetched; /* last number of the pages that came */
    int64_t head;    /* newest number known */
    bool unsure;     /* the journal may hold more than head */
    bool trouble;    /* the last try to read it failed */
    int64_t beat_ms; /* last heartbeat */
    int64_t read_ms; /* last answer of the journal */
    int64_t ask_ms;  /* no question to the journal before this */
    struct page *pages;
    int n_pages;
    struct live *live;
    size_t live_bytes;
    uint64_t read, look, move;    /* requests under way (Read, GetCursor, MoveCursor); 0: none */
    int64_t read_after;           /* of the Read under way */
    int64_t cursor, done, target; /* where it stands; may stand; is being moved to */
    char move_id[ID_CHARS + 1];   /* the same for every try of one move; "": none */
    int64_t moved_ms;
};

struct subscriber {
    struct client *client;
    void *zmq_context;
    struct certificate own;
    char broker_key[CURVE_TEXT + 1];
    char *street, *cursor; /* cursor: NULL for none */
    size_t n_feeds, n_tracks, turn;
    struct feed feed[BROKERS_MAX];
    struct track *track;
    enum status failure; /* to be returned once; ABORTED: always */
    int64_t pumped_ms;
};

/* ---- packed events ---- */

static bool read_varint(struct bytes *in, uint64_t *ret)
{
    uint64_t value = 0;

    for (int shift = 0; in->at < in->end && shift < 64; shift += 7) {
        uint8_t byte = *in->at++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    return false;
}

/* The next length-prefixed field: all that leads to a sequence number is of that kind. False: none
 * is left, or it is no such message. */
static bool next_field(struct bytes *in, uint64_t *ret_number, struct bytes *ret)
{
    uint64_t tag, size;

    if (!read_varint(in, &tag) || (tag & 7) != 2 || !read_varint(in, &size) ||
        size > (uint64_t)(in->end - in->at))
        return false;
    *ret_number = tag >> 3;
    *ret = (struct bytes){in->at, in->at + size};
    in->at += size;
    return true;
}

/* 20 digits; -1 if it is not that. */
static int64_t read_sequence(struct bytes text)
{
    uint64_t seq = 0;

    if (text.end - text.at != 20)
        return -1;
    for (; text.at < text.end; text.at++) {
        if (*text.at < '0' || *text.at > '9' || seq > INT64_MAX / 10 - 1)
            return -1;
        seq = seq * 10 + (uint64_t)(*text.at - '0');
    }
    return (int64_t)seq;
}

/* Value of the attribute "sequence", 1 or more; -1 if there is none. Field numbers are
 * CloudEvent's. */
static int64_t event_seq(struct bytes event)
{
    enum { ATTRIBUTES = 5, KEY = 1, VALUE = 2, CE_STRING = 3 };
    static const char key[] = "sequence";
    uint64_t number;

    for (struct bytes entry; next_field(&event, &number, &entry);) {
        struct bytes part[3] = {0}, text;

        if (number != ATTRIBUTES)
            continue;
        for (struct bytes field; next_field(&entry, &number, &field);)
            if (number == KEY || number == VALUE)
                part[number] = field;
        if (part[KEY].end - part[KEY].at != sizeof key - 1 ||
            memcmp(part[KEY].at, key, sizeof key - 1) != 0)
            continue;
        if (!next_field(&part[VALUE], &number, &text) || number != CE_STRING)
            return -1;
        int64_t seq = read_sequence(text);

        return seq > 0 ? seq : -1;
    }
    return -1;
}

/* ---- what is at hand ---- */

/* Up to here everything was handed over or waits in a page. */
static int64_t reach(const struct track *track)
{
    return track->last > track->fetched ? track->last : track->fetched;
}

static void drop_live(struct track *track)
{
    struct live *live = track->live;

    DL_DELETE(track->live, live);
    track->live_bytes -= zmq_msg_size(&live->event);
    zmq_msg_close(&live->event);
    talloc_free(live);
}

static void drop_page(struct track *track)
{
    struct page *page = track->pages;

    DL_DELETE(track->pages, page);
    track->n_pages--;
    talloc_free(page);
}

static void start_at(struct track *track, int64_t seq)
{
    track->last = track->fetched = track->cursor = track->done = seq;
}

/* The next event of a page; false when no page holds one that is new. */
static bool next_of_pages(struct track *track, struct bytes *ret)
{
    uint64_t number;

    while (track->pages) {
        struct page *page = track->pages;

        while (next_field(&page->rest, &number, ret))
            if (page->seq++ > track->last)
                return true;
        drop_page(track);
    }
    return false;
}

static bool live_is_next(struct track *track)
{
    while (track->live && track->live->seq <= track->last)
        drop_live(track);
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

/* NOT_FOUND: nothing at hand. */
static enum status take_from(struct track *track, const void *parent, struct subscriber_event *ret)
{
    struct bytes event;
    enum status status;

    if (next_of_pages(track, &event)) {
        status = hand_over(track, parent, track->pages->seq - 1, event, ret);
        return status == STATUS_OK ? status : unreadable(track, "journal");
    }
    if (!live_is_next(track))
        return STATUS_NOT_FOUND;
    event.at = zmq_msg_data(&track->live->event);
    event.end = event.at + zmq_msg_size(&track->live->event);
    status = hand_over(track, parent, track->live->seq, event, ret);
    drop_live(track);
    return status == STATUS_OK ? status : unreadable(track, "live");
}

static enum status take_next(struct subscriber *subscriber, const void *parent,
                             struct subscriber_event *ret)
{
    for (size_t i = 0; i < subscriber->n_tracks; i++) {
        struct track *track = &subscriber->track[subscriber->turn];
        enum status status = take_from(track, parent, ret);

        subscriber->turn = (subscriber->turn + 1) % subscriber->n_tracks;
        if (status != STATUS_NOT_FOUND)
            return status;
    }
    return STATUS_NOT_FOUND;
}

/* ---- live ---- */

static void set_int(void *socket, int option, int value)
{
    int rc = zmq_setsockopt(socket, option, &value, sizeof value);

    assert(rc == 0);
}

static void open_feed(struct subscriber *subscriber, struct feed *feed)
{
    int64_t most = MESSAGE_BYTES_MAX;

    feed->socket = zmq_socket(subscriber->zmq_context, ZMQ_SUB);
    assert(feed->socket); /* else the context is closed or out of sockets */
    certificate_connect(feed->socket, &subscriber->own, subscriber->broker_key);
    set_int(feed->socket, ZMQ_IPV6, strchr(feed->endpoint, '[') != NULL);
    set_int(feed->socket, ZMQ_LINGER, 0);
    set_int(feed->socket, ZMQ_RCVHWM, LIVE_EVENTS_MAX);
    set_int(feed->socket, ZMQ_HEARTBEAT_IVL, 1000);
    set_int(feed->socket, ZMQ_HEARTBEAT_TIMEOUT, 3000);
    set_int(feed->socket, ZMQ_HANDSHAKE_IVL, 5000);
    set_int(feed->socket, ZMQ_RECONNECT_IVL_MAX, 1000);
    zmq_setsockopt(feed->socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
    for (size_t i = 0; i < subscriber->n_tracks; i++)
        zmq_setsockopt(feed->socket, ZMQ_SUBSCRIBE, subscriber->track[i].topic,
                       strlen(subscriber->track[i].topic));
    zmq_connect(feed->socket, feed->endpoint); /* a name that is unknown now: reopened as silent */
    feed->heard_ms = clock_monotonic_ms();
}

static void take_heartbeat(struct subscriber *subscriber, struct track *track, zmq_msg_t *frame,
                           int64_t now)
{
    Journal__Heartbeat *beat =
        journal__heartbeat__unpack(NULL, zmq_msg_size(frame), zmq_msg_data(frame));

    if (!beat)
        return;
    int64_t head = beat->head;

    journal__heartbeat__free_unpacked(beat, NULL);
    track->beat_ms = now;
    track->unsure = false;
    if (track->last < 0 && !subscriber->cursor)
        start_at(track, head);
    if (head > track->head)
        track->head = head;
}

/* Only what is newer than all that waits is kept: the list stays in order, and the journal has the
 * rest. */
static void take_live(struct subscriber *subscriber, struct track *track, zmq_msg_t *frame)
{
    struct bytes event = {zmq_msg_data(frame), NULL};

    event.end = event.at + zmq_msg_size(frame);
    int64_t seq = event_seq(event);
    int64_t newest = track->live ? track->live->prev->seq : 0; /* the list's first knows its last */

    if (seq < 0)
        return;
    if (track->last < 0 && !subscriber->cursor)
        start_at(track, seq - 1);
    if (seq > track->head)
        track->head = seq;
    if (track->last < 0 || seq <= reach(track) || seq <= newest ||
        track->live_bytes + zmq_msg_size(frame) > LIVE_BYTES_MAX)
        return;
    struct live *live = mem_new(subscriber, struct live);

    live->seq = seq;
    zmq_msg_init(&live->event);
    zmq_msg_move(&live->event, frame);
    track->live_bytes += zmq_msg_size(&live->event);
    DL_APPEND(track->live, live);
}

/* [topic, body]; the bare topic of a track is its heartbeat. */
static void take_message(struct subscriber *subscriber, struct frames *frames, int64_t now)
{
    for (size_t i = 0; i < subscriber->n_tracks && frames->count == 2; i++) {
        struct track *track = &subscriber->track[i];
        size_t prefix = strlen(track->topic);

        if (frames_size(frames, 0) < prefix ||
            memcmp(frames_data(frames, 0), track->topic, prefix) != 0)
            continue;
        if (frames_size(frames, 0) == prefix)
            take_heartbeat(subscriber, track, &frames->frame[1], now);
        else
            take_live(subscriber, track, &frames->frame[1]);
        return;
    }
}

static void drain(struct subscriber *subscriber, struct feed *feed)
{
    int64_t now = clock_monotonic_ms();
    struct frames frames;

    while (frames_recv(feed->socket, &frames)) {
        feed->heard_ms = now;
        take_message(subscriber, &frames, now);
        frames_clear(&frames);
    }
    if (now - feed->heard_ms >= QUIET_MS) {
        zmq_close(feed->socket);
        open_feed(subscriber, feed);
    }
}

/* ---- the journal ---- */

static uint64_t ask(struct subscriber *subscriber, struct track *track, const char *method,
                    const char *request_id, const ProtobufCMessage *message)
{
    ProtobufCBinaryData payload = wire_pack(subscriber, message);
    struct client_request request = {.service = track->service,
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

static bool passes(enum status status)
{
    return status == STATUS_UNAVAILABLE || status == STATUS_DEADLINE_EXCEEDED ||
           status == STATUS_UNKNOWN || status == STATUS_RESOURCE_EXHAUSTED;
}

/* What passes is tried again in silence; the rest the caller is told, and it is tried again too. */
static void fail(struct subscriber *subscriber, struct track *track, enum status status)
{
    track->trouble = true;
    track->ask_ms = clock_monotonic_ms() + POLL_MS;
    if (passes(status) || subscriber->failure == STATUS_ABORTED)
        return;
    subscriber->failure = status == STATUS_NOT_FOUND ? STATUS_FAILED_PRECONDITION : status;
}

static void take_cursor(struct subscriber *subscriber, struct track *track)
{
    void *memory = mem_check(talloc_new(subscriber));
    struct violations violations = {0};
    ProtobufCMessage *message;
    struct client_reply reply;

    if (answered(subscriber, &track->look, memory, &reply)) {
        enum status status = (enum status)reply.header->code;

        if (status == STATUS_OK &&
            wire_unpack(memory, &journal__get_cursor_response__descriptor, reply.payload.data,
                        reply.payload.len, &violations, &message) != STATUS_OK)
            status = STATUS_INTERNAL;
        if (status == STATUS_OK) {
            const Journal__GetCursorResponse *response = (Journal__GetCursorResponse *)message;

            track->trouble = false;
            start_at(track, response->cursor ? response->cursor->seq : 0);
        } else {
            fail(subscriber, track, status);
        }
    }
    talloc_free(memory);
}

/* Numbers after + 1, after + 2, …, or from later on when retention took the first. Returns how
 * many, -1 if it is not that. */
static int64_t check_page(struct bytes page, int64_t after, int64_t *ret_first)
{
    struct bytes event;
    uint64_t number;
    int64_t count = 0, first = after + 1;

    while (page.at < page.end) {
        if (!next_field(&page, &number, &event) || number != 1)
            return -1;
        int64_t seq = event_seq(event);

        if (count == 0 && seq > first)
            first = seq;
        if (seq != first + count)
            return -1;
        count++;
    }
    *ret_first = first;
    return count;
}

static void add_page(struct track *track, struct page *page, int64_t first, int64_t count)
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

static void take_page(struct subscriber *subscriber, struct track *track)
{
    struct page *page = mem_new(subscriber, struct page);
    struct client_reply reply;
    int64_t first = 0, count = 0;

    if (!answered(subscriber, &track->read, page, &reply)) {
        talloc_free(page);
        return;
    }
    enum status status = (enum status)reply.header->code;

    page->rest = (struct bytes){reply.payload.data, reply.payload.data + reply.payload.len};
    if (status == STATUS_OK) {
        count = check_page(page->rest, track->read_after, &first);
        status = count < 0 ? STATUS_INTERNAL : STATUS_OK;
    }
    if (status != STATUS_OK) {
        fail(subscriber, track, status);
        count = 0;
    } else {
        track->trouble = false;
        track->read_ms = clock_monotonic_ms();
        if (count == 0) {
            track->unsure = false;
            track->ask_ms = track->read_ms + AGAIN_MS;
            if (track->read_after > track->head)
                track->head = track->read_after;
        }
    }
    if (count > 0 && track->read_after <= reach(track)) /* else pages before it were thrown away */
        add_page(track, page, first, count);
    else
        talloc_free(page);
}

static bool must_read(struct track *track, int64_t now)
{
    int64_t since_ms = now - track->read_ms;

    if ((now - track->beat_ms >= QUIET_MS && since_ms >= POLL_MS) || since_ms >= INSURANCE_MS)
        track->unsure = true;
    while (track->live && track->live->seq <= reach(track))
        drop_live(track);
    return track->unsure || (track->live ? track->live->seq : track->head + 1) > reach(track) + 1;
}

static void ask_journal(struct subscriber *subscriber, struct track *track, int64_t now)
{
    if (now < track->ask_ms || track->read || track->look)
        return;
    if (track->last < 0 && subscriber->cursor) {
        Journal__GetCursorRequest look = JOURNAL__GET_CURSOR_REQUEST__INIT;

        look.name = subscriber->cursor;
        track->look =
            ask(subscriber, track, "jusha.journal.v1.JournalService/GetCursor", NULL, &look.base);
    } else if (track->last >= 0 && track->n_pages < PAGES_MAX && must_read(track, now)) {
        Journal__ReadRequest read = JOURNAL__READ_REQUEST__INIT;

        read.after_seq = track->read_after = reach(track);
        track->read =
            ask(subscriber, track, "jusha.journal.v1.JournalService/Read", NULL, &read.base);
    }
}

/* ---- the cursor ---- */

/* A try whose end is unknown is repeated under its request_id: the move takes effect once, and our
 * own earlier try never looks like somebody else's move. */
static void move_cursor(struct subscriber *subscriber, struct track *track)
{
    Journal__MoveCursorRequest move = JOURNAL__MOVE_CURSOR_REQUEST__INIT;

    if (!track->move_id[0]) {
        id_new(track->move_id);
        track->target = track->done;
    }
    move.name = subscriber->cursor;
    move.from_seq = track->cursor;
    move.to_seq = track->target;
    track->moved_ms = clock_monotonic_ms();
    track->move = ask(subscriber, track, "jusha.journal.v1.JournalService/MoveCursor",
                      track->move_id, &move.base);
}

static enum status moved(struct subscriber *subscriber, struct track *track, enum status status)
{
    if (!passes(status))
        track->move_id[0] = '\0';
    if (status == STATUS_OK)
        track->cursor = track->target;
    else if (!passes(status) && subscriber->failure != STATUS_ABORTED)
        subscriber->failure = status;
    return status;
}

static void keep_cursor(struct subscriber *subscriber, struct track *track, int64_t now)
{
    void *memory = mem_check(talloc_new(subscriber));
    struct client_reply reply;

    if (answered(subscriber, &track->move, memory, &reply))
        (void)moved(subscriber, track, (enum status)reply.header->code);
    talloc_free(memory);
    if (subscriber->cursor && !track->move && track->done > track->cursor &&
        now - track->moved_ms >= MOVE_MS && subscriber->failure != STATUS_ABORTED)
        move_cursor(subscriber, track);
}

enum status subscriber_flush(struct subscriber *subscriber)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < subscriber->n_tracks && status == STATUS_OK; i++) {
        struct track *track = &subscriber->track[i];

        while (subscriber->cursor && track->done > track->cursor && status == STATUS_OK) {
            void *memory = mem_check(talloc_new(subscriber));
            struct client_reply reply;

            if (!track->move)
                move_cursor(subscriber, track);
            if (client_take(subscriber->client, memory, track->move, -1, &reply))
                status = moved(subscriber, track, (enum status)reply.header->code);
            track->move = 0;
            talloc_free(memory);
        }
    }
    return status;
}

void subscriber_done(struct subscriber *subscriber, const struct subscriber_event *event)
{
    for (size_t i = 0; i < subscriber->n_tracks; i++) {
        struct track *track = &subscriber->track[i];

        if (strcmp(track->service, event->service) == 0 && event->seq > track->done)
            track->done = event->seq;
    }
}

/* ---- driving it all ---- */

static void pump(struct subscriber *subscriber)
{
    subscriber->pumped_ms = clock_monotonic_ms();
    for (size_t i = 0; i < subscriber->n_feeds; i++)
        drain(subscriber, &subscriber->feed[i]);
    for (size_t i = 0; i < subscriber->n_tracks; i++) {
        struct track *track = &subscriber->track[i];

        take_cursor(subscriber, track);
        take_page(subscriber, track);
        int64_t now = clock_monotonic_ms();

        ask_journal(subscriber, track, now);
        keep_cursor(subscriber, track, now);
    }
}

static void wait_for_news(struct subscriber *subscriber, int64_t left_ms)
{
    zmq_pollitem_t items[BROKERS_MAX + CLIENT_POLL_MAX];
    long wait_ms = left_ms < TICK_MS ? (long)left_ms : TICK_MS;
    size_t count = client_poll(subscriber->client, items, &wait_ms);

    for (size_t i = 0; i < subscriber->n_feeds; i++)
        items[count++] =
            (zmq_pollitem_t){.socket = subscriber->feed[i].socket, .events = ZMQ_POLLIN};
    zmq_poll(items, (int)count, wait_ms);
}

static enum status nothing_came(const struct subscriber *subscriber)
{
    for (size_t i = 0; i < subscriber->n_tracks; i++)
        if (subscriber->track[i].trouble)
            return STATUS_UNAVAILABLE;
    return STATUS_NOT_FOUND;
}

enum status subscriber_next(struct subscriber *subscriber, const void *parent, int wait_ms,
                            struct subscriber_event *ret)
{
    int64_t until_ms = wait_ms < 0 ? INT64_MAX : clock_monotonic_ms() + wait_ms;

    if (clock_monotonic_ms() - subscriber->pumped_ms >= TICK_MS) /* also while events are at hand */
        pump(subscriber);
    for (;;) {
        enum status status = take_next(subscriber, parent, ret);

        if (status == STATUS_NOT_FOUND) {
            pump(subscriber);
            status = take_next(subscriber, parent, ret);
        }
        if (subscriber->failure == STATUS_ABORTED)
            return STATUS_ABORTED;
        if (status != STATUS_NOT_FOUND)
            return status;
        if (subscriber->failure != STATUS_OK) {
            status = subscriber->failure;
            subscriber->failure = STATUS_OK;
            return status;
        }
        int64_t left_ms = until_ms - clock_monotonic_ms();

        if (left_ms <= 0)
            return nothing_came(subscriber);
        wait_for_news(subscriber, left_ms);
    }
}

bool subscriber_caught_up(const struct subscriber *subscriber)
{
    for (size_t i = 0; i < subscriber->n_tracks; i++) {
        const struct track *track = &subscriber->track[i];

        if (track->last < 0 || track->unsure || track->last < track->head)
            return false;
    }
    return true;
}

static int subscriber_end(struct subscriber *subscriber)
{
    for (size_t i = 0; i < subscriber->n_feeds; i++)
        zmq_close(subscriber->feed[i].socket);
    for (size_t i = 0; i < subscriber->n_tracks; i++) {
        struct track *track = &subscriber->track[i];

        while (track->live)
            drop_live(track);
        client_forget(subscriber->client, track->read);
        client_forget(subscriber->client, track->look);
        client_forget(subscriber->client, track->move);
    }
    explicit_bzero(&subscriber->own, sizeof subscriber->own);
    return 0;
}

static void add_track(struct subscriber *subscriber, const char *service, int64_t after_seq)
{
    struct track *track = &subscriber->track[subscriber->n_tracks++];

    track->service = mem_text(subscriber, service);
    track->topic = mem_printf(subscriber, "%s/%s/", subscriber->street, service);
    track->beat_ms = track->read_ms = clock_monotonic_ms();
    track->unsure = true;
    track->last = -1;
    if (!subscriber->cursor && after_seq >= 0)
        start_at(track, after_seq);
}

struct subscriber *subscriber_new(const void *parent, void *zmq_context, struct client *client,
                                  const char *brokers, const struct certificate *own,
                                  const char *broker_key, const struct subscriber_options *options)
{
    struct broker_address address[BROKERS_MAX];
    int n_brokers = ports_parse(brokers, address);
    size_t n_services = 0;

    if (n_brokers < 1) {
        log_error("brokers_unreadable", "brokers=%s", LOG_QUOTED(brokers));
        return NULL;
    }
    struct subscriber *subscriber = mem_new(parent, struct subscriber);

    subscriber->client = client;
    subscriber->zmq_context = zmq_context;
    subscriber->own = *own;
    snprintf(subscriber->broker_key, sizeof subscriber->broker_key, "%s", broker_key);
    subscriber->street = mem_text(subscriber, options->street);
    subscriber->cursor = options->cursor ? mem_text(subscriber, options->cursor) : NULL;
    while (options->services[n_services])
        n_services++;
    subscriber->track = mem_array(subscriber, struct track, n_services);
    for (size_t i = 0; i < n_services; i++)
        add_track(subscriber, options->services[i], options->after_seq);
    for (; subscriber->n_feeds < (size_t)n_brokers; subscriber->n_feeds++) {
        struct feed *feed = &subscriber->feed[subscriber->n_feeds];

        ports_endpoint(&address[subscriber->n_feeds], PORT_SUBSCRIBE, feed->endpoint,
                       sizeof feed->endpoint);
        open_feed(subscriber, feed);
    }
    talloc_set_destructor(subscriber, subscriber_end);
    return subscriber;
}
