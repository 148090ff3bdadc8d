/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route_state.h - what the broker's core remembers; for its own files only
 *
 *   service "registry" -> groups: the pool ("") and one per street that has dedicated workers
 *                      -> queues: one per street with anything unanswered
 *   group  -> seats, each of a worker, and in `turns` the queues that wait for one, next first
 *   queue  -> suspects, and in `turns` the lanes that wait, next in line first;  lane -> waiting
 *   worker -> its requests, and a seat in each group that it serves: the pool, or some streets
 *   party  -> who asks: a certificate, or a person for whom a gateway asks; a lane in each queue
 *
 * A request is always in exactly one list, the one that its `place` names; request_move is the only
 * function that changes it. Everything is talloc'ed under the broker.
 */
#pragma once

#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

#include "libcommon/base/bucket.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/certificate.h"
#include "services/broker/address.h"
#include "services/broker/held.h"
#include "services/broker/refusal.h"
#include "services/broker/route/body.h"
#include "services/broker/route/mdp.h"
#include "services/broker/route/role_limits.h"
#include "services/broker/route/route.h"

enum {
    TICKET_BYTES = 16,
    WHEEL_SLOTS = 1024,
    WHEEL_SLOT_MS = 64, /* 1024 x 64 ms: longer than any deadline is ahead */
    /* A plain worker's frames are routing id, "", protocol, command, ticket, "", then the body;
     * one to spare. */
    BODY_FRAMES_MAX = FRAMES_MAX - 7,
    DEATHS_MAX = 2,          /* a request that took so many workers with it is not sent again */
    STREETS_MAX = 64,        /* that one worker serves as theirs alone */
    MISSED_MS = 3600 * 1000, /* how long a street's own workers, all lost, are told as missing */
    ACTOR_BYTES_MAX = 64,
};

/* Who asks, as far as turns, rates and budgets go; kept until its bucket is full again. */
struct party {
    struct broker *broker;
    struct party *prev, *next; /* in broker->idle_parties while nothing refers to it */
    UT_hash_handle hh;         /* by name */
    struct party
        *certificate; /* whose budget it uses: itself, or the gateway that asks for this actor */
    const struct limits *limits;
    struct bucket bucket;
    struct bucket patience; /* with what it sends beyond its rate */
    uint32_t users;         /* lanes, connections and actors that refer to it */
    uint32_t unanswered;    /* requests; a certificate's with those of its actors */
    size_t bytes;           /* of unanswered requests; a certificate's with those of its actors */
    struct held_account untaken;                           /* answers that libzmq still holds */
    char name[CERTIFICATE_NAME + 1 + ACTOR_BYTES_MAX + 1]; /* "office", "gateway/0190a000-…" */
};

/* What a party has of one service's workers; kept while it has a lane there. */
struct stake {
    UT_hash_handle hh; /* in broker->stakes, by key */
    struct stake_key {
        struct routed_service *service;
        struct party *party;
    } key;
    struct stake *next_holding; /* in broker->holding while it has held lanes */
    struct lane *held;          /* lanes that wait until fewer of these requests are at workers */
    uint32_t lanes;
    uint32_t in_flight; /* requests at workers */
};

/* The requests of one party in one queue. */
struct lane {
    struct lane *prev,
        *next; /* in queue->turns or stake->held, as `state` says, or in broker->idle_lanes */
    UT_hash_handle hh; /* in broker->lanes, by key */
    struct lane_key {
        struct queue *queue;
        struct party *party;
    } key;
    enum lane_state {
        LANE_IDLE,    /* it has nothing at all; since idle_ms */
        LANE_BUSY,    /* what it has is at workers */
        LANE_IN_TURN, /* something waits */
        LANE_HELD     /* the same, but its party has its share of the service's workers */
    } state;
    struct stake *stake;
    int64_t idle_ms;
    uint32_t requests; /* in all its lists */
    struct request *waiting;
};

/* A connection that has something unanswered. */
struct connection {
    struct mdp_peer peer;
    struct party *certificate;
    char public_key[CURVE_TEXT + 1];
    uint32_t unanswered;
    bool replaced; /* it ended, or its routing id is somebody else's: answers must not go there */
    bool revoked;  /* its certificate was taken away: it gets refusals only */
    UT_hash_handle hh;
};

enum request_place {
    PLACE_NOWHERE,
    PLACE_WAITING,   /* lane->waiting */
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
    struct lane *lane;
    struct queue *queue;
    struct worker *worker;
    int64_t arrived_ms;
    int64_t deadline_ms;          /* the caller's */
    int64_t due_ms;               /* when request_expire looks at it */
    int64_t sent_ms;              /* to the worker that has it */
    size_t bytes;                 /* that it counts in its certificate's budget */
    enum refusal verdict;         /* on its header; a foreign service does not care */
    char request_id[BODY_ID + 1]; /* as it was sent */
    Bus__Role role;
    bool in_one; /* it came in one body frame, and so goes the reply */
    bool leading_empty;
    bool traced;         /* its caller asks for lines of the log */
    bool counts_at_home; /* it is one of queue->home_in_flight */
    bool was_sent;       /* a worker had it once: "nothing was done" is no longer certain */
    uint8_t deaths;      /* workers that died while they had it */
    struct frames body;
};

/* One (service, street). */
struct queue {
    struct queue *prev, *next; /* in group->turns while something waits */
    UT_hash_handle hh;
    struct routed_service *service;
    char street[STREET_SLUG + 1];
    struct group *group; /* whose workers serve it now */
    bool in_turns;
    uint32_t weight, left; /* requests that go in one turn, and how many of them may go still */
    struct lane *turns;    /* lanes that wait */
    struct request *suspects;
    uint32_t lanes; /* of any state; with the last one it goes */
    uint32_t queued, in_flight, unanswered;
    struct worker *home; /* where home_in_flight of its requests are: more go there */
    uint32_t home_in_flight;
};

/* A worker's place among those of a group. */
struct seat {
    struct seat *prev, *next; /* in group->seats */
    struct seat *next_of;     /* in worker->seats */
    struct worker *worker;
    struct group *group;
};

struct worker {
    UT_hash_handle hh;
    struct routed_service *service;
    struct seat *seats; /* one in the pool, or one for each street that it serves */
    struct mdp_peer peer;
    char name[CERTIFICATE_NAME + 1], public_key[CURVE_TEXT + 1]; /* of its certificate */
    bool plain;      /* announced no credit: one at a time, RFC 18 as it is, never sent again */
    uint32_t credit; /* 0: it withdrew */
    uint32_t in_flight;
    uint32_t suspects; /* of them: at most one */
    int64_t heard_ms, beat_ms;
    struct request *requests;
};

struct group {
    UT_hash_handle hh;
    struct routed_service *service;
    char street[STREET_SLUG + 1]; /* "": the pool */
    struct seat *seats;
    uint32_t live;     /* workers with credit */
    uint32_t credit;   /* of all of them, though they may serve other streets, too */
    int64_t missed_ms; /* since when nobody is there; 0: one is, or a street's last left in order */
    struct queue *turns;
    struct group *next_woken; /* in broker->woken */
    bool is_woken;
    const struct party *last; /* who asked last; only to be compared */
    int64_t company_ms;       /* until then nobody counts as asking alone */
};

struct routed_service {
    UT_hash_handle hh;
    struct broker *broker;
    char name[SERVICE_NAME + 1];
    bool seen;      /* a worker registered once */
    Bus__Role role; /* of its workers' certificates: SERVICE or WORKER */
    bool foreign;   /* its workers are plain: bodies are not ours to read */
    uint32_t workers;
    int64_t served_ms; /* when a worker that takes requests was there last, unless one is */
    struct group pool;
    struct group *dedicated; /* by street */
    struct queue *queues;    /* by street */
};

/* A street whose share of the pool is not the usual one. */
struct weight {
    UT_hash_handle hh;
    char street[STREET_SLUG + 1];
    uint32_t weight;
};

struct broker {
    struct broker_options options;
    struct broker_counters counters;
    int64_t now_ms, start_ms, tick_ms;
    uint64_t ticket_count;
    uint32_t unanswered, queued, in_flight;
    size_t bytes; /* of unanswered requests */
    bool draining;
    int64_t paused_ms;  /* when the broker itself last stalled */
    struct outbox *out; /* of the step that runs */
    struct routed_service *services;
    struct worker *workers;
    struct connection *connections;
    struct party *parties, *idle_parties;
    struct lane *lanes, *idle_lanes;
    struct stake *stakes, *holding; /* holding: those with held lanes */
    struct group *woken;            /* have to be looked at before the step ends */
    struct weight *weights;         /* by street */
    struct request *tickets;
    struct request *wheel[WHEEL_SLOTS];
    struct request *due; /* taken off the wheel by the tick that runs */
};

/* Who asks: party.c */
struct party *party_open(struct broker *broker, const struct certificate *caller);
struct party *party_of_actor(struct broker *broker, struct party *gateway, const char *actor);
void party_use(struct party *party);
void party_leave(struct party *party);
/* Takes one message off its rate; false: *ret_wait_ms tells when to come back. */
bool party_may_ask(struct party *party, int64_t *ret_wait_ms);
/* It sent one more beyond its rate, or of no use. True: that is a flood, and the caller is cut
 * off. */
bool party_floods(struct party *party, const struct certificate *caller);
/* For one more request of so many bytes; else why not. */
enum refusal party_has_room(const struct party *party, size_t bytes);
void party_charge(struct party *party, int requests, int64_t bytes);
void parties_forget(struct broker *broker); /* idle ones, a part of them a call */

/* Turns within a queue: lane.c */
struct lane *lane_open(struct queue *queue, struct party *party);
void lane_arrives(struct lane *lane);  /* a request of it came */
void lane_turn(struct lane *lane);     /* in line when something waits, out when not */
void lane_end_turn(struct lane *lane); /* to the end of the line */
/* Takes it out of line if its party has its share of the group's workers; true then. */
bool lane_hold(struct lane *lane);
/* Something of it came back: held ones wait in line again. */
void lanes_release(struct stake *stake);
void lanes_release_all(struct broker *broker);
void lane_free(struct lane *lane);
void lanes_forget(struct broker *broker); /* those that were idle for a second */

/* A request and where it stands: request.c */
struct request *request_create(struct lane *lane, const struct mdp_peer *peer,
                               const struct certificate *caller);
/* Takes the frames from `at` on, and charges the caller for it. */
void request_take_body(struct request *request, struct frames *frames, size_t at);
void request_move(struct request *request, enum request_place place, struct worker *worker);
void request_settle(struct request *request); /* its caller has, or gets no, answer */
void request_forget(struct request *request); /* frees it */
void request_due(struct request *request, int64_t due_ms);
/* Calls act for every request; act may forget that one. */
void requests_each(struct broker *broker, void (*act)(struct request *request));
struct connection *connection_find(struct broker *broker, const struct mdp_peer *peer,
                                   const struct certificate *caller);
/* What is owed to it must not go to its routing id any more. */
void connection_replace(struct broker *broker, struct connection *connection);

/* A caller's message, as far as it was read. */
struct arrival {
    struct mdp_message message; /* .rest: the service frame */
    struct address address;
    size_t body;                  /* index of its first frame */
    char request_id[BODY_ID + 1]; /* as it was sent, as far as it can be found */
    char actor[ACTOR_BYTES_MAX + 1];
    uint32_t timeout_ms;
    bool in_one;          /* the body is one frame */
    bool traced;          /* its caller asks for lines of the log */
    enum refusal verdict; /* on the body; a foreign service does not care */
    int64_t retry_ms;     /* of a refusal that passes */
    struct party *certificate, *party;
};

/* What a caller gets: answer.c */
/* The envelope of a reply in the outbox; the caller adds the body. NULL: its caller's
 * connection has ended, so nobody may get it. */
struct frames *answer_begin(struct request *request, uint8_t command);
void answer_refusal(struct request *request, enum refusal refusal); /* and settles it */
void answer_at_door(struct broker *broker, const struct arrival *arrival, struct frames *frames,
                    enum refusal refusal);

/* The line of a request that is answered now, where it is to leave one: routed.c */
void routed_note(struct request *request, enum refusal refusal);

/* The one frame of a worker with credit: delivery.c */
void delivery_add(struct frames *frames, struct request *request, bool asked_before);
/* Turns the Answer at `at`, the last frame, into ticket, "" and body as of a plain worker. False:
 * it is none. */
bool answer_open(struct frames *frames, size_t at);

/* Shares of the pool: weight.c */
void weights_read(struct broker *broker, const char *text);
uint32_t weight_of(const struct broker *broker, const char *street);

/* Services, queues and turns: queue.c, dispatch.c */
struct routed_service *service_open(struct broker *broker, const char *name);
void service_release(struct routed_service *service);
struct routed_service *service_find(struct broker *broker, const char *name);
struct queue *queue_find(struct routed_service *service, const char *street);
struct queue *queue_open(struct routed_service *service, const char *street);
void queue_turn(struct queue *queue); /* in line when something waits, out when not */
void queue_release(struct queue *queue);
void queue_bind(struct queue *queue);
struct group *group_open(struct routed_service *service, const char *street);
struct group *group_find(struct routed_service *service, const char *street);
void group_release(struct group *group);            /* without a seat, and not missed */
void groups_forget(struct routed_service *service); /* streets' workers missed for long */
void group_sleep(struct group *group);
void group_wake(struct group *group); /* something may go to its workers when the step ends */
void service_wake(struct routed_service *service);
void dispatch_woken(struct broker *broker);

/* Time: wheel.c, expire.c */
void wheel_add(struct broker *broker, struct request *request);
void wheel_remove(struct request *request);
void wheel_take_due(struct broker *broker, int64_t from_ms); /* into broker->due */
void request_expire(struct request *request);

/* Workers: worker.c, ready.c, from_worker.c */
enum farewell {
    FAREWELL_LEFT,   /* it said so */
    FAREWELL_LOST,   /* its connection ended */
    FAREWELL_SILENT, /* it said nothing for too long */
};
struct worker *worker_find(struct broker *broker, const struct mdp_peer *peer);
void worker_say(struct broker *broker, const struct mdp_peer *to, uint8_t command);
bool worker_serves(const struct worker *worker, const struct group *group);
void worker_wake(struct worker *worker); /* group_wake of all that it serves */
void worker_credit(struct worker *worker, uint32_t credit);
void worker_remove(struct worker *worker, enum farewell farewell);
void worker_ready(struct broker *broker, struct worker *worker, struct frames *frames,
                  const struct mdp_message *message, const struct certificate *caller);
void from_worker(struct broker *broker, struct frames *frames, const struct certificate *caller);
/* A line for what is not Majordomo 0.2. port: "client" or "worker". */
void protocol_note(struct broker *broker, struct frames *frames, const char *port,
                   const char *name);

/* Callers: from_client.c, check.c, mmi.c */
void from_client(struct broker *broker, struct frames *frames, const struct certificate *caller);
/* May this certificate speak to this street at all? */
enum refusal check_caller(const struct certificate *caller, const struct address *address);
/* Is the body what the contract says? Fills the arrival's request_id, actor, timeout_ms and
 * traced. */
enum refusal check_body(struct frames *frames, const struct certificate *caller,
                        struct arrival *arrival);
/* A question to the broker itself; one beyond the rate is told so. */
void mmi_answer(struct broker *broker, struct frames *frames, const struct arrival *arrival,
                const struct certificate *caller, bool within_rate);

/* Of peers that are not served, and of connections that ended: from_stranger.c */
void client_claimed(struct broker *broker, struct frames *frames, const struct certificate *caller);
void worker_claimed(struct broker *broker, struct frames *frames, const struct certificate *caller);
void client_revoked(struct broker *broker, struct frames *frames, const struct certificate *caller);
void worker_revoked(struct broker *broker, struct frames *frames, const struct certificate *caller);
void client_gone(struct broker *broker, struct frames *frames, const struct certificate *caller);
void worker_gone(struct broker *broker, struct frames *frames, const struct certificate *caller);
