/* SPDX-License-Identifier: Apache-2.0 */
/* feed.c - messages of the publish and event ports taken apart and put together */
#include "libcommon/bus/feed.h"

#include <assert.h>
#include <string.h>

enum { FIRST_CHARACTER = 0x20 /* of a topic; what is below is a word */ };

/* The parts that may follow a word. */
enum shape { UNKNOWN = 0, BARE, PREFIX, PREFIX_AND_BODY, BODY };

static const enum shape shapes[FIRST_CHARACTER] = {
    [FEED_FOLLOW] = PREFIX,
    [FEED_UNFOLLOW] = PREFIX,
    [FEED_PING] = BARE,
    [FEED_FOLLOWED] = PREFIX_AND_BODY,
    [FEED_UNFOLLOWED] = PREFIX_AND_BODY,
    [FEED_PONG] = BARE,
    [FEED_LAGGED] = BODY,
    [FEED_REFUSED] = PREFIX_AND_BODY,
};

/* topic [NUL body] */
static bool read_topic(const char *at, const char *end, bool needs_body, struct feed_message *ret)
{
    const char *nul = memchr(at, 0, (size_t)(end - at));
    const char *topic_end = nul ? nul : end;

    if ((needs_body && !nul) || topic_end - at > FEED_TOPIC_MAX)
        return false;
    ret->topic = at;
    ret->topic_size = (size_t)(topic_end - at);
    ret->body = (const uint8_t *)(nul ? nul + 1 : end);
    ret->body_size = (size_t)(end - (const char *)ret->body);
    return true;
}

bool feed_read(const void *data, size_t size, struct feed_message *ret)
{
    const char *at = data, *end = at + size;

    *ret = (struct feed_message){.topic = at, .body = data};
    if (size == 0)
        return false;
    uint8_t first = (uint8_t)*at;
    ret->word = first < FIRST_CHARACTER ? (enum feed_word)first : FEED_PUBLISHED;
    if (ret->word == FEED_PUBLISHED)
        return read_topic(at, end, true, ret);
    at++;
    switch (shapes[first]) {
    case BARE:
        return at == end;
    case PREFIX:
        return read_topic(at, end, false, ret);
    case PREFIX_AND_BODY:
        return read_topic(at, end, true, ret);
    case BODY:
        ret->body = (const uint8_t *)at;
        ret->body_size = (size_t)(end - at);
        return true;
    default:
        return false;
    }
}

void feed_write(zmq_msg_t *frame, enum feed_word word, const void *topic, size_t topic_size,
                const void *body, size_t body_size)
{
    enum shape shape = word == FEED_PUBLISHED ? PREFIX_AND_BODY : shapes[word];
    bool has_nul = shape == PREFIX_AND_BODY || (shape == PREFIX && body_size > 0);
    size_t size = (word != FEED_PUBLISHED) + topic_size + has_nul + body_size;
    int rc = zmq_msg_init_size(frame, size);

    assert(rc == 0 && shape != UNKNOWN); /* out of memory; a word that is none */
    uint8_t *at = zmq_msg_data(frame);
    if (word != FEED_PUBLISHED)
        *at++ = (uint8_t)word;
    if (topic_size > 0)
        memcpy(at, topic, topic_size);
    at += topic_size;
    if (has_nul)
        *at++ = 0;
    if (body_size > 0)
        memcpy(at, body, body_size);
}
