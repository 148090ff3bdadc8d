/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.h - a seeded world around the broker's core: callers, workers, and a network that misbehaves
 *
 * Time is virtual, every choice comes from the seed, so a run can be repeated bit for bit. The
 * world is built by simulator.c, people in it by sim_client.c and sim_worker.c, and sim_check.c
 * watches everything that goes in and out; it may look into the broker's state as well.
 */
#pragma once

#include <stdio.h>

#include "services/broker/route/route_state.h"

enum {
    SIM_CLIENTS = 4,
    SIM_WORKERS = 6,
    SIM_STREETS = 8, /* the last one is "", for requests that span streets */
    SIM_SERVICES = 2,
    SIM_REQUESTS_MAX = 1024,
    SIM_TRAFFIC_MS = 15000, /* requests and faults */
    SIM_CALM_MS = 70000,    /* no new ones; everything must be answered */
    SIM_SILENCE_MS = 45000, /* workers are silent; everything must be forgotten */
    SIM_FAILURE = 300,
};

enum { SIM_REGISTRY = 0, SIM_ECHO = 1 };
extern const char *const sim_services[SIM_SERVICES];
extern const char *const sim_streets[SIM_STREETS];

struct simulation {
    uint64_t seed;
    FILE *trace; /* NULL: quiet */
    /* results */
    uint64_t hash; /* of everything that went in and out */
    int requests, finals, errors, sent, repeated, dead_letters, forged;
    int follows, events, events_lost, lapsed, stuck, revoked; /* of the event side */
    char failure[SIM_FAILURE];                                /* "" when every check held */
};

/* True if every check held: requests, and events in a world of their own. */
bool simulate(struct simulation *simulation);
bool simulate_feed(struct simulation *simulation);

/* -- between the simulator's own files -- */

enum sim_kind {
    SIM_FROM_CLIENT,
    SIM_FROM_WORKER,
    SIM_TO_WORKER,
    SIM_CLIENT_WAKES,
    SIM_WORKER_WAKES
};

struct sim_event {
    int64_t at_ms;
    uint64_t order; /* of equal times */
    enum sim_kind kind;
    int actor;
    int generation; /* of the worker that it concerns */
    int request;    /* that a client's message carries; -1: none */
    struct frames frames;
};

struct sim_worker {
    struct certificate certificate;
    int generation; /* a restart makes a new connection, so a new routing id */
    int service;
    const char *streets; /* "": pool */
    int credit;          /* 0: plain */
    bool dead;           /* until it wakes as a new generation */
    int64_t stopped_until_ms;
};

struct sim_request {
    int client, service, street;
    bool headerless, poison, in_one;
    int64_t timeout_ms;
    int deliveries, finals, sends, excused;
    int64_t last_delivery_ms;
};

/* A request that was at a worker before the step that runs. */
struct sim_at_work {
    const struct request *request;
    int index;
    uint8_t deaths;
    uint8_t ticket[TICKET_BYTES];
};

struct sim {
    struct simulation *simulation;
    void *memory;
    struct broker *broker;
    struct outbox *out;
    int64_t now_ms, end_of_traffic_ms;
    uint64_t random, order;
    struct broker_options options;
    struct {
        struct sim_event **item;
        size_t count, room;
    } heap; /* earliest first */
    struct {
        unsigned lost, doubled, late; /* of 1000 messages */
        unsigned accidents;           /* of 1000 wakings of a worker */
    } fault;
    bool silent; /* workers say nothing any more */
    struct certificate clients[SIM_CLIENTS];
    struct sim_worker workers[SIM_WORKERS];
    struct sim_request requests[SIM_REQUESTS_MAX];
    int request_count, worker_count, street_count;
    uint8_t seen_ticket[TICKET_BYTES]; /* the last one that any worker got ... */
    int seen_by, seen_generation;      /* ... and which */
    int headerless_deliveries, anonymous_finals;
    struct sim_at_work at_work[SIM_REQUESTS_MAX];
    int at_work_count;
    uint64_t ends;  /* of workers, before the step */
    bool noise_due; /* somebody said what makes no sense, and has to be told */
    uint32_t passed_over[SIM_SERVICES][SIM_STREETS]; /* turns of others while this one waited */
    struct group *bound[SIM_SERVICES][SIM_STREETS];
    bool waited[SIM_SERVICES][SIM_STREETS];
};

uint32_t sim_draw(uint64_t *random, uint32_t limit);
uint32_t sim_below(struct sim *sim, uint32_t limit);
bool sim_chance(struct sim *sim, unsigned per_mille);
void sim_fail(struct sim *sim, const char *format, ...) PRINTF(2, 3);
/* Takes the frames of event. */
void sim_at(struct sim *sim, int64_t at_ms, struct sim_event *event);
/* Through the network: may be lost, doubled, late or overtaken. */
void sim_send(struct sim *sim, int64_t after_ms, struct sim_event *event);
void sim_wake(struct sim *sim, int64_t after_ms, enum sim_kind kind, int actor);
void sim_step(struct sim *sim, enum broker_event event, struct frames *frames,
              const struct certificate *caller);

void sim_client_setup(struct sim *sim);
void sim_client_wakes(struct sim *sim, int client);

void sim_worker_setup(struct sim *sim);
void sim_worker_wakes(struct sim *sim, int worker);
void sim_worker_receives(struct sim *sim, struct sim_event *event);
/* The worker with this routing id; -1: nobody, or of an earlier generation. */
int sim_worker_of(const struct sim *sim, struct frames *frames);
/* Number of the request whose payload ("r000123", 'X' for poison) is in the body from frame `at`
 * on; -1: none. */
int sim_request_in(struct frames *frames, size_t at);
/* The same of a REQUEST to a worker; `at`: behind the command. */
int sim_request_sent(struct frames *frames, size_t at);

void sim_check_input(struct sim *sim, const struct sim_event *event);
void sim_check_before(struct sim *sim);
void sim_check_after(struct sim *sim, enum broker_event event);
void sim_check_forgotten(struct sim *sim);
