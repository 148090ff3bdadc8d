/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.c - replies to callers: a worker's, or the broker's own errors
 *
 *   from_worker.c -> answer_begin, and the worker's body behind it
 *   a request that waited or was at a worker -> answer_refusal, which settles it
 *   a message that is not even a request yet -> answer_at_door
 *
 * They stand in the outbox, which owns them, when the step is over; each counts in the account of
 * its caller's certificate.
 */
#include "services/broker/route/route_state.h"

struct frames *answer_begin(struct request *request, uint8_t command)
{
    struct connection *connection = request->connection;
    struct broker *broker = request->queue->service->broker;
    char name[ADDRESS_NAME + 1];

    if (connection->replaced) {
        broker->counters.orphaned += command == MDP_CLIENT_FINAL;
        return NULL;
    }
    struct outbox_message *message = outbox_message(broker->out, PORT_CLIENT);

    message->untaken = &connection->certificate->untaken;
    connection->peer.leading_empty = request->leading_empty;
    mdp_begin(&message->frames, &connection->peer, MDP_CLIENT, command);
    address_format(request->queue->service->name, request->queue->street, name);
    frames_add_text(&message->frames, name);
    return &message->frames;
}

static void add_refusal(struct broker *broker, struct frames *frames, bool in_one,
                        enum refusal refusal, const char *request_id, int64_t retry_ms)
{
    ProtobufCBinaryData header = refusal_pack(broker, refusal, request_id, retry_ms);

    body_add(frames, in_one, header, (ProtobufCBinaryData){0});
    talloc_free(header.data);
}

void answer_refusal(struct request *request, enum refusal refusal)
{
    struct broker *broker = request->queue->service->broker;
    struct frames *frames = answer_begin(request, MDP_CLIENT_FINAL);

    if (frames) {
        add_refusal(broker, frames, request->in_one, refusal, request->request_id, 0);
        broker->counters.refused_late++;
    }
    routed_note(request, refusal);
    request_settle(request);
}

/* The service frame goes back as it came, as far as a name can be long. */
void answer_at_door(struct broker *broker, const struct arrival *arrival, struct frames *frames,
                    enum refusal refusal)
{
    struct outbox_message *message = outbox_message(broker->out, PORT_CLIENT);
    size_t at = arrival->message.rest;
    size_t size = at < frames->count ? frames_size(frames, at) : 0;

    message->untaken = arrival->certificate ? &arrival->certificate->untaken : NULL;
    mdp_begin(&message->frames, &arrival->message.peer, MDP_CLIENT, MDP_CLIENT_FINAL);
    frames_add(&message->frames, size ? frames_data(frames, at) : "",
               size < ADDRESS_NAME ? size : ADDRESS_NAME);
    add_refusal(broker, &message->frames, arrival->in_one, refusal, arrival->request_id,
                arrival->retry_ms);
    broker->counters.refused++;
}
