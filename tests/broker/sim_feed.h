/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_feed.h - what the files of the event side's world share: sim_feed.c acts, sim_feed_watch.c
 * watches
 */
#pragma once

#include <string.h>

#include "services/broker/feed/feed.h"
#include "tests/broker/sim.h"

enum {
    PEERS = 8,
    PEOPLE = 6,
    ROOM_MAX = 64, /* frames that wait for one peer */
    FOLLOWED_MAX = 8,
    ACTS = 600,
};

struct peer {
    uint32_t number; /* a new one with each connection */
    int who;
    bool is_away;
    int64_t stopped_until_ms, heard_ms;
    int64_t took_ms, rested_ms; /* took something, had nothing to take */
    size_t room, count;
    zmq_msg_t frame[ROOM_MAX];
    uint32_t followed; /* a bit for each of prefixes */
    int type[FOLLOWED_MAX];
    uint32_t due[ACTS]; /* publications for it that it neither got nor was told of, in order */
    uint32_t n_due;
};

struct feed_sim {
    struct simulation *simulation;
    struct feed *feed;
    uint64_t random;
    int64_t now_ms;
    struct certificate people[PEOPLE];
    bool is_revoked[PEOPLE];
    bool is_changed; /* a certificate, and nobody has said so yet */
    struct peer peer[PEERS];
    uint32_t numbers, publication;
};

/* The prefixes that may be followed: peer->followed has a bit, and peer->type a number, for
 * each. */
extern const char *const watch_prefixes[FOLLOWED_MAX];

/* ---- sim_feed_watch.c ---- */

void watch_fail_unless(struct feed_sim *sim, bool good, const char *what, const struct peer *peer);
void watch_record(struct feed_sim *sim, const char *what, uint32_t peer, zmq_msg_t *frame);

/* The expected state, computed in another way than the core does. */
bool watch_is_granted(const struct certificate *certificate, const char *topic);
bool watch_is_published(const struct certificate *from, const char *topic);
bool watch_follows(const struct peer *peer, const char *topic);

/* It follows nothing any more. */
void watch_forget(struct peer *peer);
/* The core's way to the peers, through the watch. */
struct feed_surroundings watch_around(struct feed_sim *sim);
/* Checks that the core had a reason for each peer that it forgot without being told. */
void watch_look(struct feed_sim *sim);
