/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_client.c - a caller's request: read, checked, bounded, queued
 *
 * Refused at the door or accepted; what is accepted gets exactly one final answer. The header of a
 * request for a foreign service (plain workers) is nobody's business; for a service that is not
 * known yet the verdict is kept until a worker shows which kind it is.
 */
#include <string.h>

#include "services/broker/state.h"

struct arrival {
    struct mdp_message message;
    struct address address;
    size_t body; /* index of its first frame */
    struct header_facts facts;
    enum refusal verdict;
};

static enum refusal check_bounds(struct broker *broker, const struct arrival *arrival,
                                 const struct certificate *caller)
{
    const struct broker_options *options = &broker->options;
    const struct connection *connection =
        connection_find(broker, &arrival->message.peer, caller->name);
    struct service *service = service_find(broker, arrival->address.service);
    const struct queue *queue = service ? queue_find(service, arrival->address.street) : NULL;

    if (broker->unanswered >= options->total_max)
        return REFUSAL_FULL;
    if (connection && connection->unanswered >= options->connection_max)
        return REFUSAL_CONNECTION_FULL;
    if (queue && queue->unanswered >= options->street_max)
        return REFUSAL_STREET_FULL;
    return REFUSAL_NONE;
}

/* The first thing that is wrong with it. */
static enum refusal check(struct broker *broker, struct frames *frames, struct arrival *arrival,
                          const struct certificate *caller)
{
    const struct service *service;
    size_t at = arrival->message.rest;
    enum refusal refusal;

    if (!address_parse(frames_data(frames, at), frames_size(frames, at), &arrival->address))
        return REFUSAL_SERVICE_NAME;
    arrival->body = at + 1;
    if (arrival->body >= frames->count || frames->count - arrival->body > BODY_FRAMES_MAX)
        return REFUSAL_BODY;
    arrival->verdict =
        check_body(frames, arrival->body, caller, &arrival->address, &arrival->facts);
    refusal = check_caller(caller, &arrival->address);
    if (refusal)
        return refusal;
    service = service_find(broker, arrival->address.service);
    if (arrival->verdict && service && service->seen && !service->foreign)
        return arrival->verdict;
    return broker->draining ? REFUSAL_DRAINING : check_bounds(broker, arrival, caller);
}

static void accept_request(struct broker *broker, struct frames *frames,
                           const struct arrival *arrival, const struct certificate *caller)
{
    struct service *service = service_open(broker, arrival->address.service);
    struct queue *queue = queue_open(service, arrival->address.street);
    struct request *request = request_create(broker, &arrival->message.peer, caller, queue);
    uint32_t timeout_ms = arrival->facts.timeout_ms;
    bool strange = !service->seen && timeout_ms > STRANGE_SERVICE_MS;

    broker->counters.accepted++;
    request->verdict = arrival->verdict;
    memcpy(request->request_id, arrival->facts.request_id, sizeof request->request_id);
    for (size_t i = arrival->body; i < frames->count; i++)
        frames_add_move(&request->body, &frames->frame[i]);
    request->deadline_ms = broker->now_ms + timeout_ms;
    request_due(request, strange ? broker->now_ms + STRANGE_SERVICE_MS : request->deadline_ms);
    request_move(request, PLACE_WAITING, NULL);
    dispatch_group(queue->group);
}

static bool is_management(struct frames *frames, size_t at)
{
    return frames_size(frames, at) >= 4 && memcmp(frames_data(frames, at), "mmi.", 4) == 0;
}

void from_client(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct arrival arrival = {0};
    struct mdp_message *message = &arrival.message;

    if (!mdp_read(frames, MDP_CLIENT, message) || message->command != MDP_CLIENT_REQUEST ||
        frames->count == message->rest) {
        broker->counters.malformed++;
        return;
    }
    if (is_management(frames, message->rest)) {
        mmi_answer(broker, frames, message, caller);
        return;
    }
    enum refusal refusal = check(broker, frames, &arrival, caller);
    if (refusal)
        answer_at_door(broker, &message->peer, frames, message->rest, arrival.facts.request_id,
                       refusal);
    else
        accept_request(broker, frames, &arrival, caller);
}
