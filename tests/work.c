/* SPDX-License-Identifier: Apache-2.0 */
/* work.c - one frame of a worker with credit, or the frames of a plain one */
#include "tests/work.h"

#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

static ProtobufCBinaryData copy_of(const void *parent, struct frames *frames, size_t index)
{
    size_t size = frames_size(frames, index);

    return (ProtobufCBinaryData){size, mem_copy(parent, frames_data(frames, index), size)};
}

static const Bus__Delivery *read_plain(const void *parent, struct frames *frames, size_t at)
{
    Bus__Delivery *delivery = wire_new(parent, &bus__delivery__descriptor);
    size_t body = at + 2, last = frames->count - 1;

    if (body > last || frames_size(frames, at + 1) != 0)
        return NULL;
    delivery->ticket = copy_of(delivery, frames, at);
    if (last > body)
        delivery->header = copy_of(delivery, frames, last - 1);
    delivery->payload = copy_of(delivery, frames, last);
    return delivery;
}

const Bus__Delivery *work_read(const void *parent, struct frames *frames, size_t at)
{
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (frames->count != at + 1)
        return read_plain(parent, frames, at);
    if (wire_unpack(parent, &bus__delivery__descriptor, frames_data(frames, at),
                    frames_size(frames, at), &violations, &message) != STATUS_OK)
        return NULL;
    const Bus__Delivery *delivery = (const Bus__Delivery *)message;
    return delivery->caller ? delivery : NULL;
}

void work_answer(struct frames *frames, bool plain, const Bus__Answer *answer)
{
    if (!plain) {
        frames_add_packed(frames, &answer->base);
        return;
    }
    frames_add(frames, answer->ticket.data, answer->ticket.len);
    frames_add(frames, "", 0);
    frames_add(frames, answer->header.data, answer->header.len);
    frames_add(frames, answer->payload.data, answer->payload.len);
}
