/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw.h - ZeroMQ without manners: every frame is the test's own
 *
 * A peer is one CURVE socket connected to one port of one broker; it ends with talloc_free, at the
 * latest with the bed.
 */
#pragma once

#include "bus_envelope.pb-c.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/frames.h"
#include "tests/system/bed.h"

struct raw {
    void *socket;
    int64_t pinged_ms; /* when a follower said its last word */
};

/* own NULL: a random key that nobody knows. */
struct raw *raw_connect(struct bed *bed, int type, const struct certificate *own, size_t broker,
                        enum broker_port port);

/* Sends a message of text frames. */
#define raw_send(raw, ...) raw_send_texts(raw, (const char *const[]){__VA_ARGS__, NULL})
void raw_send_texts(struct raw *raw, const char *const *texts);

/* The next message. False: none within wait_ms. */
bool raw_receive(struct raw *raw, int64_t wait_ms, struct frames *ret);
/* The next message of a worker's port that is no heartbeat; beats once a second meanwhile. Fails
 * the test if none comes. */
void raw_receive_work(struct raw *raw, struct frames *ret);

/* [MDPC02, 1, address, header, payload]; header NULL: no such frame. */
void raw_request(struct raw *raw, const char *address, const Bus__RequestHeader *header,
                 ProtobufCBinaryData payload);
/* The next answer of a broker: [""?, MDPC02, 3, service, ReplyHeader, payload]; fails the test when
 * none comes. Under bed->memory. */
const Bus__ReplyHeader *raw_answer(struct bed *bed, struct raw *raw);

/* "registry@STREET" under bed->memory. */
char *raw_address(struct bed *bed, const char *street);
/* A fresh header: new id, this street and short method name; under bed->memory. */
Bus__RequestHeader *raw_header(struct bed *bed, const char *street, const char *method);

/* Asks an event port for a prefix and says how it answers: FEED_FOLLOWED or FEED_REFUSED. */
enum feed_word raw_follow(struct raw *raw, const char *prefix);
/* The next message of an event port that is no PONG, taken apart; pings meanwhile, so that it does
 * not lapse. False: none within wait_ms. */
bool raw_hear(struct raw *raw, int64_t wait_ms, struct frames *ret,
              struct feed_message *ret_message);
void raw_publish(struct raw *raw, const char *topic, const char *body);
/* Waits until the broker asks this publisher for everything, as it does once a service follows
 * everything: what nobody follows is not even sent. */
void raw_await_all(struct raw *publisher);

/* Nothing came back so far, and the broker, asked something by the same connection, answers that
 * next. */
void raw_assert_ignored(struct raw *raw);
/* Asks a broker by a fresh connection for a unit list, which it must get. */
void raw_assert_serves(struct bed *bed, size_t broker);

/* Set-up and tear-down of a test that must leave no trace: everybody lives, both brokers serve, and
 * the tables are as before. */
int raw_count(void **state);
int raw_unharmed(void **state);

/* A plain TCP connection to a port of 127.0.0.1; the caller closes it. */
int raw_tcp(int port);
/* Bytes of which nothing can be made, by a fixed rule so that a failure can be repeated. */
void raw_noise(uint8_t *bytes, size_t size, uint32_t seed);
