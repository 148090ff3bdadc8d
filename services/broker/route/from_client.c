/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_client.c - a caller's message: paid for, read, checked, bounded, queued
 *
 * Everything that a caller sends takes from its rate, before anything else is done with it. Refused
 * at the door or accepted; what is accepted gets exactly one final answer. The header of a request
 * for a foreign service (plain workers) is nobody's business; for a service that is not known yet
 * the verdict is kept until a worker shows which kind it is.
 */
#include <string.h>

#include "services/broker/route/route_state.h"

static bool is_management(struct frames *frames, size_t at)
{
    return frames_size(frames, at) >= 4 && memcmp(frames_data(frames, at), "mmi.", 4) == 0;
}

/* What stands before the body. */
static enum refusal read_envelope(struct broker *broker, struct frames *frames,
                                  struct arrival *arrival)
{
    struct mdp_message *message = &arrival->message;

    if (!mdp_read(frames, MDP_CLIENT, message)) {
        mdp_read_peer(frames, &message->peer);
        message->rest = frames->count; /* no frame is known to be the service's */
        body_find_id(frames, 1, arrival->request_id);
        protocol_note(broker, frames, "client", arrival->certificate->name);
        return REFUSAL_PROTOCOL;
    }
    arrival->body = message->rest + 1;
    arrival->in_one = frames->count == arrival->body + 1;
    if (message->command != MDP_CLIENT_REQUEST)
        return REFUSAL_COMMAND;
    return message->rest < frames->count ? REFUSAL_NONE : REFUSAL_SERVICE_NAME;
}

/* Nobody takes requests for it, and nobody has for a while: no use to wait. */
static enum refusal check_service(const struct broker *broker, const struct routed_service *service,
                                  const struct address *address)
{
    const struct group *group =
        service ? group_find((struct routed_service *)service, address->street) : NULL;
    int64_t served_ms = service && service->seen ? service->served_ms : broker->start_ms;

    if (service && (service->pool.live > 0 || (group && group->live > 0)))
        return REFUSAL_NONE;
    if (broker->now_ms - served_ms < AWAY_MS)
        return REFUSAL_NONE;
    return service && service->seen ? REFUSAL_NOBODY : REFUSAL_STRANGE;
}

static size_t size_from(const struct frames *frames, size_t at)
{
    size_t size = sizeof(struct request);

    for (; at < frames->count; at++)
        size += frames_size(frames, at);
    return size;
}

static enum refusal check_bounds(struct broker *broker, const struct frames *frames,
                                 const struct arrival *arrival, struct routed_service *service)
{
    const struct broker_options *options = &broker->options;
    const struct queue *queue = service ? queue_find(service, arrival->address.street) : NULL;
    size_t size = size_from(frames, arrival->body);
    enum refusal refusal = party_has_room(arrival->certificate, size);

    if (refusal)
        return refusal;
    if (broker->unanswered >= options->total_max)
        return REFUSAL_FULL;
    if (broker->bytes + size > REQUEST_BYTES_MAX)
        return REFUSAL_BYTES;
    if (queue && queue->unanswered >= options->street_max)
        return REFUSAL_STREET_FULL;
    return REFUSAL_NONE;
}

/* The first thing that is wrong with it. */
static enum refusal check(struct broker *broker, struct frames *frames, struct arrival *arrival,
                          const struct certificate *caller)
{
    struct routed_service *service;
    size_t at = arrival->message.rest;
    enum refusal refusal;

    if (!address_parse(frames_data(frames, at), frames_size(frames, at), &arrival->address)) {
        body_find_id(frames, arrival->body, arrival->request_id);
        return REFUSAL_SERVICE_NAME;
    }
    if (arrival->body >= frames->count || frames->count - arrival->body > BODY_FRAMES_MAX)
        return REFUSAL_BODY;
    arrival->verdict = check_body(frames, caller, arrival);
    refusal = check_caller(caller, &arrival->address);
    if (refusal)
        return refusal;
    service = service_find(broker, arrival->address.service);
    if (arrival->verdict && service && service->seen && !service->foreign)
        return arrival->verdict;
    if (broker->draining)
        return REFUSAL_DRAINING;
    refusal = check_service(broker, service, &arrival->address);
    return refusal ? refusal : check_bounds(broker, frames, arrival, service);
}

/* A gateway asks for many people: each has a rate and a turn of its own. */
static enum refusal find_party(struct broker *broker, struct arrival *arrival,
                               const struct certificate *caller)
{
    arrival->party = arrival->certificate;
    if (caller->role != BUS__ROLE__ROLE_GATEWAY || !arrival->actor[0])
        return REFUSAL_NONE;
    arrival->party = party_of_actor(broker, arrival->certificate, arrival->actor);
    return party_may_ask(arrival->party, &arrival->retry_ms) ? REFUSAL_NONE : REFUSAL_RATE;
}

static void accept_request(struct broker *broker, struct frames *frames,
                           const struct arrival *arrival, const struct certificate *caller)
{
    struct routed_service *service = service_open(broker, arrival->address.service);
    struct queue *queue = queue_open(service, arrival->address.street);
    struct lane *lane = lane_open(queue, arrival->party);
    struct request *request = request_create(lane, &arrival->message.peer, caller);
    bool strange = !service->seen && arrival->timeout_ms > STRANGE_SERVICE_MS;

    broker->counters.accepted++;
    request->verdict = arrival->verdict;
    request->in_one = arrival->in_one;
    request->traced = arrival->traced;
    request->arrived_ms = broker->now_ms;
    memcpy(request->request_id, arrival->request_id, sizeof request->request_id);
    request_take_body(request, frames, arrival->body);
    request->deadline_ms = broker->now_ms + arrival->timeout_ms;
    request_due(request, strange ? broker->now_ms + STRANGE_SERVICE_MS : request->deadline_ms);
    request_move(request, PLACE_WAITING, NULL);
    lane_arrives(lane);
    group_wake(queue->group);
}

static void count_refusal(struct broker *broker, enum refusal refusal)
{
    broker->counters.refused_rate += refusal == REFUSAL_RATE;
    broker->counters.refused_bytes += refusal == REFUSAL_CALLER_BYTES || refusal == REFUSAL_BYTES;
}

/* Rate and budget are the certificate's, by however many connections it comes. */
void from_client(struct broker *broker, struct frames *frames, const struct certificate *caller)
{
    struct arrival arrival = {.certificate = party_open(broker, caller)};
    bool within_rate = party_may_ask(arrival.certificate, &arrival.retry_ms);
    enum refusal refusal = read_envelope(broker, frames, &arrival);

    if (!within_rate && party_floods(arrival.certificate, caller))
        return;
    if (!refusal && is_management(frames, arrival.message.rest)) {
        mmi_answer(broker, frames, &arrival, caller, within_rate);
        return;
    }
    if (!within_rate) {
        refusal = REFUSAL_RATE;
        body_find_id(frames, arrival.body, arrival.request_id);
    }
    if (!refusal)
        refusal = check(broker, frames, &arrival, caller);
    else if (!arrival.request_id[0])
        body_find_id(frames, arrival.body, arrival.request_id);
    if (!refusal)
        refusal = find_party(broker, &arrival, caller);
    count_refusal(broker, refusal);
    if (refusal)
        answer_at_door(broker, &arrival, frames, refusal);
    else
        accept_request(broker, frames, &arrival, caller);
}
