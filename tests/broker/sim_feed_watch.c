/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_feed_watch.c - what is watched of the event side's core
 *
 * From outside, at the moment when a frame reaches a connection: an event is one that it followed
 * and was granted, and the next one that is due, for what was lost before has been told by its
 * number. Publications are numbered, so what is due is known here. From inside: feed_recount.h.
 */
#include "tests/broker/feed_recount.h"
#include "tests/broker/sim_feed.h"

const char *const watch_prefixes[FOLLOWED_MAX] = {
    "s1/", "s2/", "s1/registry/", "s1/kiosk/", "!registry/", "", "s2/registry/Un", "s3/"};

void watch_fail_unless(struct feed_sim *sim, bool good, const char *what, const struct peer *peer)
{
    char *failure = sim->simulation->failure;

    if (!good && !failure[0])
        snprintf(failure, SIM_FAILURE, "at %lld ms: %s (peer %d, publication %u)",
                 (long long)sim->now_ms, what, peer ? (int)(peer - sim->peer) : -1,
                 sim->publication);
}

void watch_record(struct feed_sim *sim, const char *what, uint32_t peer, zmq_msg_t *frame)
{
    struct simulation *simulation = sim->simulation;
    const uint8_t *data = zmq_msg_data(frame);
    size_t size = zmq_msg_size(frame) < 64 ? zmq_msg_size(frame) : 64;

    simulation->hash = (simulation->hash ^ (uint64_t)sim->now_ms ^ peer) * 0x100000001b3;
    for (size_t i = 0; i < size; i++)
        simulation->hash = (simulation->hash ^ data[i]) * 0x100000001b3;
    if (simulation->trace)
        fprintf(simulation->trace, "%7lld %s %u %02x %.*s\n", (long long)sim->now_ms, what, peer,
                size ? data[0] : 0, (int)size, size ? (const char *)data : "");
}

/* ---- what should be ---- */

bool watch_is_granted(const struct certificate *certificate, const char *topic)
{
    bool all = strcmp(certificate->streets, "*") == 0;

    switch (certificate->role) {
    case BUS__ROLE__ROLE_SERVICE:
        if (topic[0] == '!' || all)
            return true;
        break;
    case BUS__ROLE__ROLE_STREET_STAFF:
    case BUS__ROLE__ROLE_INTEGRATOR:
        break;
    default:
        return false;
    }
    return topic[0] == 's' && topic[2] == '/' &&
           strstr(certificate->streets, (char[]){'s', topic[1], 0});
}

bool watch_is_published(const struct certificate *from, const char *topic)
{
    const char *name = strcmp(from->name, "registry") == 0 ? "registry"
                       : strcmp(from->name, "kiosk") == 0  ? "kiosk"
                       : strcmp(from->name, "robot") == 0  ? "robot"
                                                           : "nobody";

    if (topic[0] == '!')
        return strcmp(topic + 1, "registry/s1") == 0 && strcmp(name, "registry") == 0;
    return topic[0] == 's' && strncmp(topic + 3, name, strlen(name)) == 0 &&
           (from->streets[0] == '*' || from->streets[1] == topic[1]);
}

static bool is_of_type(const char *topic, int type)
{
    static const char *const named[] = {NULL, NULL, "Unit", "Need", "UnitNeed"};
    const char *last = strrchr(topic, '/') + 1;

    return !named[type] || !*last || strstr(named[type], last);
}

bool watch_follows(const struct peer *peer, const char *topic)
{
    for (int i = 0; i < FOLLOWED_MAX; i++)
        if (peer->followed & 1u << i &&
            strncmp(topic, watch_prefixes[i], strlen(watch_prefixes[i])) == 0 &&
            is_of_type(topic, peer->type[i]))
            return true;
    return false;
}

void watch_forget(struct peer *peer)
{
    peer->followed = 0;
    peer->n_due = 0;
}

/* ---- around the core ---- */

static struct peer *find_peer(struct feed_sim *sim, uint32_t number)
{
    for (int i = 0; i < PEERS; i++)
        if (sim->peer[i].number == number)
            return &sim->peer[i];
    return NULL;
}

/* The number behind an event's topic, or in the news of a loss. */
static uint32_t number_in(const struct feed_message *message)
{
    char number[11] = "";

    memcpy(number, message->body, message->body_size < 10 ? message->body_size : 10);
    return (uint32_t)strtoul(number, NULL, 10);
}

static void arrive(struct feed_sim *sim, struct peer *peer, zmq_msg_t *frame)
{
    struct feed_message message;
    uint32_t count = 1;

    watch_fail_unless(sim, feed_read(zmq_msg_data(frame), zmq_msg_size(frame), &message),
                      "a follower got what is no message", peer);
    watch_fail_unless(sim, message.word > FEED_PING, "a follower's own word came back", peer);
    if (message.word == FEED_LAGGED)
        count = number_in(&message);
    else if (message.word != FEED_PUBLISHED)
        return;
    watch_fail_unless(sim, count > 0 && count <= peer->n_due,
                      message.word == FEED_LAGGED ? "a loss was told that was none"
                                                  : "an event reached a stranger",
                      peer);
    if (sim->simulation->failure[0])
        return;
    if (message.word == FEED_PUBLISHED)
        watch_fail_unless(sim, number_in(&message) == peer->due[0],
                          "an event came again, late, or before the news of a loss", peer);
    peer->n_due -= count;
    memmove(peer->due, peer->due + count, peer->n_due * sizeof *peer->due);
}

static enum feed_sent send_to(void *context, uint32_t number, zmq_msg_t *frame)
{
    struct feed_sim *sim = context;
    struct peer *peer = find_peer(sim, number);

    if (!peer || peer->is_away)
        return FEED_GONE;
    if (peer->count >= peer->room)
        return FEED_FULL;
    watch_record(sim, "to", number, frame);
    arrive(sim, peer, frame);
    peer->took_ms = sim->now_ms;
    zmq_msg_init(&peer->frame[peer->count]);
    zmq_msg_move(&peer->frame[peer->count++], frame);
    return FEED_SENT;
}

static bool holds(void *context, const struct certificate *certificate)
{
    const struct feed_sim *sim = context;

    for (int i = 0; i < PEOPLE; i++)
        if (strcmp(sim->people[i].public_key, certificate->public_key) == 0)
            return !sim->is_revoked[i] && strcmp(sim->people[i].streets, certificate->streets) == 0;
    return false;
}

static void want(void *context, const char *prefix, size_t size)
{
    (void)context, (void)prefix, (void)size;
}

struct feed_surroundings watch_around(struct feed_sim *sim)
{
    return (struct feed_surroundings){
        .context = sim, .send = send_to, .holds = holds, .want = want};
}

void watch_look(struct feed_sim *sim)
{
    const char *wrong = feed_wrong(sim->feed);

    watch_fail_unless(sim, !wrong, wrong, NULL);
    for (int i = 0; i < PEERS; i++) {
        struct peer *peer = &sim->peer[i];
        const struct follower *follower = follower_find(sim->feed, peer->number);

        if (follower && !follower->waiting && follower->lost == 0)
            peer->rested_ms = sim->now_ms;
        if (!peer->followed || follower)
            continue;
        bool lapsed = sim->now_ms - peer->heard_ms >= FEED_LAPSE_MS;
        bool stuck = sim->now_ms - peer->took_ms >= FEED_STUCK_MS &&
                     sim->now_ms - peer->rested_ms >= FEED_STUCK_MS;
        watch_fail_unless(sim, lapsed || stuck || peer->is_away || sim->is_revoked[peer->who],
                          "a follower was forgotten without a reason", peer);
        watch_forget(peer);
    }
}
