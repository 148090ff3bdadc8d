/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriber_state.h - what the files of the subscriber share
 *
 * subscriber.c is the interface and drives the rest; subscriber_intake.c holds events that wait to
 * be handed over; subscriber_feed.c receives live ones; subscriber_journal.c reads journals and
 * moves cursors. No other file includes this one.
 */
#pragma once

#include <zmq.h>

#include "libcommon/base/id.h"
#include "libcommon/bus/listener.h"
#include "libcommon/bus/packed_event.h"
#include "libcommon/bus/subscriber.h"

enum {
    QUIET_MS = 3000,   /* without a heartbeat: the journal is read each second */
    POLL_MS = 1000,    /* between those reads, and after one that failed */
    PAGES_MAX = 2,     /* that wait to be handed over */
    PAGE_EVENTS = 500, /* at most, of one */
};

struct live {
    int64_t seq;
    zmq_msg_t frame;
    size_t offset; /* of the event in it */
    struct live *prev, *next;
};

struct journal_page { /* parent of the reply that it walks */
    int64_t seq;      /* of the next event */
    struct bytes rest;
    struct journal_page *prev, *next;
};

struct intake {
    const char *service;
    char *topic;          /* "street/service/" */
    struct point last;    /* handed over; number -1: where to start is not known yet */
    struct point fetched; /* last one of the pages that came */
    int64_t head;         /* newest number known */
    bool in_doubt;        /* the journal may be of another history: reading tells */
    bool knows_incarnation;
    char incarnation[ID_CHARS + 1]; /* as the last heartbeat had it */
    bool unsure;                    /* the journal may hold more than head */
    bool trouble;                   /* the last try to read it failed */
    bool clock_off;                 /* ours or the service's; it is in the log */
    unsigned notices;               /* that nobody took yet */
    int64_t beat_ms;                /* last heartbeat */
    int64_t read_ms;                /* last answer of the journal */
    int64_t ask_ms;                 /* no question to the journal before this */
    struct journal_page *pages;
    int n_pages;
    struct live *live;
    size_t live_bytes;
    uint64_t read, look, move; /* requests under way (Read, GetCursor, MoveCursor); 0: none */
    struct point read_after;   /* of the Read under way */
    uint32_t page_events;      /* most that the next Read asks for */
    struct point cursor, done, target; /* where it stands; may stand; is being moved to */
    char move_id[ID_CHARS + 1];        /* the same for every try of one move; "": none */
    int64_t moved_ms;
};

struct subscriber {
    struct client *client;
    struct listener *listener;
    struct certificate own;
    char *street, *cursor; /* cursor: NULL for none */
    size_t n_intakes, turn;
    struct intake *intake;
    enum status failure; /* to be returned once; ABORTED: always */
    bool other_history;  /* ABORTED since the journal is another one than was read */
    bool feed_refused;   /* the caller knows that no broker lets us follow */
    int64_t pumped_ms;
};

/* ---- subscriber_intake.c ---- */

/* Makes everything up to there count as handed over. */
void intake_start_at(struct intake *intake, const struct point *point);
/* Up to here everything was handed over or waits in a page. */
const struct point *intake_reach(const struct intake *intake);
/* The next event. NOT_FOUND: it is not at hand. INTERNAL: it cannot be unpacked, and is asked for
 * again after a while. */
enum status intake_take(struct intake *intake, const void *parent, struct subscriber_event *ret);
/* Takes the frame, whose body the event is, if it is newer than all that waits; the journal has the
 * rest. */
void intake_add_live(struct subscriber *subscriber, struct intake *intake,
                     struct listener_news *news);
void intake_drop_live(struct intake *intake);
/* Takes the page, whose events are first, first + 1, … to last. */
void intake_add_page(struct intake *intake, struct journal_page *page, int64_t first,
                     const struct point *last);
/* Is something missing that only the journal has? */
bool intake_must_read(struct intake *intake, int64_t now);

/* ---- subscriber_feed.c ---- */

/* Takes everything that arrived. */
void feed_drain(struct subscriber *subscriber);

/* ---- subscriber_journal.c: take what was answered, ask for what is missing ---- */

void journal_take_cursor(struct subscriber *subscriber, struct intake *intake);
void journal_take_page(struct subscriber *subscriber, struct intake *intake);
void journal_ask(struct subscriber *subscriber, struct intake *intake, int64_t now);
void journal_keep_cursor(struct subscriber *subscriber, struct intake *intake, int64_t now);
/* Is it tried again in silence? */
bool trouble_passes(enum status status);
