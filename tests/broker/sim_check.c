/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_check.c - what must hold after every step, whatever the network and the workers did
 *
 * From outside: every request that arrived has at most one final answer, has it by its deadline,
 * and has the right one; no forged answer passes; what a plain worker had goes to no other; no
 * street is passed over more often than there are streets. From inside: broker_state.h.
 */
#include <string.h>

#include "bus_envelope.pb-c.h"
#include "tests/broker/broker_state.h"
#include "tests/broker/sim.h"

void sim_check_input(struct sim *sim, const struct sim_event *event)
{
    if (event->request < 0) {
        sim->noise_due = true;
        return;
    }
    struct sim_request *request = &sim->requests[event->request];

    request->deliveries++;
    request->last_delivery_ms = sim->now_ms;
    sim->headerless_deliveries += request->headerless;
    sim->simulation->requests++;
}

static uint64_t worker_ends(const struct sim *sim)
{
    const struct broker_counters *counters = broker_counters(sim->broker);

    return counters->workers_left + counters->workers_died;
}

/* What is at a worker now; it may come back without blame. */
void sim_check_before(struct sim *sim)
{
    struct worker *worker, *next;
    struct request *request;

    sim->ends = worker_ends(sim);
    sim->at_work_count = 0;
    HASH_ITER(hh, sim->broker->workers, worker, next)
    {
        DL_FOREACH(worker->requests, request)
        {
            int index = request->connection ? sim_request_in(&request->body, 0) : -1;

            if (index < 0 || sim->at_work_count == SIM_REQUESTS_MAX)
                continue;
            struct sim_at_work *row = &sim->at_work[sim->at_work_count++];

            *row = (struct sim_at_work){request, index, request->deaths, {0}};
            memcpy(row->ticket, request->ticket, TICKET_BYTES);
        }
    }
}

static bool came_back(const struct sim_at_work *row, const struct request *request)
{
    bool left = request->place != PLACE_AT_WORKER ||
                memcmp(request->ticket, row->ticket, TICKET_BYTES) != 0;

    return left && request->was_sent && request->deaths == row->deaths;
}

/* What came back without blame may be sent once more. */
static void excuse(struct sim *sim)
{
    for (size_t slot = 0; slot < WHEEL_SLOTS; slot++) {
        struct request *request;

        DL_FOREACH2(sim->broker->wheel[slot], request, due_next)
        {
            for (int i = 0; i < sim->at_work_count; i++)
                if (sim->at_work[i].request == request && came_back(&sim->at_work[i], request))
                    sim->requests[sim->at_work[i].index].excused++;
        }
    }
}

static int id_in_header(struct sim *sim, struct frames *frames, size_t body, enum status *ret_code)
{
    ProtobufCBinaryData packed = {0}, payload;
    Bus__ReplyHeader *header = body_open(frames, body, &packed, &payload)
                                   ? bus__reply_header__unpack(NULL, packed.len, packed.data)
                                   : NULL;
    int request = -1;

    if (!header) {
        sim_fail(sim, "a reply has no ReplyHeader");
        return -1;
    }
    if (strlen(header->request_id) == ID_CHARS)
        request = (int)strtol(header->request_id + 24, NULL, 16);
    *ret_code = (enum status)header->code;
    bus__reply_header__free_unpacked(header, NULL);
    return request;
}

typedef uint32_t turn_table[SIM_SERVICES][SIM_STREETS]; /* requests sent to pools in one step */

static void check_reply(struct sim *sim, struct frames *frames)
{
    struct mdp_message message;
    enum status code = STATUS_OK;

    if (!mdp_read(frames, MDP_CLIENT, &message) || message.command != MDP_CLIENT_FINAL ||
        frames->count < message.rest + 2 || frames->count > message.rest + 3) {
        sim_fail(sim, "a caller got something that is no final reply");
        return;
    }
    if (frames_equal(frames, frames->count - 1, "forged", 6)) {
        sim_fail(sim, "a forged reply reached a caller");
        return;
    }
    int index = id_in_header(sim, frames, message.rest + 1, &code);
    if (index < 0 && sim->noise_due) {
        sim->noise_due = false;
        if (code != STATUS_INVALID_ARGUMENT && code != STATUS_RESOURCE_EXHAUSTED)
            sim_fail(sim, "noise is answered %s", status_name(code));
        return;
    }
    sim->simulation->finals++;
    sim->simulation->errors += code != STATUS_OK;
    if (index < 0) {
        if (++sim->anonymous_finals > sim->headerless_deliveries)
            sim_fail(sim, "more replies without an id than requests without a header");
        return;
    }
    if (code == STATUS_OK && sim_request_in(frames, message.rest + 1) != index)
        sim_fail(sim, "request %d got the reply to another one", index);
    if (sim->requests[index].headerless) /* a worker's answer, which names it */
        sim->headerless_deliveries--;
    struct sim_request *request = &sim->requests[index];
    if (request->service == SIM_REGISTRY && (frames->count == message.rest + 2) != request->in_one)
        sim_fail(sim, "request %d is not answered in the frames it came in", index);
    if (*(const char *)frames_data(frames, 0) != 'A' + request->client)
        sim_fail(sim, "the reply to request %d went to another caller", index);
    if (++request->finals > request->deliveries)
        sim_fail(sim, "request %d was answered twice", index);
}

static void check_sent(struct sim *sim, int index)
{
    if (index < 0) {
        sim_fail(sim, "a worker got a request that nobody made");
        return;
    }
    struct sim_request *request = &sim->requests[index];
    int limit = request->service == SIM_ECHO ? 1 : DEATHS_MAX;
    if (++request->sends > limit * request->deliveries + request->excused)
        sim_fail(sim, "request %d was sent to workers too often", index);
}

/* After a tick nobody's time is up without an answer. */
static void check_deadlines(struct sim *sim)
{
    int anonymous = 0;

    for (int i = 0; i < sim->request_count; i++) {
        const struct sim_request *request = &sim->requests[i];
        bool over = sim->now_ms >= request->last_delivery_ms + request->timeout_ms + GRACE_MS;

        if (!over || request->finals >= request->deliveries)
            continue;
        if (!request->headerless)
            sim_fail(sim, "request %d has no answer at its deadline", i);
        anonymous += request->deliveries - request->finals;
    }
    if (anonymous > sim->anonymous_finals)
        sim_fail(sim, "requests without a header have no answer at their deadline");
}

static void check_turn(struct sim *sim, int service, int street, turn_table taken)
{
    struct routed_service *known = service_find(sim->broker, sim_services[service]);
    struct queue *queue = known ? queue_find(known, sim_streets[street]) : NULL;
    uint32_t *passed_over = &sim->passed_over[service][street];
    bool waits = queue && queue->turns;
    /* Turns at a worker of its own: test_route.c. */
    bool same_line = waits && sim->waited[service][street] && queue->group == &known->pool &&
                     sim->bound[service][street] == &known->pool;

    if (!same_line || taken[service][street] > 0) {
        *passed_over = 0;
    } else {
        for (int other = 0; other < SIM_STREETS; other++)
            *passed_over += taken[service][other];
    }
    if (*passed_over > SIM_STREETS)
        sim_fail(sim, "street %s of %s starves", sim_streets[street], sim_services[service]);
    sim->waited[service][street] = waits;
    sim->bound[service][street] = queue ? queue->group : NULL;
}

static void check_messages(struct sim *sim)
{
    turn_table taken = {0};
    struct outbox_message *message;
    struct mdp_message read;

    DL_FOREACH(sim->out->messages, message)
    {
        if (message->port == PORT_CLIENT) {
            check_reply(sim, &message->frames);
        } else if (mdp_read(&message->frames, MDP_WORKER, &read) &&
                   read.command == MDP_WORKER_REQUEST) {
            int index = sim_request_sent(&message->frames, read.rest);

            check_sent(sim, index);
            int worker = ((const char *)frames_data(&message->frames, 0))[1] - '0'; /* "w3.1" */

            if (index >= 0 && !sim->workers[worker].streets[0])
                taken[sim->requests[index].service][sim->requests[index].street]++;
        }
    }
    for (int service = 0; service < SIM_SERVICES; service++)
        for (int street = 0; street < SIM_STREETS; street++)
            check_turn(sim, service, street, taken);
}

/* The broker keeps a worker's latest word only; what it ever said is known here. */
static void check_credits(struct sim *sim)
{
    struct worker *worker, *next;

    HASH_ITER(hh, sim->broker->workers, worker, next)
    {
        int credit = sim->workers[worker->peer.id[1] - '0'].credit; /* "w3.1" */

        if (worker->in_flight > (credit ? (uint32_t)credit : 1))
            sim_fail(sim, "a worker has %u requests and a credit of %d", worker->in_flight, credit);
    }
}

static void check_state(struct sim *sim)
{
    const char *wrong = broker_state_wrong(sim->broker);

    if (wrong)
        sim_fail(sim, "%s", wrong);
    check_credits(sim);
}

void sim_check_after(struct sim *sim, enum broker_event event)
{
    if (sim->ends != worker_ends(sim))
        excuse(sim);
    check_messages(sim);
    if (sim->noise_due)
        sim_fail(sim, "noise is not answered");
    check_state(sim);
    if (event == BROKER_TICK)
        check_deadlines(sim);
}

/* After the last act the broker remembers nothing but the names of services. */
void sim_check_forgotten(struct sim *sim)
{
    const char *left = broker_state_left(sim->broker);

    if (left)
        sim_fail(sim, "%s", left);
    for (int i = 0; i < sim->request_count; i++)
        if (!sim->requests[i].headerless && sim->requests[i].finals != sim->requests[i].deliveries)
            sim_fail(sim, "request %d: %d answers to %d arrivals", i, sim->requests[i].finals,
                     sim->requests[i].deliveries);
}
