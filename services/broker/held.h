/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held.h - bytes that libzmq holds for somebody who does not take them
 *
 * libzmq limits what waits for a peer by messages, not by bytes, and does not say what waits. So a
 * large frame is counted from the moment that it is handed over until libzmq lets go of it: when it
 * went out, or when the connection ended.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

/* Changed by libzmq's threads; must outlive every frame that counts in it. */
struct held_account {
    _Atomic int64_t bytes;
    int64_t limit; /* 0: none */
};

/* Is there room for so many bytes more? */
bool held_has_room(const struct held_account *account, int64_t bytes);
void held_add(struct held_account *account,
              int64_t bytes); /* of the owner's own; may be negative */

/* Makes the frame, if it is one of more than HELD_SMALL bytes, count in both accounts until libzmq
 * lets go of it. What is smaller is bounded well enough by the number of messages. all may be
 * NULL. */
enum { HELD_SMALL = 512 };
void held_frame(zmq_msg_t *frame, struct held_account *own, struct held_account *all);
int64_t held_bytes(const struct held_account *account);
