/* SPDX-License-Identifier: Apache-2.0 */
/* feed_recount.c - counts followers, prefixes and bytes again, from each side */
#include "tests/broker/feed_recount.h"

#include "services/broker/feed/topic.h"

struct sum {
    uint32_t followers, prefixes, lagging, behind, waiting;
    size_t text;
};

static const char *count_follower(const struct feed *feed, struct follower *follower,
                                  struct sum *sum)
{
    const struct certificate *certificate = &follower->holder->certificate;
    struct interest *interest;
    uint32_t prefixes = 0;

    DL_FOREACH2(follower->interests, interest, own_next)
    {
        prefixes++;
        sum->text +=
            sizeof *interest + interest->size + interest->types_size + (interest->types_size > 0);
        if (interest->follower != follower)
            return "a prefix belongs to somebody else";
        if (!topic_may_follow(certificate, interest->text, interest->size))
            return "a prefix is followed that is not granted";
        if (interest_find(follower, interest->text, interest->size) != interest)
            return "a prefix is followed twice";
    }
    sum->followers++;
    sum->prefixes += prefixes;
    sum->lagging += follower->lost > 0;
    sum->behind += follower->waiting != NULL;
    sum->waiting += follower->n_waiting;
    if (follower->n_waiting > feed->around.waiting_max)
        return "too much waits for a follower";
    if (prefixes == 0 || prefixes != follower->prefixes || prefixes > FEED_PREFIXES_OF_PEER)
        return "a follower's prefixes are miscounted";
    if (follower_find(feed, follower->peer) != follower)
        return "a follower is not in the table";
    if (follower->is_gone)
        return "a follower that is gone was not forgotten";
    if (held_bytes(&follower->held) > FEED_HELD_OF_PEER)
        return "too many bytes wait for a follower";
    return NULL;
}

static const char *count_holder(const struct feed *feed, const struct holder *holder,
                                struct sum *sum)
{
    struct sum own = {0};
    struct follower *follower;

    DL_FOREACH2(holder->followers, follower, own_next)
    {
        const char *wrong = count_follower(feed, follower, &own);

        if (wrong)
            return wrong;
        if (follower->holder != holder)
            return "a follower belongs to another certificate";
    }
    if (own.prefixes != holder->prefixes || own.prefixes > FEED_PREFIXES_OF_CERTIFICATE ||
        own.text != holder->text || own.text > FEED_TEXT_OF_CERTIFICATE)
        return "a certificate's prefixes are miscounted";
    if (held_bytes(&holder->held) > FEED_HELD_OF_CERTIFICATE)
        return "too many bytes wait for a certificate";
    sum->followers += own.followers;
    sum->prefixes += own.prefixes;
    sum->lagging += own.lagging;
    sum->behind += own.behind;
    sum->waiting += own.waiting;
    sum->text += own.text;
    return NULL;
}

static uint32_t count_branch(const struct branch *branch)
{
    struct interest *interest;
    uint32_t count = 0;

    if (branch)
        DL_COUNT(branch->interests, interest, count);
    return count;
}

static const char *count_branches(const struct feed *feed)
{
    struct branch *branch, *next;
    uint32_t prefixes = count_branch(feed->root);

    if (feed->root && !feed->root->interests)
        return "the root is kept for nobody";
    HASH_ITER(hh, feed->branches, branch, next)
    {
        if (!branch->interests)
            return "a branch is kept for nobody";
        prefixes += count_branch(branch);
    }
    return prefixes == feed->prefixes ? NULL : "branches and followers do not agree";
}

static const char *check_silence(const struct feed *feed)
{
    struct follower *follower;
    int64_t before_ms = INT64_MIN;

    DL_FOREACH(feed->by_heard, follower)
    {
        if (follower->heard_ms < before_ms)
            return "followers are not in the order of their silence";
        before_ms = follower->heard_ms;
    }
    return NULL;
}

const char *feed_wrong(struct feed *feed)
{
    struct holder *holder, *next;
    struct follower *follower;
    struct sum sum = {0};
    uint32_t lagging = 0, behind = 0, heard = 0;

    HASH_ITER(hh, feed->holders, holder, next)
    {
        const char *wrong = count_holder(feed, holder, &sum);

        if (wrong)
            return wrong;
    }
    DL_COUNT2(feed->lagging, follower, lagging, lag_next);
    DL_COUNT2(feed->behind, follower, behind, behind_next);
    DL_COUNT(feed->by_heard, follower, heard);
    if (sum.followers != HASH_COUNT(feed->followers) || sum.followers != heard)
        return "followers are miscounted";
    if (sum.lagging != lagging || sum.behind != behind || sum.waiting != feed->n_waiting)
        return "who lags and what waits is miscounted";
    if (sum.prefixes != feed->prefixes || sum.text != feed->text)
        return "prefixes are miscounted";
    if (HASH_COUNT(feed->beats) > FEED_BEATS_MAX)
        return "too many heartbeats are remembered";
    const char *wrong = check_silence(feed);
    return wrong ? wrong : count_branches(feed);
}

const char *feed_left(const struct feed *feed)
{
    if (feed->followers || feed->by_heard || feed->lagging || feed->behind || feed->gone ||
        feed->leaving || feed->n_waiting)
        return "followers are left";
    if (feed->branches || feed->root || feed->prefixes || feed->text)
        return "prefixes are left";
    if (feed->holders)
        return "certificates are left";
    if (feed->beats || feed->by_beat)
        return "heartbeats are left";
    if (held_bytes(&feed->held))
        return "bytes of events are left";
    return NULL;
}
