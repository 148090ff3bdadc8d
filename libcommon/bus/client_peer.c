/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_peer.c - one connection to a broker
 *
 * A link (link.h) and what was asked on it. Answers to management questions carry no id: they come
 * in the order of the questions, so both are counted.
 */
#include "libcommon/bus/client_state.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/mdp.h"

enum {
    TIMEOUT_MAX_MS = 60000, /* that a header may carry */
};

const char client_protocol[] = MDP_CLIENT;
static const char request_command = 0x01;

void peer_reset(struct broker_peer *peer)
{
    peer->asked_ms = 0;
    peer->questions = peer->answers = peer->wanted = 0;
}

bool peer_ask(struct broker_peer *peer, const char *service, const char *question)
{
    struct frames frames = {0};

    if (!link_is_up(peer->link))
        return false;
    frames_add(&frames, client_protocol, strlen(client_protocol));
    frames_add(&frames, &request_command, 1);
    frames_add_text(&frames, service);
    frames_add_text(&frames, question);
    bool sent = frames_send(link_socket(peer->link), &frames);

    peer->questions += sent;
    return sent;
}

bool peer_send(struct broker_peer *peer, struct open_request *pending, int64_t now)
{
    struct frames frames = {0};
    int64_t left_ms = pending->deadline_ms - now;

    if (!link_is_up(peer->link))
        return false;
    pending->header.timeout_ms = (uint32_t)(left_ms < 1                ? 1
                                            : left_ms > TIMEOUT_MAX_MS ? TIMEOUT_MAX_MS
                                                                       : left_ms);
    ProtobufCBinaryData header = wire_pack(pending, &pending->header.base);

    frames_add(&frames, client_protocol, strlen(client_protocol));
    frames_add(&frames, &request_command, 1);
    frames_add_text(&frames, pending->address);
    frames_add(&frames, header.data, header.len);
    frames_add(&frames, pending->payload.data, pending->payload.len);
    talloc_free(header.data);
    return frames_send(link_socket(peer->link), &frames);
}

/* "200" -> OK, "404" -> NOT_FOUND */
static enum status mmi_status(const char *code, size_t size)
{
    static const struct {
        enum status status;
        int http;
    } codes[] = {
#define X(name, http) {STATUS_##name, http},
        STATUSES(X)
#undef X
            {STATUS_NOT_FOUND, 501},
    };
    char text[4] = "";

    if (size == 3)
        memcpy(text, code, 3);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].http == atoi(text))
            return codes[i].status;
    return STATUS_INTERNAL;
}

void peer_take_answer(struct client *client, struct broker_peer *peer, struct frames *frames,
                      size_t code)
{
    size_t size = code + 1 < frames->count ? frames_size(frames, code + 1) : 0;

    if (++peer->answers != peer->wanted)
        return;
    peer->answer_status = mmi_status(frames_data(frames, code), frames_size(frames, code));
    peer->answer = (ProtobufCBinaryData){size, NULL};
    if (size > 0)
        peer->answer.data = mem_copy(client, frames_data(frames, code + 1), size);
}
