/* SPDX-License-Identifier: Apache-2.0 */
/* hint.c - "!registry/xiasha" NUL Hint */
#include "libcommon/service/journal/hint.h"

#include <stdio.h>
#include <string.h>

#include "journal_live.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"

void hint_write(zmq_msg_t *frame, const char *service, const char *street, const struct point *head)
{
    Journal__Hint hint = JOURNAL__HINT__INIT;
    char topic[HINT_TOPIC];
    uint8_t body[16 + 2 + ID_CHARS]; /* a tag and ten bytes at most; an id with its tag and size */

    snprintf(topic, sizeof topic, "!%s/%s", service, street);
    hint.head = head->seq;
    hint.event_id = (char *)head->event_id;
    size_t size = protobuf_c_message_pack(&hint.base, body);
    feed_write(frame, FEED_PUBLISHED, topic, strlen(topic), body, size);
}

struct listener *hint_listen(const void *parent, const struct listener_options *options,
                             const char *const *services)
{
    struct listener_options with_prefixes = *options;
    size_t count = 0;

    while (services[count])
        count++;
    const char **prefixes = mem_array(NULL, const char *, count + 1);

    for (size_t i = 0; i < count; i++)
        prefixes[i] = mem_printf(prefixes, "!%s/", services[i]);
    with_prefixes.prefixes = prefixes;
    struct listener *listener = listener_new(parent, &with_prefixes);

    talloc_free(prefixes);
    return listener;
}

static bool is_hint(const struct feed_message *message)
{
    return message->word == FEED_PUBLISHED && message->topic_size > 0 &&
           message->topic_size < HINT_TOPIC && message->topic[0] == '!';
}

static bool is_of_every_street(const struct feed_message *message)
{
    return message->topic[message->topic_size - 1] == '/';
}

bool hint_read(const struct feed_message *message, char ret_topic[static HINT_TOPIC],
               struct point *ret_head)
{
    if (!is_hint(message) || is_of_every_street(message))
        return false;
    void *mem = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *hint;
    bool read = wire_unpack(mem, &journal__hint__descriptor, message->body, message->body_size,
                            &violations, &hint) == STATUS_OK;
    if (read) {
        memcpy(ret_topic, message->topic, message->topic_size);
        ret_topic[message->topic_size] = '\0';
        *ret_head =
            point_at(((const Journal__Hint *)hint)->head, ((const Journal__Hint *)hint)->event_id);
    }
    talloc_free(mem);
    return read;
}

bool hint_may_be_lost(const struct feed_message *message)
{
    return message->word == FEED_FOLLOWED || message->word == FEED_LAGGED ||
           (is_hint(message) && is_of_every_street(message));
}
