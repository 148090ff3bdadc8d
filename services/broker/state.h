/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - what the broker's core remembers; for its own files only
 *
 *   service "registry" -> groups: the pool ("") and one per street that has dedicated workers
 *                      -> queues: one per street with anything unanswered
 *   group  -> workers, and in `turns` the queues that wait for one of them, next in line first
 *   queue  -> waiting, suspects;  worker -> its requests
 *
 * A request is always in exactly one list, the one that its `place` names; request_move is the only
 * function that changes it. Everything is talloc'ed under the broker.
 */
#pragma once

#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

#include "libcommon/bus/certificate.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "services/broker/address.h"
#include "services/broker/mdp.h"
#include "services/broker/refusal.h"
#include "services/broker/route.h"

enum {
    TICKET_BYTES = 16,
    WHEEL_SLOTS = 1024,
    WHEEL_SLOT_MS = 64, /* 1024 x 64 ms: longer than any deadline is ahead */
    /* A plain worker's frames are routing id, "", protocol, command, ticket, "", then the body;
     * one to spare. */
    BODY_FRAMES_MAX = FRAMES_MAX - 7,
    DEATHS_MAX = 2, /* a request that took so many workers with it is not sent again */
};

/* A connection that has something unanswered. */
struct connection {
    struct mdp_peer peer;
    char name[CERTIFICATE_NAME + 1];
    uint32_t unanswered;
    bool replaced; /* its routing id is somebody else's now: answers must not go there */
    UT_hash_handle hh;
};

enum request_place {
    PLACE_NOWHERE,
    PLACE_WAITING,   /* queue->waiting */
    PLACE_SUSPECT,   /* queue->suspects: a worker died while it had this */
    PLACE_AT_WORKER, /* worker->requests, and in broker->tickets */
};

struct request {
    struct request *prev, *next;         /* in the list of its place */
    struct request *due_prev, *due_next; /* in *due_list */
    struct request **due_list;
    UT_hash_handle hh; /* by ticket */
    uint8_t ticket[TICKET_BYTES];
    enum request_place place;
    struct connection *connection; /* NULL once answered */
    struct queue *queue;
    struct worker *worker;
    int64_t deadline_ms;  /* the caller's */
    int64_t due_ms;       /* when request_expire looks at it */
    enum refusal verdict; /* on its header; a foreign service does not care */
    char request_id[ID_CHARS + 1];
    Bus__Role role;
    bool leading_empty;
    bool counts_at_home; /* it is one of queue->home_in_flight */
    bool was_sent;       /* a worker had it once: "nothing was done" is no longer certain */
    uint8_t deaths;      /* workers that died while they had it */
    struct frames body;
};

/* One (service, street). */
struct queue {
    struct queue *prev, *next; /* in group->turns while something waits */
    UT_hash_handle hh;
    struct service *service;
    char street[STREET_SLUG + 1];
    struct group *group; /* whose workers serve it now */
    bool in_turns;
    struct request *waiting, *suspects;
    uint32_t queued, in_flight, unanswered;
    struct worker *home; /* where home_in_flight of its requests are: more go there */
    uint32_t home_in_flight;
};

struct worker {
    struct worker *prev, *next; /* in group->workers */
    UT_hash_handle hh;
    struct mdp_peer peer;
    char name[CERTIFICATE_NAME + 1];
    struct group *group;
    bool plain;      /* announced no credit: one at a time, RFC 18 as it is, never sent again */
    uint32_t credit; /* 0: it withdrew */
    uint32_t in_flight;
    uint32_t suspects; /* of them: at most one */
    int64_t heard_ms, beat_ms;
    struct request *requests;
};

struct group {
    UT_hash_handle hh;
    struct service *service;
    char street[STREET_SLUG + 1]; /* "": the pool */
    struct worker *workers;
    uint32_t live; /* workers with credit */
    struct queue *turns;
    uint32_t turn_count;
};

struct service {
    UT_hash_handle hh;
    struct broker *broker;
    char name[SERVICE_NAME + 1];
    bool seen;    /* a worker registered once */
    bool foreign; /* its workers are plain: bodies are not ours to read */
    uint32_t workers;
    struct group pool;
    struct group *dedicated; /* by street */
    struct queue *queues;    /* by street */
};

struct broker {
    struct broker_options options;
    struct broker_counters counters;
    int64_t now_ms, start_ms, tick_ms;
    uint64_t ticket_count;
    uint32_t unanswered, queued, in_flight;
    bool draining;
    struct outbox *out; /* of the step that runs */
    struct service *services;
    struct worker *workers;
    struct connection *connections;
    struct request *tickets;
    struct request *wheel[WHEEL_SLOTS];
    struct request *due; /* taken off the wheel by the tick that runs */
};

/* A request and where it stands: request.c */
struct request *request_create(struct broker *broker, const struct mdp_peer *peer,
                               const struct certificate *caller, struct queue *queue);
void request_move(struct request *request, enum request_place place, struct worker *worker);
void request_settle(struct request *request); /* its caller has, or gets no, answer */
void request_forget(struct request *request); /* frees it and its queue if that was the last */
void request_due(struct request *request, int64_t due_ms);
struct connection *connection_find(struct broker *broker, const struct mdp_peer *peer,
                                   const char *name);

/* What a caller gets: answer.c */
struct frames *answer_begin(struct broker *broker, struct request *request, uint8_t command);
void answer_refusal(struct request *request, enum refusal refusal); /* and settles it */
void answer_at_door(struct broker *broker, const struct mdp_peer *to, struct frames *frames,
                    size_t service, const char *request_id, enum refusal refusal);

/* The one frame of a worker with credit: delivery.c */
void delivery_add(struct frames *frames, struct request *request, bool asked_before);
/* Turns the Answer at `at`, the last frame, into ticket, "" and body as of a plain worker. False: it
 * is none. */
bool answer_open(struct frames *frames, size_t at);

/* Services, queues and turns: queue.c, dispatch.c */
struct service *service_open(struct broker *broker, const char *name);
void service_release(struct service *service);
struct service *service_find(struct broker *broker, const char *name);
struct queue *queue_find(struct service *service, const char *street);
struct queue *queue_open(struct service *service, const char *street);
void queue_turn(struct queue *queue); /* in line when something waits, out when not */
void queue_release(struct queue *queue);
void queue_bind(struct queue *queue);
struct group *group_open(struct service *service, const char *street);
struct group *group_find(struct service *service, const char *street);
void group_release(struct group *group);
void dispatch_group(struct group *group);
void dispatch_service(struct service *service);

/* Time: wheel.c, expire.c */
void wheel_add(struct broker *broker, struct request *request);
void wheel_remove(struct request *request);
void wheel_take_due(struct broker *broker, int64_t from_ms); /* into broker->due */
void request_expire(struct request *request);

/* Workers: worker.c, ready.c, from_worker.c */
enum farewell { FAREWELL_LEFT, FAREWELL_DIED };
struct worker *worker_find(struct broker *broker, const struct mdp_peer *peer);
void worker_say(struct broker *broker, const struct mdp_peer *to, uint8_t command);
void worker_credit(struct worker *worker, uint32_t credit);
void worker_remove(struct worker *worker, enum farewell farewell);
void worker_ready(struct broker *broker, struct worker *worker, struct frames *frames,
                  const struct mdp_message *message, const struct certificate *caller);
void from_worker(struct broker *broker, struct frames *frames, const struct certificate *caller);

/* Callers: from_client.c, check.c, mmi.c */
struct header_facts {
    char request_id[ID_CHARS + 1]; /* as far as it can be read */
    uint32_t timeout_ms;
};
void from_client(struct broker *broker, struct frames *frames, const struct certificate *caller);
/* May this certificate speak to this street at all? */
enum refusal check_caller(const struct certificate *caller, const struct address *address);
/* Is the body what the contract says? */
enum refusal check_body(struct frames *frames, size_t body, const struct certificate *caller,
                        const struct address *address, struct header_facts *ret);
void mmi_answer(struct broker *broker, struct frames *frames, const struct mdp_message *message,
                const struct certificate *caller);
