/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unseen.h - bytes of a connection that libzmq took in and did not hand over
 *
 * libzmq limits messages in number, a frame in size, and nothing else: a message of frames without
 * end, or the messages of a peer whose routing id somebody else has, lie in its memory and are
 * never seen. The kernel knows what came in by a connection; what was handed over is counted here;
 * the difference is what libzmq holds.
 *
 * It is an estimate. Commands (PING) are never handed over, so the difference creeps up; but when a
 * message comes, all that was sent before it has been dealt with.
 */
#pragma once

#include "libcommon/bus/frames.h"

struct unseen {
    uint64_t taken;   /* bytes that were handed over or otherwise dealt with */
    uint64_t read[2]; /* bytes that libzmq had read at the last two looks, the newest first */
    bool spoke;       /* a message came since the last look */
    uint64_t bytes;   /* that libzmq holds */
    uint64_t stuck;   /* of them: since the look before */
};

/* This message came. */
void unseen_took(struct unseen *unseen, const struct frames *frames);
/* fd: its descriptor. was_drained: between the last two looks there was a moment when nothing
 * waited to be taken. */
void unseen_look(struct unseen *unseen, int fd, bool was_drained);

/* What the kernel received for this descriptor in all; 0 when it cannot say. */
uint64_t unseen_received(int fd);
