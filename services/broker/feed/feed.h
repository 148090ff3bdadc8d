/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.h - the event side as a pure core: who follows what, and who gets a publication
 *
 * No socket, clock, log or randomness inside. Messages of the publish and event ports
 * (libcommon/bus/feed.h) go in, each with the certificate of who sent it; what goes out passes
 * through `send` of its surroundings, which says at once what became of it, for that decides what
 * comes next: what a follower cannot take waits for it, and for whom no more may wait loses the
 * event, alone, and hears how many it lost before the next one that it gets. The program (events.c)
 * has ZeroMQ around it, the simulator a seed.
 *
 * Everything that one certificate can make it keep, hold or say is bounded, by the limits below.
 * One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "libcommon/bus/certificate.h"
#include "services/broker/refusal.h"

enum {
    /* Prefixes that are followed. */
    FEED_PREFIXES_OF_PEER = 64,
    FEED_PREFIXES_OF_CERTIFICATE = 256,
    FEED_PREFIXES_MAX = 100000,
    /* Bytes that their prefixes and types take. */
    FEED_TEXT_OF_CERTIFICATE = 128 * 1024,
    FEED_TEXT_MAX = 16 * 1024 * 1024,
    /* Bytes of events that libzmq holds. */
    FEED_HELD_OF_PEER = 1024 * 1024,
    FEED_HELD_OF_CERTIFICATE = 4 * 1024 * 1024,
    FEED_HELD_MAX = 24 * 1024 * 1024, /* each event once, however many wait for it; beyond it ... */
    FEED_HELD_ANYWAY = 64 * 1024,     /* ... only those lose more who hold more than this */
    /* Messages that wait for followers, behind those that libzmq takes. */
    FEED_WAITING_OF_PEER = 1000,
    FEED_WAITING_MAX = 100000,
    /* Heartbeats that are remembered for those who come. */
    FEED_BEATS_MAX = 100000,
    FEED_BEAT_BYTES = 64, /* of one */
    FEED_BEAT_MS = 3000,  /* after that long without a newer one a journal counts as silent */
    /* Time. */
    FEED_STUCK_MS = 10000, /* without taking anything: forgotten */
    FEED_REFUSE_MS = 1000, /* a certificate that is too fast is told so once in this time */
    FEED_PAUSE_MS =
        1000, /* between two ticks: the broker itself was away, and nobody's silence counts */
    FEED_TOKEN = 16 * 1024, /* bytes of a foreign worker's publication that count as one more */
};

/* What became of a frame. */
enum feed_sent {
    FEED_SENT,
    FEED_FULL, /* it can take no more now */
    FEED_GONE, /* there is no such peer */
};

/* peer: a follower's connection, by the number that libzmq gave it and that stands behind the 0 of
 * its routing id. */
struct feed_surroundings {
    void *context;
    uint32_t waiting_max; /* messages for one follower: FEED_WAITING_OF_PEER but in tests */
    /* Sends without waiting. Takes the frame if it is sent, and leaves it otherwise. */
    enum feed_sent (*send)(void *context, uint32_t peer, zmq_msg_t *frame);
    /* Is this certificate known and exactly like this now? */
    bool (*holds)(void *context, const struct certificate *certificate);
    /* Asks publishers for what begins like this. */
    void (*want)(void *context, const char *prefix, size_t size);
};

/* X(name, help). They only grow. */
#define FEED_COUNTERS(X)                                                                           \
    X(events, "Publications passed on")                                                            \
    X(events_refused, "Publications dropped because their topic is not the sender's")              \
    X(events_limited, "Publications of foreign workers dropped because they were too many")        \
    X(publishers_heard, "Times that a publisher said that it is there")                            \
    X(events_delivered, "Events given to followers, or waiting for them, each follower counted")   \
    X(events_lost, "Events that a follower lost because it reads too slowly")                      \
    X(lags_told, "Times that a follower was told how many events it lost")                         \
    X(follows, "Prefixes that somebody follows from now on, repeats included")                     \
    X(follows_refused, "Prefixes that may not be followed, by certificate, form or number")        \
    X(follower_noise, "Messages at the event port that are none of its own")                       \
    X(followers_limited, "Messages of followers not answered because they were too many")          \
    X(followers_unknown, "Pings of whom this broker knows nothing, answered by that")              \
    X(followers_left, "Followers that follow nothing any more or lost their connection")           \
    X(followers_lapsed, "Followers forgotten because they said nothing for 5 s")                   \
    X(followers_stuck, "Followers forgotten because they took nothing for 10 s")                   \
    X(followers_revoked, "Followers forgotten because their certificate was taken away or "        \
                         "changed")

struct feed_counters {
#define X(name, help) uint64_t name;
    FEED_COUNTERS(X)
#undef X
};

/* How things stand, for gauges. */
struct feed_load {
    uint32_t followers, prefixes;
    int64_t held; /* bytes */
};

struct feed;

struct feed *feed_create(const void *parent, const struct feed_surroundings *around,
                         int64_t now_ms);
/* When nothing of what it sent is held any more, as behind zmq_ctx_term. */
void feed_destroy(struct feed **feed);

/* A message of a follower; it stays the caller's. frame NULL: a message that is not one frame. from
 * NULL: its certificate is not known any more. Answers in any case, unless it is too many. Returns
 * why it was refused. */
enum refusal feed_hear(struct feed *feed, uint32_t peer, zmq_msg_t *frame,
                       const struct certificate *from, int64_t now_ms);

enum feed_verdict {
    FEED_PASSED, /* to whoever follows it, maybe nobody */
    FEED_HELLO,  /* of a publisher: nobody else's business */
    FEED_NOT_ITS_OWN,
    FEED_TOO_MANY,
};

/* A publication; the frame is taken. */
enum feed_verdict feed_publish(struct feed *feed, zmq_msg_t *frame, const struct certificate *from,
                               int64_t now_ms);

/* Tries again to send what waits. True: something waits still, so come back soon. */
bool feed_retry(struct feed *feed);
/* This connection ended. */
void feed_gone(struct feed *feed, uint32_t peer);
/* Certificates changed: whoever follows by one that does not hold any more is told so and
 * forgotten. */
void feed_revoke(struct feed *feed);
/* At least every 100 ms. */
void feed_tick(struct feed *feed, int64_t now_ms);

const struct feed_counters *feed_counters(const struct feed *feed);
struct feed_load feed_load(const struct feed *feed);
