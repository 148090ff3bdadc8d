/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames.c - multipart messages over raw libzmq
 *
 * libzmq hands over and takes a multipart message as a whole: once its first frame came or was
 * accepted the others do not block, so nothing here ever waits.
 */
#include "libcommon/bus/frames.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* EINTR can only come before a frame moved. */
static int recv_frame(void *socket, zmq_msg_t *frame)
{
    int size;

    do {
        size = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT);
    } while (size == -1 && errno == EINTR);
    return size;
}

/* The last frame read was followed by more than fit: reads them away. */
static void swallow_rest(void *socket)
{
    zmq_msg_t frame;
    bool more = true;

    while (more) {
        zmq_msg_init(&frame);
        more = recv_frame(socket, &frame) != -1 && zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
}

bool frames_recv(void *socket, struct frames *ret)
{
    bool more = true;

    ret->count = 0;
    ret->cut = false;
    while (more && ret->count < FRAMES_MAX) {
        zmq_msg_t *frame = &ret->frame[ret->count];

        zmq_msg_init(frame);
        if (recv_frame(socket, frame) == -1) {
            int error = errno;

            zmq_msg_close(frame);
            frames_clear(ret);
            errno = error;
            return false;
        }
        ret->count++;
        more = zmq_msg_more(frame);
    }
    ret->cut = more;
    if (more)
        swallow_rest(socket);
    return true;
}

/* 0, or errno. Only the first frame can find a queue full: libzmq takes the rest with it. */
static int send_all(void *socket, struct frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < frames->count ? ZMQ_SNDMORE : 0);
        int sent;

        do {
            sent = zmq_msg_send(&frames->frame[i], socket, flags);
        } while (sent == -1 && errno == EINTR);
        if (sent == -1)
            return errno;
    }
    return 0;
}

bool frames_send(void *socket, struct frames *frames)
{
    int error = send_all(socket, frames);

    frames_clear(frames); /* sent frames are empty ones now: closing them is free */
    errno = error;
    return error == 0;
}

enum sending frames_try_send(void *socket, struct frames *frames)
{
    int error = send_all(socket, frames);

    if (error == EAGAIN)
        return SENDING_FULL;
    frames_clear(frames);
    return error == 0 ? SENDING_DONE : SENDING_GONE;
}

static zmq_msg_t *next_frame(struct frames *frames)
{
    assert(frames->count < FRAMES_MAX);
    return &frames->frame[frames->count++];
}

void *frames_add_room(struct frames *frames, size_t size)
{
    zmq_msg_t *frame = next_frame(frames);
    int rc = zmq_msg_init_size(frame, size);

    assert(rc == 0); /* out of memory */
    return zmq_msg_data(frame);
}

void frames_add(struct frames *frames, const void *data, size_t size)
{
    void *room = frames_add_room(frames, size);

    if (size > 0)
        memcpy(room, data, size);
}

void frames_add_text(struct frames *frames, const char *text)
{
    frames_add(frames, text, strlen(text));
}

void frames_add_packed(struct frames *frames, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);

    protobuf_c_message_pack(message, frames_add_room(frames, size));
}

void frames_add_copy(struct frames *frames, zmq_msg_t *frame)
{
    zmq_msg_t *copy = next_frame(frames);

    zmq_msg_init(copy);
    zmq_msg_copy(copy, frame);
}

void frames_add_move(struct frames *frames, zmq_msg_t *frame)
{
    zmq_msg_t *moved = next_frame(frames);

    zmq_msg_init(moved);
    zmq_msg_move(moved, frame);
}

void frames_truncate(struct frames *frames, size_t count)
{
    while (frames->count > count)
        zmq_msg_close(&frames->frame[--frames->count]);
}

void frames_clear(struct frames *frames)
{
    frames_truncate(frames, 0);
}

const void *frames_data(struct frames *frames, size_t index)
{
    assert(index < frames->count);
    return zmq_msg_data(&frames->frame[index]);
}

size_t frames_size(const struct frames *frames, size_t index)
{
    assert(index < frames->count);
    return zmq_msg_size(&frames->frame[index]);
}

ProtobufCBinaryData frames_bytes(struct frames *frames, size_t index)
{
    return (ProtobufCBinaryData){frames_size(frames, index), (uint8_t *)frames_data(frames, index)};
}

bool frames_equal(struct frames *frames, size_t index, const void *data, size_t size)
{
    return index < frames->count && frames_size(frames, index) == size &&
           (size == 0 || memcmp(frames_data(frames, index), data, size) == 0);
}
