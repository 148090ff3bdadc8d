/* SPDX-License-Identifier: Apache-2.0 */
/* wanted.c - subscriptions at publishers, each asked for once */
#include "services/broker/ports/wanted.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "libcommon/base/mem.h"

enum { WANTED_MAX = 100000 /* beyond it everything is asked for, once */ };

struct asked {
    UT_hash_handle hh;
    size_t size;
    char prefix[];
};

struct wanted {
    struct asked *asked;
};

static int wanted_destructor(struct wanted *wanted)
{
    HASH_CLEAR(hh, wanted->asked);
    return 0;
}

struct wanted *wanted_create(const void *parent)
{
    struct wanted *wanted = mem_new(parent, struct wanted);

    talloc_set_destructor(wanted, wanted_destructor);
    return wanted;
}

/* Sends it on to those who are there; libzmq tells it to those who come. */
static void ask(struct wanted *wanted, void *publishers, const void *prefix, size_t size)
{
    uint8_t *message = mem_bytes(wanted, 1 + size);

    message[0] = 1;
    memcpy(message + 1, prefix, size);
    zmq_send(publishers, message, 1 + size, ZMQ_DONTWAIT);
    talloc_free(message);
}

void wanted_ask(struct wanted *wanted, void *publishers, const void *prefix, size_t size)
{
    const char *slash = memchr(prefix, '/', size);
    struct asked *asked;

    size = slash ? (size_t)(slash + 1 - (const char *)prefix) : size;
    size = HASH_COUNT(wanted->asked) < WANTED_MAX ? size : 0;
    HASH_FIND(hh, wanted->asked, prefix, size, asked);
    if (asked)
        return;
    asked = mem_bytes(wanted, sizeof *asked + size);
    memset(asked, 0, sizeof *asked);
    asked->size = size;
    memcpy(asked->prefix, prefix, size);
    HASH_ADD(hh, wanted->asked, prefix, size, asked);
    ask(wanted, publishers, prefix, size);
}
