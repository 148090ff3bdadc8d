/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_state.h - what the event side remembers; for its own files only
 *
 *   holder (a certificate) -> followers (connections) -> interests (a prefix each)
 *   branch ("xiasha/", "!registry/" or "": what stands before and with the first slash) -> interests
 *
 * A publication looks at the interests of its own branch and of "" only, so a follower of another
 * street costs it nothing. Everything is talloc'ed under the feed.
 */
#pragma once

#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

#include "libcommon/base/bucket.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/feed.h"
#include "services/broker/feed/feed.h"
#include "services/broker/held.h"

struct branch {
    UT_hash_handle hh;
    struct interest *interests; /* in the order in which they were followed */
    size_t size;
    char head[];
};

struct interest {
    struct interest *prev, *next;         /* of its branch */
    struct interest *own_prev, *own_next; /* of its follower */
    struct follower *follower;
    struct branch *branch;
    size_t size, types_size;
    char text[]; /* the prefix, then the types, each with a NUL behind it; no types: all */
};

struct follower {
    UT_hash_handle hh;                          /* by peer */
    struct follower *prev, *next;               /* in feed->by_heard, most silent first */
    struct follower *own_prev, *own_next;       /* of its holder */
    struct follower *lag_prev, *lag_next;       /* in feed->lagging while lost > 0 */
    struct follower *behind_prev, *behind_next; /* in feed->behind while something waits for it */
    struct follower *gone_next;                 /* in feed->gone while is_gone, see follower_lose */
    uint32_t peer;
    struct holder *holder;
    struct interest *interests;
    uint32_t prefixes;
    struct held_account
        held; /* it is kept until this is empty: libzmq's threads give bytes back to it */
    int64_t heard_ms;
    int64_t took_ms; /* when it last took something, or had nothing to take */
    struct waiting *waiting;
    uint32_t n_waiting;
    uint64_t lost;        /* events that it was not told of yet */
    uint64_t publication; /* the last one that it was considered for */
    bool is_gone;
};

struct holder {
    UT_hash_handle hh; /* by certificate.public_key */
    struct certificate certificate;
    struct follower *followers;
    uint32_t prefixes;
    size_t text; /* bytes of its prefixes and types */
    struct held_account held;
    struct bucket asks, publishes;
    int64_t refuse_ms; /* before that it is not told again that it is too fast */
};

/* The last heartbeat of a journal. */
struct beat {
    UT_hash_handle hh;        /* by topic */
    struct beat *prev, *next; /* in feed->by_beat, oldest first */
    int64_t heard_ms;
    size_t topic_size, size;
    uint8_t body[FEED_BEAT_BYTES];
    char topic[];
};

struct feed {
    struct feed_surroundings around;
    struct feed_counters counters;
    int64_t now_ms, tick_ms;
    uint64_t publication;
    uint32_t prefixes;
    size_t text;
    struct held_account held;
    struct holder *holders;
    struct holder *nobody; /* whose certificate is not known: they share what one may */
    struct follower *followers, *by_heard, *lagging, *behind, *gone;
    uint32_t n_waiting;             /* messages, for all of them */
    struct follower *leaving;       /* forgotten, but libzmq holds something of theirs */
    struct branch *branches, *root; /* root: "" */
    struct beat *beats, *by_beat;
};

/* feed_holder.c. certificate NULL: nobody's. */
struct holder *holder_open(struct feed *feed, const struct certificate *certificate);
void holder_revoke(struct feed *feed, struct holder *holder);
/* Forgets those of whom nothing is left. */
void holders_sweep(struct feed *feed);

/* feed_follower.c. NULL: no follower. */
struct follower *follower_find(const struct feed *feed, uint32_t peer);
struct follower *follower_add(struct feed *feed, uint32_t peer, struct holder *holder);
void follower_heard(struct feed *feed, struct follower *follower);
/* why: the counter that says so. */
void follower_forget(struct feed *feed, struct follower *follower, uint64_t *why);
/* Its connection is gone: it is forgotten by followers_bury, when nobody walks a list any more. */
void follower_lose(struct feed *feed, uint32_t peer);
void followers_bury(struct feed *feed);
void followers_forgive(struct feed *feed, int64_t pause_ms);
void followers_lapse(struct feed *feed);
/* Frees those of whom libzmq holds nothing any more. */
void followers_sweep(struct feed *feed);

/* feed_interest.c */
struct interest *interest_find(struct follower *follower, const char *prefix, size_t size);
/* What this certificate may not, or not now: REFUSAL_NONE if it may. follower NULL: not one yet. */
enum refusal interest_check(const struct feed *feed, const struct holder *holder,
                            struct follower *follower, const struct feed_message *message);
void interest_add(struct feed *feed, struct follower *follower, const struct feed_message *message);
void interest_drop(struct feed *feed, struct interest *interest);
struct branch *branch_of(const struct feed *feed, const char *topic, size_t size);
bool interest_matches(const struct interest *interest, const struct feed_message *publication);

/* feed_beat.c */
void beat_remember(struct feed *feed, const struct feed_message *heartbeat);
const struct beat *beat_find(const struct feed *feed, const char *topic, size_t size);
void beats_expire(struct feed *feed);

/* feed_queue.c. Sends a frame or has it wait, and takes it in any case. False: no more may wait, it
 * is dropped. */
bool queue_put(struct feed *feed, struct follower *follower, zmq_msg_t *frame);
void queue_drop(struct feed *feed, struct follower *follower);

/* feed_publish.c: tells it what it lost. False: it could not be told. */
bool follower_tell_lag(struct feed *feed, struct follower *follower);

/* feed.c */
void feed_time(struct feed *feed, int64_t now_ms); /* it is not earlier than this */
/* Says one of the broker's words, about a prefix or none (NULL). False: it cannot be said now. */
bool feed_say(struct feed *feed, uint32_t peer, enum feed_word word,
              const struct feed_message *about, const void *body, size_t size);
enum refusal feed_refuse(struct feed *feed, uint32_t peer, const struct feed_message *about,
                         enum refusal refusal, int64_t retry_ms);
