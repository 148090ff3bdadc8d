/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_worker.c - workers of a simulation: they serve, stop, die, restart, leave, withdraw and cheat
 *
 * A worker answers with the request's own payload, so that an answer to the wrong caller shows; a
 * cheat answers somebody else's ticket with "forged".
 */
#include <string.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/wire.h"
#include "tests/broker/sim.h"
#include "tests/work.h"

static int number_of(const void *payload, size_t size)
{
    char text[8] = "";

    if (size != sizeof text - 1)
        return -1;
    memcpy(text, payload, sizeof text - 1);
    return (text[0] == 'r' || text[0] == 'X') ? (int)strtol(text + 1, NULL, 10) : -1;
}

int sim_request_in(struct frames *frames, size_t at)
{
    ProtobufCBinaryData header, payload;

    if (frames->count == at + 1) { /* a foreign one without header, or a Request */
        int number = number_of(frames_data(frames, at), frames_size(frames, at));

        if (number >= 0)
            return number;
    }
    return body_open(frames, at, &header, &payload) ? number_of(payload.data, payload.len) : -1;
}

int sim_request_sent(struct frames *frames, size_t at)
{
    void *scratch = mem_check(talloc_new(NULL));
    const Bus__Delivery *work = work_read(scratch, frames, at);
    int number = work ? number_of(work->payload.data, work->payload.len) : -1;

    talloc_free(scratch);
    return number;
}

static void routing_id(const struct sim_worker *worker, int index, char ret[static 32])
{
    snprintf(ret, 32, "w%d.%d", index, worker->generation);
}

int sim_worker_of(const struct sim *sim, struct frames *frames)
{
    char id[32];

    for (int i = 0; i < sim->worker_count; i++) {
        routing_id(&sim->workers[i], i, id);
        if (frames_equal(frames, 0, id, strlen(id)))
            return i;
    }
    return -1;
}

static struct sim_event begin(struct sim *sim, int index, uint8_t command)
{
    struct sim_worker *worker = &sim->workers[index];
    struct sim_event event = {
        .kind = SIM_FROM_WORKER, .actor = index, .generation = worker->generation, .request = -1};
    char id[32];

    routing_id(worker, index, id);
    frames_add_text(&event.frames, id);
    if (index % 2)
        frames_add(&event.frames, "", 0);
    frames_add_text(&event.frames, MDP_WORKER);
    frames_add(&event.frames, &command, 1);
    return event;
}

static void say(struct sim *sim, int index, uint8_t command)
{
    struct sim_event event = begin(sim, index, command);

    sim_send(sim, 0, &event);
}

static void send_ready(struct sim *sim, int index, int credit, int64_t after_ms)
{
    const struct sim_worker *worker = &sim->workers[index];
    struct sim_event event = begin(sim, index, MDP_WORKER_READY);
    char text[ADDRESS_NAME + 1];
    const bool has_several = strchr(worker->streets, ' ') != NULL;

    address_format(sim_services[worker->service], has_several ? "" : worker->streets, text);
    frames_add_text(&event.frames, text);
    if (worker->credit > 0) {
        snprintf(text, sizeof text, "%d", credit);
        frames_add_text(&event.frames, text);
    }
    if (has_several)
        frames_add_text(&event.frames, worker->streets);
    sim_send(sim, after_ms, &event);
}

void sim_worker_setup(struct sim *sim)
{
    for (int i = 0; i < sim->worker_count; i++) {
        struct sim_worker *worker = &sim->workers[i];

        worker->service = i == 2 || i == 5 ? SIM_ECHO : SIM_REGISTRY;
        worker->streets = i != 3 ? "" : sim_chance(sim, 50) ? "s1 s2" : "s1";
        worker->credit = worker->service == SIM_ECHO ? 0 : 1 + (int)sim_below(sim, 8);
        worker->certificate.role = BUS__ROLE__ROLE_SERVICE;
        snprintf(worker->certificate.name, sizeof worker->certificate.name, "%s",
                 sim_services[worker->service]);
        snprintf(worker->certificate.streets, sizeof worker->certificate.streets, "*");
        worker->dead = true;
        sim_wake(sim, sim_below(sim, 3000), SIM_WORKER_WAKES, i);
    }
}

static void die(struct sim *sim, int index)
{
    sim->workers[index].dead = true; /* its timer wakes it as the next generation */
}

/* A final with a ticket that is not this worker's, now and then in the frames of the other kind. */
static void cheat(struct sim *sim, int index)
{
    static uint8_t forged[] = "forged";
    struct sim_event event = begin(sim, index, MDP_WORKER_FINAL);
    bool plain = sim->workers[index].credit == 0;
    Bus__Answer answer = BUS__ANSWER__INIT;
    uint8_t ticket[TICKET_BYTES]; /* of its own, so that two changes do not make it whole again */

    memcpy(ticket, sim->seen_ticket, sizeof ticket);
    if (sim_chance(sim, 500) ||
        (sim->seen_by == index && sim->seen_generation == sim->workers[index].generation))
        ticket[sim_below(sim, TICKET_BYTES)] ^= 1;
    answer.ticket = (ProtobufCBinaryData){TICKET_BYTES, ticket};
    answer.header = answer.payload = (ProtobufCBinaryData){sizeof forged - 1, forged};
    work_answer(&event.frames, plain != sim_chance(sim, 200), &answer);
    sim->simulation->forged++;
    sim_send(sim, 0, &event);
}

static void have_accident(struct sim *sim, int index)
{
    struct sim_worker *worker = &sim->workers[index];

    switch (sim_below(sim, 6)) {
    case 0:
        die(sim, index);
        break;
    case 1:
        worker->stopped_until_ms = sim->now_ms + 500 + sim_below(sim, 6000);
        break;
    case 2:
        say(sim, index, MDP_WORKER_DISCONNECT);
        break;
    case 3:
        send_ready(sim, index, 0, 0);
        break;
    case 4:
        send_ready(sim, index, worker->credit, 0);
        break;
    default:
        cheat(sim, index);
    }
}

void sim_worker_wakes(struct sim *sim, int index)
{
    struct sim_worker *worker = &sim->workers[index];

    if (sim->silent)
        return;
    sim_wake(sim, 950 + sim_below(sim, 100), SIM_WORKER_WAKES, index);
    if (worker->stopped_until_ms > sim->now_ms)
        return;
    if (worker->dead) {
        worker->dead = false;
        worker->generation++;
        send_ready(sim, index, worker->credit, 0);
        return;
    }
    say(sim, index, MDP_WORKER_HEARTBEAT);
    if (sim->now_ms < sim->end_of_traffic_ms && sim_chance(sim, sim->fault.accidents))
        have_accident(sim, index);
}

static ProtobufCBinaryData reply_header(const void *parent, int request)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    char id[ID_CHARS + 1];

    snprintf(id, sizeof id, "00000000-0000-7000-8000-%012x", (unsigned)request);
    header.request_id = id;
    return wire_pack(parent, &header.base);
}

static void serve(struct sim *sim, int index, const Bus__Delivery *work)
{
    struct sim_event event = begin(sim, index, MDP_WORKER_FINAL);
    Bus__Answer answer = BUS__ANSWER__INIT;
    int64_t work_ms = sim_chance(sim, 30) ? sim_below(sim, 9000) : sim_below(sim, 60);

    answer.ticket = work->ticket;
    answer.header = reply_header(work, number_of(work->payload.data, work->payload.len));
    answer.payload = work->payload;
    work_answer(&event.frames, !work->caller, &answer);
    sim_send(sim, work_ms, &event);
}

static void take_work(struct sim *sim, const struct sim_event *event, const Bus__Delivery *work)
{
    if (!work || work->ticket.len != TICKET_BYTES || work->payload.len == 0 ||
        !work->caller != (sim->workers[event->actor].credit == 0)) {
        sim_fail(sim, "a worker got a request of the other kind");
        return;
    }
    memcpy(sim->seen_ticket, work->ticket.data, TICKET_BYTES);
    sim->seen_by = event->actor;
    sim->seen_generation = event->generation;
    if (work->payload.data[0] == 'X')
        die(sim, event->actor);
    else
        serve(sim, event->actor, work);
}

void sim_worker_receives(struct sim *sim, struct sim_event *event)
{
    struct sim_worker *worker = &sim->workers[event->actor];
    struct frames *frames = &event->frames;
    struct mdp_message message;

    if (worker->dead || worker->generation != event->generation)
        return;
    if (worker->stopped_until_ms > sim->now_ms) {
        sim_at(sim, worker->stopped_until_ms, event);
        return;
    }
    if (!mdp_read(frames, MDP_WORKER, &message)) {
        sim_fail(sim, "a worker got something that is not Majordomo");
    } else if (message.command == MDP_WORKER_DISCONNECT) {
        if (!sim->silent)
            send_ready(sim, event->actor, worker->credit, 20);
    } else if (message.command == MDP_WORKER_REQUEST) {
        void *scratch = mem_check(talloc_new(NULL));
        take_work(sim, event, work_read(scratch, frames, message.rest));
        talloc_free(scratch);
    }
}
