/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed.h - what tests of the bus stand on: certificates, a ZAP handler and peers that play brokers
 *
 * A peer is a CURVE ROUTER at a broker's client port and another one at its event port. It does
 * only what the test says, in the test's own thread, so a test decides what is answered, doubled or
 * lost. Whatever waits, waits for a condition, WAIT_MS at most.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>
#include <cmocka.h>

#include "libcommon/bus/certificate.h"
#include "libcommon/bus/client.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/zap.h"

enum { PEERS = 2, WAIT_MS = 20000, FOLLOWS_MAX = 16 };

/* One FOLLOW of somebody at an event port. */
struct follow {
    uint8_t id[5];
    char prefix[64];
};

struct peer {
    int port; /* of clients */
    void *router, *feed;
    unsigned pings, greetings; /* answered so far, at the client port */
    struct follow follow[FOLLOWS_MAX];
    size_t n_follows;
    unsigned followed, feed_pings; /* FOLLOWs and PINGs that came so far */
    enum status refusal;           /* to every FOLLOW, unless OK */
    bool mute;                     /* the event port answers nothing */
    ProtobufCBinaryData heartbeat; /* that stands in FOLLOWED */
};

struct bed {
    void *memory; /* freed after each test */
    void *context;
    char folder[32]; /* of certificates; the caller's file is there */
    struct certificate broker, caller;
    struct zap *zap;
    struct peer peer[PEERS];
    struct client *client;
};

/* A request as a peer got it. */
struct request {
    struct peer *peer;
    struct frames frames; /* routing id, protocol, command, service, header, payload */
    Bus__RequestHeader *header;
};

/* cmocka set-up and tear-down of one test. Peers are not up yet. */
int bed_up(void **state);
int bed_down(void **state);
#define bed_test(function) cmocka_unit_test_setup_teardown(function, bed_up, bed_down)

void peer_up(struct bed *bed, size_t index);
void peer_down(struct peer *peer);
/* Answers what came to the event port. */
void peer_feed(struct peer *peer);
/* As after a follower's lapse. */
void peer_forget(struct peer *peer);
/* To all who follow the topic; how many. */
size_t peer_publish(struct peer *peer, const char *topic, const void *body, size_t size);
/* A frame as it is, to everybody who follows anything. */
void peer_say(struct peer *peer, const void *data, size_t size);

/* Ports 7500-7699 are cut into ten ranges; each process holds one, so that suites of several
 * checkouts run side by side. Waits for a free one. PORT_PEERS: 4 for each peer. */
enum { PORT_PEERS = 0, PORT_ADMIN = 8, PORT_NOBODY, PORT_RANGE = 20 };
int bed_port(int offset);

/* "127.0.0.1:7500" and, for count 2, ",127.0.0.1:7504"; valid until the next call. */
const char *bed_brokers(size_t count);
void bed_client(struct bed *bed, size_t brokers);

/* Takes the next request that any peer got, if there is one; pings, greetings and followers are
 * answered on the way unless deaf: then a peer that reads nothing at all is left out. */
bool peers_take(struct bed *bed, const struct peer *deaf, struct request *ret);
/* Waits for a request at any peer but `deaf`, while the client does its work. Fails the test if the
 * client has a reply before. */
void wait_request(struct bed *bed, const struct peer *deaf, struct request *ret);
/* Waits for the client's next reply while peers answer pings; a further request fails the test. */
void wait_reply(struct bed *bed, struct client_reply *ret);

/* Answers with this code and payload. The request stays, so it can be answered again. */
void answer(struct request *request, enum status code, const void *payload, size_t size);
void answer_message(struct request *request, const ProtobufCMessage *message);
void answer_refusal(struct request *request, enum status code, const char *field, const char *rule);
/* RESOURCE_EXHAUSTED with the time to come back. */
void answer_too_much(struct request *request, const char *retry_ms);
/* The request's id in the answers to it: as sent, unless the test wants another text. */
void answer_with_id(struct request *request, enum status code, const char *request_id);
void request_clear(struct request *request);
/* Which peer got it: its index. */
size_t peer_index(const struct bed *bed, const struct request *request);

uint64_t bed_send(struct bed *bed, uint32_t timeout_ms);

#define assert_text(actual, expected) assert_string_equal(actual, expected)
