/* SPDX-License-Identifier: Apache-2.0 */
/* hint.c - [topic "!registry/xiasha", Hint] */
#include "libcommon/service/hint.h"

#include <stdio.h>
#include <string.h>

#include "journal_live.pb-c.h"
#include "libcommon/bus/frames.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

void hint_send(void *socket, const char *service, const char *street, int64_t head)
{
    struct frames frames = {0};
    Journal__Hint hint = JOURNAL__HINT__INIT;
    char topic[HINT_TOPIC];

    snprintf(topic, sizeof topic, "!%s/%s", service, street);
    hint.head = head;
    frames_add_text(&frames, topic);
    frames_add_packed(&frames, &hint.base);
    frames_send(socket, &frames);
}

void hint_subscribe(void *socket, const char *service)
{
    char prefix[HINT_TOPIC];

    snprintf(prefix, sizeof prefix, "!%s/", service);
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, prefix, strlen(prefix));
}

static bool read_hint(struct frames *frames, char *ret_topic, int64_t *ret_head)
{
    if (frames->count != 2 || frames_size(frames, 0) >= HINT_TOPIC)
        return false;
    void *mem = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *hint;
    bool read = wire_unpack(mem, &journal__hint__descriptor, frames_data(frames, 1),
                            frames_size(frames, 1), &violations, &hint) == STATUS_OK;
    if (read) {
        memcpy(ret_topic, frames_data(frames, 0), frames_size(frames, 0));
        ret_topic[frames_size(frames, 0)] = '\0';
        *ret_head = ((const Journal__Hint *)hint)->head;
    }
    talloc_free(mem);
    return read;
}

bool hint_recv(void *socket, char ret_topic[static HINT_TOPIC], int64_t *ret_head)
{
    struct frames frames;
    bool read = false;

    while (!read && frames_recv(socket, &frames)) {
        read = read_hint(&frames, ret_topic, ret_head);
        frames_clear(&frames);
    }
    return read;
}
