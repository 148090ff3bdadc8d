/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulator.c - virtual time, a heap of what is under way, and the network
 *
 * A seed first draws the world (how many workers, how tight the bounds, how bad the network), then
 * everything that happens in it. Three acts: traffic with faults, calm in which all must be
 * answered, silence in which all must be forgotten.
 */
#include <stdarg.h>
#include <string.h>

#include "tests/broker/sim.h"

const char *const sim_services[SIM_SERVICES] = {"registry", "echo"};
const char *const sim_streets[SIM_STREETS] = {"s1", "s2", "s3", "s4", "s5", "s6", "s7", ""};

/* splitmix64 */
uint32_t sim_draw(uint64_t *random, uint32_t limit)
{
    uint64_t z = (*random += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

uint32_t sim_below(struct sim *sim, uint32_t limit)
{
    return sim_draw(&sim->random, limit);
}

bool sim_chance(struct sim *sim, unsigned per_mille)
{
    return sim_below(sim, 1000) < per_mille;
}

void sim_fail(struct sim *sim, const char *format, ...)
{
    char *failure = sim->simulation->failure;
    va_list args;

    if (failure[0])
        return; /* the first one tells most */
    int length = snprintf(failure, SIM_FAILURE, "at %lld ms: ", (long long)sim->now_ms);
    va_start(args, format);
    vsnprintf(failure + length, SIM_FAILURE - (size_t)length, format, args);
    va_end(args);
}

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct sim *sim, size_t a, size_t b)
{
    struct sim_event *event = sim->heap.item[a];

    sim->heap.item[a] = sim->heap.item[b];
    sim->heap.item[b] = event;
}

void sim_at(struct sim *sim, int64_t at_ms, struct sim_event *event)
{
    struct sim_event *kept = mem_bytes(sim->memory, sizeof *kept);
    size_t at = sim->heap.count++;

    kept->at_ms = at_ms;
    kept->order = sim->order++;
    kept->kind = event->kind;
    kept->actor = event->actor;
    kept->generation = event->generation;
    kept->request = event->request;
    kept->frames.count = 0;
    for (size_t i = 0; i < event->frames.count; i++)
        frames_add_move(&kept->frames, &event->frames.frame[i]);
    frames_clear(&event->frames);
    if (sim->heap.count > sim->heap.room) {
        sim->heap.room = sim->heap.room ? sim->heap.room * 2 : 256;
        sim->heap.item = mem_check(
            talloc_realloc(sim->memory, sim->heap.item, struct sim_event *, sim->heap.room));
    }
    sim->heap.item[at] = kept;
    for (; at > 0 && earlier(kept, sim->heap.item[(at - 1) / 2]); at = (at - 1) / 2)
        swap(sim, at, (at - 1) / 2);
}

static struct sim_event *take_earliest(struct sim *sim)
{
    struct sim_event *event = sim->heap.item[0];
    size_t at = 0, child;

    sim->heap.item[0] = sim->heap.item[--sim->heap.count];
    while ((child = at * 2 + 1) < sim->heap.count) {
        if (child + 1 < sim->heap.count &&
            earlier(sim->heap.item[child + 1], sim->heap.item[child]))
            child++;
        if (!earlier(sim->heap.item[child], sim->heap.item[at]))
            break;
        swap(sim, at, child);
        at = child;
    }
    return event;
}

static int64_t journey_ms(struct sim *sim)
{
    return sim_chance(sim, sim->fault.late) ? sim_below(sim, 5000) : 1 + sim_below(sim, 4);
}

void sim_send(struct sim *sim, int64_t after_ms, struct sim_event *event)
{
    bool faulty = sim->now_ms < sim->end_of_traffic_ms;

    if (faulty && sim_chance(sim, sim->fault.lost)) {
        frames_clear(&event->frames);
        return;
    }
    if (faulty && sim_chance(sim, sim->fault.doubled)) {
        struct sim_event twin = *event;

        twin.frames.count = 0;
        for (size_t i = 0; i < event->frames.count; i++)
            frames_add_copy(&twin.frames, &event->frames.frame[i]);
        sim_at(sim, sim->now_ms + after_ms + journey_ms(sim), &twin);
    }
    sim_at(sim, sim->now_ms + after_ms + (faulty ? journey_ms(sim) : 1), event);
}

void sim_wake(struct sim *sim, int64_t after_ms, enum sim_kind kind, int actor)
{
    struct sim_event event = {.kind = kind, .actor = actor, .request = -1};

    sim_at(sim, sim->now_ms + after_ms, &event);
}

static void record(struct sim *sim, const char *what, struct frames *frames)
{
    uint64_t hash = sim->simulation->hash;
    FILE *trace = sim->simulation->trace;

    hash = (hash ^ (uint64_t)sim->now_ms) * 0x100000001b3;
    hash = (hash ^ (uint8_t)what[0]) * 0x100000001b3;
    if (trace)
        fprintf(trace, "%7lld %-14s", (long long)sim->now_ms, what);
    for (size_t i = 0; frames && i < frames->count; i++) {
        const uint8_t *data = frames_data(frames, i);
        size_t size = frames_size(frames, i);

        for (size_t byte = 0; byte < size; byte++) {
            hash = (hash ^ data[byte]) * 0x100000001b3;
            if (trace)
                fprintf(trace, data[byte] > 32 && data[byte] < 127 ? "%c" : "\\%02x", data[byte]);
        }
        hash = (hash ^ 0x1ff) * 0x100000001b3;
        if (trace)
            fputs(" | ", trace);
    }
    if (trace)
        fputc('\n', trace);
    sim->simulation->hash = hash;
}

static void carry(struct sim *sim, struct outbox_message *message)
{
    struct sim_event event = {.kind = SIM_TO_WORKER, .request = -1};
    struct frames gone = {0};

    event.actor = sim_worker_of(sim, &message->frames);
    if (event.actor < 0 || sim->workers[event.actor].dead) {
        /* As a ROUTER that must reach its peer would say, at times late. */
        if (sim_chance(sim, 500)) {
            frames_add_copy(&gone, &message->frames.frame[0]);
            event.kind = SIM_FROM_WORKER;
            event.generation = -1;
            event.frames = gone;
            sim_at(sim, sim->now_ms, &event);
        }
        return;
    }
    event.generation = sim->workers[event.actor].generation;
    for (size_t i = 0; i < message->frames.count; i++)
        frames_add_move(&event.frames, &message->frames.frame[i]);
    sim_send(sim, 0, &event);
}

void sim_step(struct sim *sim, enum broker_event event, struct frames *frames,
              const struct certificate *caller)
{
    static const char *const names[BROKER_EVENTS] = {
        [BROKER_FROM_CLIENT] = "<client", [BROKER_FROM_WORKER] = "<worker",
        [BROKER_WORKER_GONE] = "<gone",   [BROKER_TICK] = "<tick",
        [BROKER_DRAIN] = "<drain",        [BROKER_CLOSE] = "<close",
    };
    struct outbox_message *message;

    record(sim, names[event], frames);
    sim_check_before(sim);
    broker_step(sim->broker, event, frames, caller, sim->now_ms, sim->out);
    DL_FOREACH(sim->out->messages, message)
    {
        record(sim, message->port == PORT_CLIENT ? ">client" : "worker>", &message->frames);
    }
    sim_check_after(sim, event);
    DL_FOREACH(sim->out->messages, message)
    {
        if (message->port == PORT_WORKER)
            carry(sim, message);
    }
    outbox_clear(sim->out);
}

static void happen(struct sim *sim, struct sim_event *event)
{
    switch (event->kind) {
    case SIM_FROM_CLIENT:
        sim_check_input(sim, event);
        sim_step(sim, BROKER_FROM_CLIENT, &event->frames, &sim->clients[event->actor]);
        break;
    case SIM_FROM_WORKER:
        if (event->generation < 0)
            sim_step(sim, BROKER_WORKER_GONE, &event->frames, NULL);
        else
            sim_step(sim, BROKER_FROM_WORKER, &event->frames,
                     &sim->workers[event->actor].certificate);
        break;
    case SIM_TO_WORKER:
        sim_worker_receives(sim, event);
        break;
    case SIM_CLIENT_WAKES:
        sim_client_wakes(sim, event->actor);
        break;
    case SIM_WORKER_WAKES:
        sim_worker_wakes(sim, event->actor);
        break;
    }
}

/* Ticks come every 50 ms, rarely after a pause of the whole process. */
static void run_until(struct sim *sim, int64_t end_ms, int64_t tick_ms)
{
    int64_t next_tick_ms = sim->now_ms + tick_ms;

    while (sim->now_ms < end_ms && !sim->simulation->failure[0]) {
        if (sim->heap.count > 0 && sim->heap.item[0]->at_ms < next_tick_ms) {
            struct sim_event *event = take_earliest(sim);

            if (event->at_ms > sim->now_ms)
                sim->now_ms = event->at_ms;
            happen(sim, event);
            frames_clear(&event->frames);
            talloc_free(event);
        } else {
            sim->now_ms = next_tick_ms;
            sim_step(sim, BROKER_TICK, NULL, NULL);
            next_tick_ms += sim_chance(sim, 2) ? 100 + sim_below(sim, 6000) : tick_ms;
        }
    }
}

static void draw_world(struct sim *sim)
{
    sim->street_count = 1 + (int)sim_below(sim, SIM_STREETS - 1);
    sim->worker_count = 1 + (int)sim_below(sim, SIM_WORKERS);
    sim->options.street_max = 2 + sim_below(sim, 30);
    sim->options.certificate_max = 4 + sim_below(sim, 60);
    sim->options.total_max = 8 + sim_below(sim, 120);
    sim->options.rates_percent = sim_chance(sim, 200) ? 20 : 0;
    for (size_t i = 0; i < TICKET_KEY; i++)
        sim->options.ticket_key[i] = (uint8_t)sim_below(sim, 256);
    if (sim_chance(sim, 750)) {
        sim->fault.lost = sim_below(sim, 60);
        sim->fault.doubled = sim_below(sim, 60);
        sim->fault.late = sim_below(sim, 60);
        sim->fault.accidents = sim_below(sim, 250);
    }
}

static void finish(struct sim *sim)
{
    const struct broker_counters *counters = broker_counters(sim->broker);

    sim->simulation->sent = (int)counters->sent;
    sim->simulation->repeated = (int)counters->repeated;
    sim->simulation->dead_letters = (int)counters->dead_letters;
    for (size_t i = 0; i < sim->heap.count; i++)
        frames_clear(&sim->heap.item[i]->frames);
    outbox_destroy(&sim->out);
    broker_destroy(&sim->broker);
    talloc_free(sim->memory);
}

bool simulate(struct simulation *simulation)
{
    void *memory = mem_check(talloc_new(NULL));
    struct sim *sim = mem_new(memory, struct sim);

    sim->memory = memory;
    sim->simulation = simulation;
    sim->random = simulation->seed;
    sim->end_of_traffic_ms = SIM_TRAFFIC_MS;
    simulation->hash = 0xcbf29ce484222325;
    draw_world(sim);
    sim->broker = broker_create(memory, &sim->options, 0);
    sim->out = outbox_create(memory);
    sim_client_setup(sim);
    sim_worker_setup(sim);
    run_until(sim, SIM_TRAFFIC_MS, 50);
    if (sim_chance(sim, 200))
        sim_step(sim, BROKER_DRAIN, NULL, NULL);
    run_until(sim, SIM_TRAFFIC_MS + SIM_CALM_MS, 250);
    if (sim_chance(sim, 200))
        sim_step(sim, BROKER_CLOSE, NULL, NULL);
    sim->silent = true;
    run_until(sim, SIM_TRAFFIC_MS + SIM_CALM_MS + SIM_SILENCE_MS, 500);
    sim_check_forgotten(sim);
    finish(sim);
    return simulation->failure[0] == 0;
}
