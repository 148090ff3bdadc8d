/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.h - the messages of a broker's publish and event ports, one frame each
 *
 * Published, and passed on as it came: topic NUL body
 *   "xiasha/registry/UnitRegistered"  jusha.journal.v1.CloudEvent
 *   "xiasha/registry/"                jusha.journal.v1.Heartbeat, once a second
 *   "!registry/xiasha"                jusha.journal.v1.Hint, among services
 *
 * At the event port a first byte below 0x20 makes a message one of these:
 *   from a follower   0x01 FOLLOW    prefix [NUL type]…   events of these types only; heartbeats always
 *                     0x02 UNFOLLOW  prefix
 *                     0x03 PING                            at least every FEED_LAPSE_MS, or all is forgotten
 *   from the broker   0x11 FOLLOWED  prefix NUL heartbeat  the last one of that journal; maybe empty
 *                     0x12 UNFOLLOWED prefix NUL
 *                     0x13 PONG
 *                     0x14 LAGGED    count                 decimal: events lost since the last LAGGED
 *                     0x15 REFUSED   prefix NUL ReplyHeader
 * Every FOLLOW, UNFOLLOW and PING is answered by one message. FOLLOW is idempotent: the same prefix
 * again replaces its types. A follower that the broker does not know (it lapsed, or the broker is
 * another one) is told REFUSED with CODE_NOT_FOUND when it pings, and follows again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

enum {
    FEED_TOPIC_MAX = 200,    /* bytes of a topic or prefix */
    FEED_TYPES_MAX = 32,     /* that one FOLLOW names */
    FEED_TYPE_MAX = 64,      /* bytes of one */
    FEED_REQUEST_MAX = 4096, /* bytes of a follower's message; a larger one ends its connection */
    FEED_LAPSE_MS = 5000,    /* without a word of a follower */
    FEED_PING_MS = 1000,     /* how often one should say something */
};

enum feed_word {
    FEED_FOLLOW = 0x01,
    FEED_UNFOLLOW = 0x02,
    FEED_PING = 0x03,
    FEED_FOLLOWED = 0x11,
    FEED_UNFOLLOWED = 0x12,
    FEED_PONG = 0x13,
    FEED_LAGGED = 0x14,
    FEED_REFUSED = 0x15,
    FEED_PUBLISHED = 0x20, /* none of these: a publication */
};

/* One message taken apart; points into the frame. */
struct feed_message {
    enum feed_word word;
    const char *topic; /* or prefix; not NUL-terminated */
    size_t topic_size;
    const uint8_t *body; /* behind the first NUL; for LAGGED the count */
    size_t body_size;
};

/* False: empty, an unknown word, a topic that is too long, or a publication without its NUL. */
bool feed_read(const void *data, size_t size, struct feed_message *ret);

/* Makes a frame: [word unless FEED_PUBLISHED] topic NUL body. PING and PONG are the word alone,
 * FOLLOW and UNFOLLOW end with the prefix when there is no body. */
void feed_write(zmq_msg_t *frame, enum feed_word word, const void *topic, size_t topic_size,
                const void *body, size_t body_size);
