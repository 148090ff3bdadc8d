/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story.h - tells the broker's core a story and looks at what it says
 *
 * Every step empties the outbox first, so what is asserted is what the last step led to. Requests
 * that workers got are remembered by worker, oldest first, so that a story can answer them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "services/broker/route/route.h"

enum { STORY_HELD_MAX = 64, STORY_TICKET = 16 };

struct held {
    char worker[8];
    uint8_t ticket[STORY_TICKET];
    int request; /* its number; -1: it has no header of ours */
};

struct story {
    void *memory;
    struct broker *broker;
    struct outbox *out;
    int64_t now_ms;
    struct held held[STORY_HELD_MAX];
    size_t held_count;
};

/* Bounds: 4 a street, 6 a connection, 8 in all. */
int story_begins(void **state);
int story_ends(void **state);
#define story_test(function) cmocka_unit_test_setup_teardown(function, story_begins, story_ends)

/* Certificates go by name: registry and echo are SERVICE of all streets, office is STREET_STAFF of
 * xiasha and yanlan, gateway and operator are that of all streets, volunteer is VOLUNTEER of
 * xiasha, and nobody has no role. */

/* credit NULL: a plain worker. The certificate is the service's. */
void ready(struct story *story, const char *worker, const char *service, const char *credit);
/* The same for the streets "a b" alone. */
void ready_for(struct story *story, const char *worker, const char *service, const char *credit,
               const char *streets);
void worker_says(struct story *story, const char *worker, const char *certificate, int command);
/* Answers the oldest request that worker holds, with payload "done". */
void finish(struct story *story, const char *worker);
void finish_with(struct story *story, const char *worker, const char *certificate,
                 const uint8_t ticket[static STORY_TICKET]);
/* A FINAL of these frames, the worker's of "registry". */
void finish_raw(struct story *story, const char *worker, const ProtobufCBinaryData *frame,
                size_t count);

struct ask {
    const char *from;    /* routing id; "c" if NULL */
    const char *as;      /* certificate; "operator" if NULL */
    const char *to;      /* "registry@xiasha" if NULL */
    const char *street;  /* in the header; that of `to` if NULL */
    const char *actor;   /* "" if NULL */
    uint32_t timeout_ms; /* 10 s if 0 */
    const char *plain;   /* a body of this one frame instead of header and payload */
    const void *payload;
    size_t payload_size; /* 0: "?" */
};
/* number becomes the request's id. */
void ask(struct story *story, int number, struct ask ask);
void ask_street(struct story *story, int number, const char *service);

/* The worker's connection has ended. */
void gone(struct story *story, const char *worker);
/* Everything else. */
void happens(struct story *story, enum broker_event event);
/* The next moments, in ticks of 50 ms; workers named beat each second. */
void pass(struct story *story, int64_t ms, const char *const *beating);
#define BEATING(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The results of the last step (of pass: of all its ticks). */
size_t messages_to(struct story *story, enum broker_port port, const char *peer, int command);
struct frames *message_to(struct story *story, enum broker_port port, const char *peer,
                          int command);
size_t holds(const struct story *story, const char *worker);
/* Number of the request that worker holds as its index-th. */
int held_by(const struct story *story, const char *worker, size_t index);
/* One final reply to that peer: this code; rule of its violation, NULL: none. */
void assert_reply(struct story *story, const char *peer, enum status code, const char *rule);
enum status reply_code(struct story *story, const char *peer);
void assert_no_reply(struct story *story);
#define assert_counter(story, name, expected)                                                      \
    assert_int_equal(broker_counters((story)->broker)->name, expected)
