/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - replies to callers: a worker's, or the broker's own errors */
#include "services/broker/state.h"

struct frames *answer_begin(struct broker *broker, struct request *request, uint8_t command)
{
    struct connection *connection = request->connection;
    char name[ADDRESS_NAME + 1];

    if (connection->replaced) {
        broker->counters.orphaned += command == MDP_CLIENT_FINAL;
        return NULL;
    }
    struct frames *frames = outbox_message(broker->out, PORT_CLIENT);
    connection->peer.leading_empty = request->leading_empty;
    mdp_begin(frames, &connection->peer, MDP_CLIENT, command);
    address_format(request->queue->service->name, request->queue->street, name);
    frames_add_text(frames, name);
    return frames;
}

static void add_refusal(struct broker *broker, struct frames *frames, enum refusal refusal,
                        const char *request_id)
{
    ProtobufCBinaryData header = refusal_pack(broker, refusal, request_id);

    frames_add(frames, header.data, header.len);
    frames_add(frames, "", 0);
    talloc_free(header.data);
}

void answer_refusal(struct request *request, enum refusal refusal)
{
    struct broker *broker = request->queue->service->broker;
    struct frames *frames = answer_begin(broker, request, MDP_CLIENT_FINAL);

    if (frames) {
        add_refusal(broker, frames, refusal, request->request_id);
        broker->counters.refused_late++;
    }
    request_settle(request);
}

void answer_at_door(struct broker *broker, const struct mdp_peer *to, struct frames *frames,
                    size_t service, const char *request_id, enum refusal refusal)
{
    struct frames *reply = outbox_message(broker->out, PORT_CLIENT);

    mdp_begin(reply, to, MDP_CLIENT, MDP_CLIENT_FINAL);
    frames_add_copy(reply, &frames->frame[service]);
    add_refusal(broker, reply, refusal, request_id);
    broker->counters.refused++;
}
