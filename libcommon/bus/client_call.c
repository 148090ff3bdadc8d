/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_call.c - calls that wait for their answer: plain, typed, and a broker's own
 */
#include "libcommon/bus/client_state.h"

#include <assert.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"

enum { MMI_MS = 3000 /* how long client_mmi waits */ };

enum status client_call(struct client *client, const void *parent,
                        const struct client_request *request, struct client_reply *ret)
{
    struct client_request aside = *request;

    aside.aside = true;
    bool answered = client_take(client, parent, client_send(client, &aside), -1, ret);

    assert(answered); /* at the latest by give_up */
    return (enum status)ret->header->code;
}

/* "jusha.registry.v1.RegistryService/RegisterUnit" -> "registry" */
static const char *service_of(const void *parent, const char *method)
{
    const char *start = strchr(method, '.');

    start = start ? start + 1 : "";
    return mem_check(talloc_strndup(parent, start, strcspn(start, ".")));
}

enum status client_invoke(struct client *client, const void *parent, const char *street,
                          const char *method, const ProtobufCMessage *request,
                          struct client_reply *ret_reply, ProtobufCMessage **ret_response)
{
    const ProtobufCMethodDescriptor *type = types_method(method, NULL);
    struct violations violations = {0};
    struct client_reply reply;

    assert(type); /* names of methods come from the contract */
    ProtobufCBinaryData payload = wire_pack(parent, request);
    enum status status = client_call(client, parent,
                                     &(struct client_request){.service = service_of(parent, method),
                                                              .street = street,
                                                              .method = method,
                                                              .payload = payload},
                                     &reply);

    if (ret_reply)
        *ret_reply = reply;
    if (status != STATUS_OK || !ret_response)
        return status;
    return wire_unpack(parent, type->output, reply.payload.data, reply.payload.len, &violations,
                       ret_response) == STATUS_OK
               ? STATUS_OK
               : STATUS_INTERNAL;
}

/* Asks as soon as it is connected, and again when the connection was lost meanwhile. */
static bool mmi_answered(struct broker_peer *peer, const char *service, const char *question)
{
    if (peer->wanted && peer->answers >= peer->wanted)
        return true;
    if (!peer->wanted && peer_ask(peer, service, question))
        peer->wanted = peer->questions;
    return false;
}

enum status client_mmi(struct client *client, const void *parent, size_t broker,
                       const char *service, const char *question, ProtobufCBinaryData *ret_answer)
{
    assert(broker < client->n_peers);
    struct broker_peer *peer = &client->peer[broker];
    int64_t until_ms = client_until(MMI_MS);

    peer->wanted = 0;
    while (!mmi_answered(peer, service, question)) {
        if (clock_monotonic_ms() >= until_ms) {
            peer->wanted = 0;
            return STATUS_UNAVAILABLE;
        }
        client_wait(client, until_ms);
        client_pump(client);
    }
    peer->wanted = 0;
    talloc_steal(parent, peer->answer.data);
    *ret_answer = peer->answer;
    return peer->answer_status;
}

size_t client_brokers(const struct client *client)
{
    return client->n_peers;
}

const char *client_broker(const struct client *client, size_t broker)
{
    assert(broker < client->n_peers);
    return link_name(client->peer[broker].link);
}
