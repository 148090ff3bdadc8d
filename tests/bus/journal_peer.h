/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_peer.h - peers that serve journals of street xiasha and publish their events
 *
 * A journal is a number: its events 1 to head are made up when somebody asks. Faults are switched
 * on by the test, and so is a restore: events behind the fork get other ids.
 */
#pragma once

#include "bed.h"
#include "libcommon/bus/subscriber.h"

struct journal {
    const char *service;
    int64_t head, oldest; /* oldest: smaller numbers are gone */
    int history;          /* restored so often: events behind `fork` are others than before */
    int64_t fork;
    bool announced; /* the last restore was: heartbeats have another incarnation */
    uint32_t page;  /* most events of one answer */
    uint32_t slow;  /* what asks for more is not answered in time; 0: everything is */
    int64_t cursor;
    enum status fault;            /* answered to everything instead, unless OK */
    bool refuses_ages;            /* ... as a service does whose clock is not the caller's */
    enum status move_fault;       /* ... to MoveCursor, after moving when it is UNKNOWN */
    ProtobufCBinaryData bad_page; /* answered once to Read, unless empty */
    unsigned reads, moves;
    char move_id[40];      /* request_id of the last MoveCursor */
    char refused_move[40]; /* ... that was refused for its age */
};

enum { JOURNALS = 2 };

struct stage {
    struct bed *bed;
    struct journal journal[JOURNALS];
    struct subscriber *subscriber;
};

/* Both peers, a client, journals "registry" and "selection". The subscriber is the test's to
 * make. */
int stage_up(void **state);
int stage_down(void **state);
#define stage_test(function) cmocka_unit_test_setup_teardown(function, stage_up, stage_down)

/* n services of the stage, from its first. */
void stage_subscribe(struct stage *stage, size_t n, const char *cursor, int64_t after_seq);
/* Waits until so many topics are followed at both peers. */
void wait_subscribed(struct stage *stage, size_t topics);

/* A packed CloudEvent under parent. */
ProtobufCBinaryData journal_event(const void *parent, const struct journal *journal, int64_t seq);
ProtobufCBinaryData journal_heartbeat(const void *parent, const struct journal *journal,
                                      int64_t head);
/* A packed ReadResponse of these numbers; ends with 0. */
ProtobufCBinaryData journal_page(const void *parent, const struct journal *journal,
                                 const int64_t *seqs);

void publish(struct stage *stage, size_t peer, const struct journal *journal, int64_t seq);
void beat(struct stage *stage, size_t peer, const struct journal *journal, int64_t head);

/* Answers what has come. */
void stage_serve(struct stage *stage);
/* Serves while it waits for the next event; the status is the subscriber's, never NOT_FOUND. */
enum status stage_next(struct stage *stage, struct subscriber_event *ret);
/* The next events are those of this journal from..to, in order. */
void expect_events(struct stage *stage, const struct journal *journal, int64_t from, int64_t to);
/* The next event is this one; UNAVAILABLE may come before it. */
void expect_recovery(struct stage *stage, int64_t seq);
/* Serves until the subscriber says that it caught up. */
void expect_caught_up(struct stage *stage);
/* Serves for that long: no event may come. */
void expect_nothing(struct stage *stage, int ms);
