/* SPDX-License-Identifier: Apache-2.0 */
/* feed_world.h - what stands around the event side's core in its tests: a few connections, each
 * with room for so many frames */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/bus/feed.h"
#include "services/broker/feed/feed.h"

enum { PEERS = 80, ROOM = 400, WAITING = 3, START_MS = 1000000, EVENT = 0x20 };

struct peer {
    zmq_msg_t frame[ROOM]; /* that it has not read yet */
    size_t count, room;
    bool is_away;
};

struct world {
    struct feed *feed;
    int64_t now_ms;
    struct peer peer[PEERS];
    const struct certificate *revoked;
    char wanted[FEED_TOPIC_MAX + 1]; /* the last one */
    char read[64 * 1024];            /* what take returned */
};

extern struct certificate registry, kiosk, office, system_, volunteer, robot;

int world_begin(void **state);
int world_end(void **state);
enum refusal world_hear(struct world *world, uint32_t peer, const struct certificate *from,
                        const void *data, size_t size);
/* text: the prefix, then types behind a '|' each. */
enum refusal world_follow(struct world *world, uint32_t peer, const struct certificate *from,
                          const char *text);
enum refusal world_ping(struct world *world, uint32_t peer, const struct certificate *from);
enum feed_verdict world_publish_bytes(struct world *world, const struct certificate *from,
                                      const char *topic, const void *body, size_t size);
enum feed_verdict world_publish(struct world *world, const struct certificate *from,
                                const char *topic);
/* In ticks of 50 ms. */
void world_pass(struct world *world, int64_t ms);
/* The next frame as text: the word's number if it is one, then the topic, then the body unless it
 * is a header. */
const char *world_take(struct world *world, uint32_t number);
void assert_refused(struct world *world, uint32_t number, const char *prefix, enum status code,
                    const char *rule);
void world_clear(struct peer *peer);

#define assert_hears(world, peer, expected) assert_string_equal(world_take(world, peer), expected)
#define assert_silence(world, peer) assert_string_equal(world_take(world, peer), "nothing")
#define feed_test(function) cmocka_unit_test_setup_teardown(function, world_begin, world_end)
