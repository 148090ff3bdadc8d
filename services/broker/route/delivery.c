/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.c - the one frame of a request or a reply between the broker and a worker with credit
 *
 *   Caller, and the request's header and payload -> Delivery … Answer -> ticket, "", header, payload
 *
 * An Answer becomes the frames that a plain worker sends, so that behind this there is one kind of
 * reply.
 */
#include <assert.h>

#include "bus_delivery.pb-c.h"
#include "libcommon/base/wire.h"
#include "services/broker/route/route_state.h"

void delivery_add(struct frames *frames, struct request *request, bool asked_before)
{
    Bus__Caller caller = BUS__CALLER__INIT;
    Bus__Delivery delivery = BUS__DELIVERY__INIT;

    bool good = body_open(&request->body, 0, &delivery.header, &delivery.payload);

    assert(good); /* else its verdict had kept it from here */
    caller.name = request->connection->certificate->name;
    caller.role = request->role;
    caller.remaining_ms =
        (uint32_t)(request->deadline_ms - request->queue->service->broker->now_ms);
    caller.asked_before = asked_before;
    delivery.ticket = (ProtobufCBinaryData){TICKET_BYTES, request->ticket};
    delivery.caller = &caller;
    frames_add_packed(frames, &delivery.base);
}

static void take_apart(const Bus__Answer *answer, struct frames *frames, size_t at)
{
    frames_truncate(frames, at);
    frames_add(frames, answer->ticket.data, answer->ticket.len);
    frames_add(frames, "", 0);
    if (answer->header.len == 0)
        return; /* a reply without body */
    frames_add(frames, answer->header.data, answer->header.len);
    frames_add(frames, answer->payload.data, answer->payload.len);
}

bool answer_open(struct frames *frames, size_t at)
{
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (frames->count != at + 1)
        return false;
    void *scratch = mem_check(talloc_new(NULL));
    bool good = wire_unpack(scratch, &bus__answer__descriptor, frames_data(frames, at),
                            frames_size(frames, at), &violations, &message) == STATUS_OK;
    if (good)
        take_apart((const Bus__Answer *)message, frames, at);
    talloc_free(scratch);
    return good;
}
