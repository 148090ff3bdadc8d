/* SPDX-License-Identifier: Apache-2.0 */
/* route.c - one step: which event it is, and the passing of time */
#include <assert.h>
#include <string.h>

#include "services/broker/route/route_state.h"

struct broker *broker_create(const void *parent, const struct broker_options *options,
                             int64_t now_ms)
{
    struct broker *broker = mem_new(parent, struct broker);

    broker->options = *options;
    weights_read(broker, options->weights);
    broker->now_ms = broker->start_ms = broker->tick_ms = now_ms;
    return broker;
}

void requests_each(struct broker *broker, void (*act)(struct request *request))
{
    for (size_t slot = 0; slot < WHEEL_SLOTS; slot++) {
        struct request *request, *next;

        DL_FOREACH_SAFE2(broker->wheel[slot], request, next, due_next)
        {
            act(request);
        }
    }
}

static void drop(struct request *request)
{
    if (request->connection)
        request_settle(request);
    request_forget(request);
}

void broker_destroy(struct broker **ref)
{
    struct broker *broker = *ref;
    struct routed_service *service, *next;
    struct lane *lane, *next_lane;

    if (!broker)
        return;
    requests_each(broker, drop);
    HASH_ITER(hh, broker->lanes, lane, next_lane)
    {
        lane_free(lane);
    }
    HASH_CLEAR(hh, broker->parties);
    HASH_CLEAR(hh, broker->workers);
    HASH_ITER(hh, broker->services, service, next)
    {
        HASH_CLEAR(hh, service->dedicated);
    }
    HASH_CLEAR(hh, broker->services);
    HASH_CLEAR(hh, broker->weights);
    talloc_free(broker);
    *ref = NULL;
}

void protocol_note(struct broker *broker, struct frames *frames, const char *port, const char *name)
{
    char protocol[MDP_PROTOCOL_TEXT];

    mdp_protocol(frames, protocol);
    outbox_note(broker->out, LOG_WARNING, "protocol_refused", "port=%s name=%s protocol=%s", port,
                name, LOG_QUOTED(protocol));
}

/* After a pause of its own (stopped, swapped out) the broker cannot know who was silent. */
static void forgive_silence(struct broker *broker, int64_t pause_ms)
{
    struct worker *worker, *next;

    HASH_ITER(hh, broker->workers, worker, next)
    {
        worker->heard_ms += pause_ms;
        if (worker->heard_ms > broker->now_ms)
            worker->heard_ms = broker->now_ms;
    }
}

static void beat(struct broker *broker)
{
    struct worker *worker, *next;

    HASH_ITER(hh, broker->workers, worker, next)
    {
        if (broker->now_ms - worker->heard_ms >= WORKER_SILENT_MS) {
            worker_say(broker, &worker->peer, MDP_WORKER_DISCONNECT);
            worker_remove(worker, FAREWELL_SILENT);
        } else if (broker->now_ms >= worker->beat_ms) {
            worker_say(broker, &worker->peer, MDP_WORKER_HEARTBEAT);
            worker->beat_ms = broker->now_ms + HEARTBEAT_MS;
        }
    }
}

static void tick(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    int64_t last_ms = broker->tick_ms;

    (void)frames, (void)caller;
    broker->tick_ms = broker->now_ms;
    parties_forget(broker);
    lanes_forget(broker);
    lanes_release_all(broker);
    beat(broker);
    wheel_take_due(broker, last_ms);
    while (broker->due)
        request_expire(broker->due);
}

static void refuse_waiting(struct request *request)
{
    if (request->place == PLACE_AT_WORKER)
        return;
    answer_refusal(request, request->was_sent ? REFUSAL_UNANSWERED : REFUSAL_DRAINING);
    request_forget(request);
}

static void drain(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    (void)frames, (void)caller;
    broker->draining = true;
    requests_each(broker, refuse_waiting);
}

static void close_down(struct broker *broker, struct frames *frames,
                       const struct certificate *caller)
{
    struct worker *worker, *next;

    drain(broker, frames, caller);
    HASH_ITER(hh, broker->workers, worker, next)
    {
        worker_say(broker, &worker->peer, MDP_WORKER_DISCONNECT);
        worker_remove(worker, FAREWELL_LEFT);
    }
}

static void (*const events[BROKER_EVENTS])(struct broker *, struct frames *,
                                           const struct certificate *) = {
    [BROKER_FROM_CLIENT] = from_client,
    [BROKER_FROM_WORKER] = from_worker,
    [BROKER_CLIENT_CLAIMED] = client_claimed,
    [BROKER_WORKER_CLAIMED] = worker_claimed,
    [BROKER_CLIENT_REVOKED] = client_revoked,
    [BROKER_WORKER_REVOKED] = worker_revoked,
    [BROKER_CLIENT_GONE] = client_gone,
    [BROKER_WORKER_GONE] = worker_gone,
    [BROKER_TICK] = tick,
    [BROKER_DRAIN] = drain,
    [BROKER_CLOSE] = close_down,
};

/* Ticks come every 100 ms at least: where the last one is long ago, the broker itself had
 * stalled. */
static void pass_time(struct broker *broker, int64_t now_ms)
{
    int64_t last_ms = broker->now_ms;

    if (now_ms > broker->now_ms)
        broker->now_ms = now_ms;
    if (broker->now_ms - last_ms <= HEARTBEAT_MS)
        return;
    broker->paused_ms = broker->now_ms;
    forgive_silence(broker, broker->now_ms - last_ms);
}

void broker_step(struct broker *broker, enum broker_event event, struct frames *frames,
                 const struct certificate *caller, int64_t now_ms, struct outbox *out)
{
    assert(event < BROKER_EVENTS);
    pass_time(broker, now_ms);
    broker->out = out;
    events[event](broker, frames, caller);
    dispatch_woken(broker);
    broker->out = NULL;
    if (frames)
        frames_clear(frames);
}

const struct broker_counters *broker_counters(const struct broker *broker)
{
    return &broker->counters;
}

struct broker_load broker_load(const struct broker *broker)
{
    return (struct broker_load){
        .queued = broker->queued,
        .in_flight = broker->in_flight,
        .workers = HASH_COUNT(broker->workers),
    };
}
