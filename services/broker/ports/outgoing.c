/* SPDX-License-Identifier: Apache-2.0 */
/* outgoing.c - answers that wait for their callers, one queue for each connection that is full */
#include "services/broker/ports/outgoing.h"

#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

#include "libcommon/base/mem.h"
#include "libcommon/bus/ports.h"
#include "services/broker/ports/gauges.h"

enum {
    ANSWER_BYTES_MAX = 32 * 1024 * 1024, /* of all callers; beyond them ... */
    ANSWER_ANYWAY = MESSAGE_BYTES_MAX, /* ... a certificate still has one of the largest answers */
    STRANGER_BYTES_MAX = 1024 * 1024,
};

/* An answer in its connection's queue. */
struct waiting_answer {
    struct waiting_answer *prev, *next;
    struct held_account *untaken;
    struct frames frames;
};

struct full_connection {
    UT_hash_handle hh; /* by routing id */
    uint8_t id[255];
    struct waiting_answer *answers;
};

struct outgoing {
    struct held_account all,
        strangers; /* strangers: callers whose certificate is not known any more */
    struct full_connection *full;
};

struct outgoing *outgoing_create(const void *parent)
{
    struct outgoing *outgoing = mem_new(parent, struct outgoing);

    outgoing->all.limit = ANSWER_BYTES_MAX;
    outgoing->strangers.limit = STRANGER_BYTES_MAX;
    return outgoing;
}

static void drop_answer(struct outgoing *outgoing, struct full_connection *full)
{
    struct waiting_answer *answer = full->answers;

    DL_DELETE(full->answers, answer);
    frames_clear(&answer->frames);
    held_add(&outgoing->all, -(int64_t)sizeof *answer);
    held_add(answer->untaken, -(int64_t)sizeof *answer);
    talloc_free(answer);
}

static void forget(struct outgoing *outgoing, struct full_connection *full)
{
    while (full->answers)
        drop_answer(outgoing, full);
    HASH_DEL(outgoing->full, full);
    talloc_free(full);
}

void outgoing_destroy(struct outgoing **outgoing)
{
    if (!*outgoing)
        return;
    while ((*outgoing)->full)
        forget(*outgoing, (*outgoing)->full);
    talloc_free(*outgoing);
    *outgoing = NULL;
}

static struct full_connection *find(struct outgoing *outgoing, const void *id, size_t size)
{
    struct full_connection *full;

    HASH_FIND(hh, outgoing->full, id, size, full);
    return full;
}

static bool has_room(const struct outgoing *outgoing, const struct outbox_message *message)
{
    int64_t bytes = sizeof(struct waiting_answer);

    for (size_t i = 0; i < message->frames.count; i++)
        bytes += (int64_t)frames_size(&message->frames, i);
    return held_has_room(message->untaken, bytes) &&
           (held_has_room(&outgoing->all, bytes) ||
            held_bytes(message->untaken) + bytes <= ANSWER_ANYWAY);
}

static void wait(struct outgoing *outgoing, struct full_connection *full,
                 struct outbox_message *message)
{
    struct waiting_answer *answer = mem_new(full, struct waiting_answer);

    answer->untaken = message->untaken;
    held_add(&outgoing->all, (int64_t)sizeof *answer);
    held_add(answer->untaken, (int64_t)sizeof *answer);
    for (size_t i = 0; i < message->frames.count; i++)
        frames_add_move(&answer->frames, &message->frames.frame[i]);
    frames_clear(&message->frames);
    DL_APPEND(full->answers, answer);
}

static struct full_connection *open_queue(struct outgoing *outgoing, struct frames *frames)
{
    size_t size = frames_size(frames, 0);
    struct full_connection *full = mem_new(outgoing, struct full_connection);

    memcpy(full->id, frames_data(frames, 0), size);
    HASH_ADD(hh, outgoing->full, id[0], size, full);
    return full;
}

void outgoing_send(struct outgoing *outgoing, void *socket, struct outbox_message *message)
{
    struct frames *frames = &message->frames;
    struct full_connection *full = NULL;

    if (!message->untaken)
        message->untaken = &outgoing->strangers;
    if (outgoing->full)
        full = find(outgoing, frames_data(frames, 0), frames_size(frames, 0));
    if (!has_room(outgoing, message)) {
        gauges_count(DOOR_untaken);
        frames_clear(frames);
        return;
    }
    for (size_t i = 1; i < frames->count; i++)
        held_frame(&frames->frame[i], message->untaken, &outgoing->all);
    enum sending sending = full ? SENDING_FULL : frames_try_send(socket, frames);

    if (sending == SENDING_FULL)
        wait(outgoing, full ? full : open_queue(outgoing, frames), message);
    else if (sending == SENDING_GONE)
        gauges_count(DOOR_undeliverable);
}

static void send_waiting(struct outgoing *outgoing, void *socket, struct full_connection *full)
{
    while (full->answers) {
        enum sending sending = frames_try_send(socket, &full->answers->frames);

        if (sending == SENDING_FULL)
            return;
        if (sending == SENDING_GONE)
            gauges_count(DOOR_undeliverable);
        drop_answer(outgoing, full);
    }
    forget(outgoing, full);
}

bool outgoing_retry(struct outgoing *outgoing, void *socket)
{
    struct full_connection *full, *next;

    HASH_ITER(hh, outgoing->full, full, next)
    {
        send_waiting(outgoing, socket, full);
    }
    return outgoing->full != NULL;
}

void outgoing_gone(struct outgoing *outgoing, const void *id, size_t size)
{
    struct full_connection *full = find(outgoing, id, size);

    if (full)
        forget(outgoing, full);
}
