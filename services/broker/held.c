/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held.c - frames that tell when libzmq has let go of them
 *
 * held_frame: the frame becomes one whose bytes are borrowed from the frame that it was, and a loan
 * keeps that one. give_back: libzmq calls it when nothing refers to the bytes any more, in whatever
 * thread that is; the loan ends, and the accounts get the bytes back. Only memory can fail, and
 * ends the process.
 */
#include "services/broker/held.h"

#include <assert.h>
#include <stdlib.h>

struct loan {
    zmq_msg_t frame; /* whose bytes they are */
    struct held_account *own, *all;
    int64_t bytes;
};

static void give_back(void *data, void *hint)
{
    struct loan *loan = hint;

    (void)data;
    zmq_msg_close(&loan->frame);
    if (loan->all)
        atomic_fetch_sub(&loan->all->bytes, loan->bytes);
    /* the last touch: its owner may be freed now */
    atomic_fetch_sub(&loan->own->bytes, loan->bytes);
    free(loan);
}

void held_frame(zmq_msg_t *frame, struct held_account *own, struct held_account *all)
{
    size_t size = zmq_msg_size(frame);
    struct loan *loan;

    if (size <= HELD_SMALL)
        return;
    loan = malloc(sizeof *loan); /* talloc's trees are for one thread */
    if (!loan)
        abort();
    *loan = (struct loan){.own = own, .all = all, .bytes = (int64_t)size};
    zmq_msg_init(&loan->frame);
    zmq_msg_move(&loan->frame, frame);
    atomic_fetch_add(&own->bytes, loan->bytes);
    if (all)
        atomic_fetch_add(&all->bytes, loan->bytes);
    int rc = zmq_msg_init_data(frame, zmq_msg_data(&loan->frame), size, give_back, loan);

    assert(rc == 0); /* out of memory */
}

int64_t held_bytes(const struct held_account *account)
{
    return atomic_load_explicit(&account->bytes, memory_order_relaxed);
}

bool held_has_room(const struct held_account *account, int64_t bytes)
{
    return account->limit == 0 || held_bytes(account) + bytes <= account->limit;
}

void held_add(struct held_account *account, int64_t bytes)
{
    atomic_fetch_add(&account->bytes, bytes);
}
