/* SPDX-License-Identifier: Apache-2.0 */
/* context.c - srand() from getrandom() before libzmq asks rand() */
#include "libcommon/bus/context.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <zmq.h>

static void seed(void)
{
    unsigned bytes;
    ssize_t size = getrandom(&bytes, sizeof bytes, 0); /* so few are never interrupted */

    assert(size == sizeof bytes);
    srand(bytes); /* NOLINT(cert-msc51-cpp): libzmq uses rand(), whether we like it or not */
}

void *context_new(void)
{
    seed();
    return zmq_ctx_new();
}

void *context_socket(void *context, int type)
{
    if (type == ZMQ_ROUTER)
        seed();
    return zmq_socket(context, type);
}
