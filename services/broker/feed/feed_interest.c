/* SPDX-License-Identifier: Apache-2.0 */
/* feed_interest.c - prefixes that are followed: what may be, where they stand, what they match */
#include <ctype.h>
#include <string.h>

#include "services/broker/feed/feed_state.h"
#include "services/broker/feed/topic.h"

/* How much of a topic or prefix names its branch: up to the first slash, or nothing. */
static size_t head_size(const char *topic, size_t size)
{
    const char *slash = memchr(topic, '/', size);

    return slash ? (size_t)(slash + 1 - topic) : 0;
}

struct branch *branch_of(const struct feed *feed, const char *topic, size_t size)
{
    size_t head = head_size(topic, size);
    struct branch *branch = NULL;

    if (head > 0)
        HASH_FIND(hh, feed->branches, topic, head, branch);
    return branch;
}

static struct branch *open_branch(struct feed *feed, const char *prefix, size_t size)
{
    struct branch *branch = branch_of(feed, prefix, size);
    size_t head = head_size(prefix, size);

    if (head == 0)
        branch = feed->root;
    if (branch)
        return branch;
    branch = mem_bytes(feed, sizeof *branch + head);
    memset(branch, 0, sizeof *branch);
    branch->size = head;
    memcpy(branch->head, prefix, head);
    if (head > 0)
        HASH_ADD(hh, feed->branches, head, head, branch);
    else
        feed->root = branch;
    return branch;
}

static void release_branch(struct feed *feed, struct branch *branch)
{
    if (branch->interests)
        return;
    if (branch->size > 0)
        HASH_DEL(feed->branches, branch);
    else
        feed->root = NULL;
    talloc_free(branch);
}

struct interest *interest_find(struct follower *follower, const char *prefix, size_t size)
{
    struct interest *interest = NULL;

    if (follower)
        DL_FOREACH2(follower->interests, interest, own_next)
        {
            if (interest->size == size && memcmp(interest->text, prefix, size) == 0)
                break;
        }
    return interest;
}

/* A name as protobuf has it, up to the next NUL or the end; steps behind it. */
static bool take_type(const char **at, const char *end)
{
    const char *begin = *at, *nul = memchr(begin, 0, (size_t)(end - begin));
    const char *stop = nul ? nul : end;

    *at = nul ? nul + 1 : end;
    if (stop == begin || stop - begin > FEED_TYPE_MAX || isdigit((unsigned char)*begin))
        return false;
    for (; begin < stop; begin++)
        if (!isalnum((unsigned char)*begin) && *begin != '_')
            return false;
    return true;
}

static bool are_types(const struct feed_message *message)
{
    const char *at = (const char *)message->body, *end = at + message->body_size;
    int count = 0;

    while (at < end)
        if (++count > FEED_TYPES_MAX || !take_type(&at, end))
            return false;
    return message->body_size == 0 || end[-1] != 0;
}

static size_t text_size(size_t prefix, size_t types)
{
    return sizeof(struct interest) + prefix + types + (types > 0);
}

enum refusal interest_check(const struct feed *feed, const struct holder *holder,
                            struct follower *follower, const struct feed_message *message)
{
    const struct interest *old = interest_find(follower, message->topic, message->topic_size);
    size_t text = text_size(message->topic_size, message->body_size);
    size_t less = old ? text_size(old->size, old->types_size) : 0;

    if (!topic_may_follow(&holder->certificate, message->topic, message->topic_size))
        return REFUSAL_FOLLOW_PREFIX;
    if (!are_types(message))
        return REFUSAL_FOLLOW_TYPES;
    if (holder->text - less + text > FEED_TEXT_OF_CERTIFICATE ||
        feed->text - less + text > FEED_TEXT_MAX)
        return REFUSAL_FOLLOW_COUNT;
    if (!old &&
        ((follower && follower->prefixes >= FEED_PREFIXES_OF_PEER) ||
         holder->prefixes >= FEED_PREFIXES_OF_CERTIFICATE || feed->prefixes >= FEED_PREFIXES_MAX))
        return REFUSAL_FOLLOW_COUNT;
    return REFUSAL_NONE;
}

/* What it counts for, for its follower, its certificate and all: 1 or -1 of it. */
static void count(struct feed *feed, const struct interest *interest, int sign)
{
    struct follower *follower = interest->follower;
    size_t text = text_size(interest->size, interest->types_size);

    follower->prefixes += (uint32_t)sign;
    follower->holder->prefixes += (uint32_t)sign;
    feed->prefixes += (uint32_t)sign;
    follower->holder->text += sign > 0 ? text : -text;
    feed->text += sign > 0 ? text : -text;
}

void interest_add(struct feed *feed, struct follower *follower, const struct feed_message *message)
{
    struct interest *old = interest_find(follower, message->topic, message->topic_size);
    struct interest *interest = mem_bytes(feed, text_size(message->topic_size, message->body_size));

    memset(interest, 0, sizeof *interest);
    interest->follower = follower;
    interest->size = message->topic_size;
    interest->types_size = message->body_size;
    memcpy(interest->text, message->topic, message->topic_size);
    if (message->body_size > 0) {
        memcpy(interest->text + interest->size, message->body, message->body_size);
        interest->text[interest->size + interest->types_size] = 0;
    }
    interest->branch = open_branch(feed, message->topic, message->topic_size);
    DL_APPEND(interest->branch->interests, interest);
    DL_APPEND2(follower->interests, interest, own_prev, own_next);
    count(feed, interest, 1);
    if (old)
        interest_drop(feed, old);
}

void interest_drop(struct feed *feed, struct interest *interest)
{
    count(feed, interest, -1);
    DL_DELETE(interest->branch->interests, interest);
    DL_DELETE2(interest->follower->interests, interest, own_prev, own_next);
    release_branch(feed, interest->branch);
    talloc_free(interest);
}

/* Is what stands behind the topic's last slash one of the types? Heartbeats have nothing there. */
static bool is_of_type(const struct interest *interest, const struct feed_message *publication)
{
    const char *end = publication->topic + publication->topic_size;
    const char *slash = memrchr(publication->topic, '/', publication->topic_size);
    size_t size = slash ? (size_t)(end - slash - 1) : 0;
    const char *type = interest->text + interest->size, *stop = type + interest->types_size;

    if (interest->types_size == 0 || size == 0)
        return true;
    for (; type < stop; type += strlen(type) + 1)
        if (strlen(type) == size && memcmp(type, slash + 1, size) == 0)
            return true;
    return false;
}

bool interest_matches(const struct interest *interest, const struct feed_message *publication)
{
    return interest->size <= publication->topic_size &&
           memcmp(interest->text, publication->topic, interest->size) == 0 &&
           is_of_type(interest, publication);
}
