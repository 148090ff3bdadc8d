/* SPDX-License-Identifier: Apache-2.0 */
/* frames.h - one multipart ZeroMQ message */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

enum { FRAMES_MAX = 16 };

/* Owns its frames: every path ends in frames_send or frames_clear. {0} is empty and needs
 * neither. */
struct frames {
    size_t count;
    bool cut; /* it was received and had more frames than these */
    zmq_msg_t frame[FRAMES_MAX];
};

/* Takes the next message without waiting. False: none there (errno is EAGAIN) or the socket is
 * closing. Of a message of more than FRAMES_MAX frames the others are swallowed, and `cut` says
 * so. */
bool frames_recv(void *socket, struct frames *ret);

/* Sends without waiting and clears either way. False: the peer is gone or its queue is full; the
 * message is dropped whole. */
bool frames_send(void *socket, struct frames *frames);

/* The same, but keeps the message where the peer's queue is full. */
enum sending { SENDING_DONE, SENDING_FULL, SENDING_GONE };
enum sending frames_try_send(void *socket, struct frames *frames);

void frames_add(struct frames *frames, const void *data, size_t size);
/* A frame of so many bytes, to be filled. */
void *frames_add_room(struct frames *frames, size_t size);
void frames_add_text(struct frames *frames, const char *text);
/* Packs right into the frame. */
void frames_add_packed(struct frames *frames, const ProtobufCMessage *message);
/* Adds a counted reference to the same buffer. */
void frames_add_copy(struct frames *frames, zmq_msg_t *frame);
/* Takes the frame: it is empty afterwards. */
void frames_add_move(struct frames *frames, zmq_msg_t *frame);
/* Clears the frames from `count` on. */
void frames_truncate(struct frames *frames, size_t count);
void frames_clear(struct frames *frames);

const void *frames_data(struct frames *frames, size_t index);
size_t frames_size(const struct frames *frames, size_t index);
/* The frame's bytes, where they stand. */
ProtobufCBinaryData frames_bytes(struct frames *frames, size_t index);
bool frames_equal(struct frames *frames, size_t index, const void *data, size_t size);
