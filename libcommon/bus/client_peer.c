/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_peer.c - one connection to a broker
 *
 * A DEALER that takes messages only while it is connected (ZMQ_IMMEDIATE), and a monitor that tells
 * when the connection is lost or our key refused. Answers to management questions carry no id: they
 * come in the order of the questions, so both are counted.
 */
#include "libcommon/bus/client_state.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/bus/dial.h"
#include "libcommon/bus/mdp.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

enum {
    TIMEOUT_MAX_MS = 60000, /* that a header may carry */
};

const char client_protocol[] = MDP_CLIENT;
static const char request_command = 0x01;

void peer_open(struct client *client, struct peer *peer)
{
    static _Atomic unsigned serial;
    char monitor_name[64];

    snprintf(monitor_name, sizeof monitor_name, "inproc://jusha.client.%u", ++serial);
    /* no HWM: what is in flight is the caller's choice */
    peer->socket =
        dial_new(client->zmq_context, ZMQ_DEALER, 0, 0, &client->own, client->broker_key);
    peer->monitor = zmq_socket(client->zmq_context, ZMQ_PAIR);
    assert(peer->monitor);
    zmq_setsockopt(peer->socket, ZMQ_IMMEDIATE, &(int){1}, sizeof(int));
    zmq_socket_monitor(peer->socket, monitor_name,
                       ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    zmq_connect(peer->monitor, monitor_name);
    peer->reopen_ms = dial(peer->socket, peer->endpoint) ? 0 : clock_monotonic_ms() + REOPEN_MS;
    peer->asked_ms = 0;
    peer->questions = peer->answers = peer->wanted = 0;
}

void peer_close(struct peer *peer)
{
    zmq_socket_monitor(peer->socket, NULL, 0);
    zmq_close(peer->monitor);
    zmq_close(peer->socket);
}

bool peer_ask(struct peer *peer, const char *service, const char *question)
{
    struct frames frames = {0};

    frames_add(&frames, client_protocol, strlen(client_protocol));
    frames_add(&frames, &request_command, 1);
    frames_add_text(&frames, service);
    frames_add_text(&frames, question);
    bool sent = frames_send(peer->socket, &frames);

    peer->questions += sent;
    return sent;
}

bool peer_send(struct peer *peer, struct pending *pending, int64_t now)
{
    struct frames frames = {0};
    int64_t left_ms = pending->deadline_ms - now;

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
    return frames_send(peer->socket, &frames);
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

void peer_take_answer(struct client *client, struct peer *peer, struct frames *frames, size_t code)
{
    size_t size = code + 1 < frames->count ? frames_size(frames, code + 1) : 0;

    if (++peer->answers != peer->wanted)
        return;
    peer->answer_status = mmi_status(frames_data(frames, code), frames_size(frames, code));
    peer->answer = (ProtobufCBinaryData){size, NULL};
    if (size > 0)
        peer->answer.data = mem_copy(client, frames_data(frames, code + 1), size);
}

/* The first two bytes of a monitor's first frame are the event's number. 0: no more. */
uint16_t peer_next_event(struct peer *peer)
{
    struct frames frames;
    uint16_t event = 0;

    if (!frames_recv(peer->monitor, &frames))
        return 0;
    memcpy(&event, frames_data(&frames, 0), sizeof event);
    frames_clear(&frames);
    return event;
}

/* True and no longer wanted once it can be written to. */
bool peer_became_ready(struct peer *peer)
{
    int events = 0;

    if (peer->wants_out)
        zmq_getsockopt(peer->socket, ZMQ_EVENTS, &events, &(size_t){sizeof events});
    if (!(events & ZMQ_POLLOUT))
        return false;
    peer->wants_out = false;
    return true;
}
