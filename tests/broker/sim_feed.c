/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_feed.c - a seeded world around the event side's core: followers that come, read, stop, lapse
 * and are revoked
 *
 * What is watched from outside, at the moment when a frame reaches a connection: an event is one
 * that it followed and was granted, and the next one that is due, for what was lost before has been
 * told by its number. Publications are numbered, so what is due is known here. From inside:
 * feed_recount.h.
 */
#include <string.h>

#include "tests/broker/feed_recount.h"
#include "tests/broker/sim.h"

enum {
    PEERS = 8,
    PEOPLE = 6,
    ROOM_MAX = 64, /* frames that wait for one peer */
    FOLLOWED_MAX = 8,
    ACTS = 600,
    LARGE = 200 * 1024, /* bytes of an event of which a few fill a budget */
    END_MS = 40000,     /* longer than anything is remembered */
};

static const struct {
    const char *name;
    Bus__Role role;
    const char *streets;
} people[PEOPLE] = {
    {"office", BUS__ROLE__ROLE_STREET_STAFF, "s1 s2"}, {"registry", BUS__ROLE__ROLE_SERVICE, "*"},
    {"kiosk", BUS__ROLE__ROLE_SERVICE, "s1"},          {"robot", BUS__ROLE__ROLE_WORKER, "s1"},
    {"system", BUS__ROLE__ROLE_INTEGRATOR, "s2"},      {"shop", BUS__ROLE__ROLE_SHOP, "s1"},
};
static const char *const prefixes[] = {"s1/",        "s2/", "s1/registry/",   "s1/kiosk/",
                                       "!registry/", "",    "s2/registry/Un", "s3/"};
static const char *const types[] = {"", "", "Unit", "Need", "Unit\0Need"};
static const char *const topics[] = {"s1/registry/Unit", "s1/registry/Need", "s1/registry/",
                                     "s2/registry/Unit", "s1/kiosk/Unit",    "s2/kiosk/Unit",
                                     "s1/robot/Need",    "!registry/s1",     "?registry",
                                     "s3/registry/Unit", "\x11s1/",          "s1/kiosk/"};

struct peer {
    uint32_t number; /* a new one with each connection */
    int who;
    bool is_away;
    int64_t stopped_until_ms, heard_ms;
    int64_t took_ms, rested_ms; /* took something, had nothing to take */
    size_t room, count;
    zmq_msg_t frame[ROOM_MAX];
    uint32_t followed; /* a bit for each of prefixes */
    int type[FOLLOWED_MAX];
    uint32_t due[ACTS]; /* publications for it that it neither got nor was told of, in order */
    uint32_t n_due;
};

struct feed_sim {
    struct simulation *simulation;
    struct feed *feed;
    uint64_t random;
    int64_t now_ms;
    struct certificate people[PEOPLE];
    bool is_revoked[PEOPLE];
    bool is_changed; /* a certificate, and nobody has said so yet */
    struct peer peer[PEERS];
    uint32_t numbers, publication;
};

static uint32_t below(struct feed_sim *sim, uint32_t limit)
{
    return sim_draw(&sim->random, limit);
}

static void fail_unless(struct feed_sim *sim, bool good, const char *what, const struct peer *peer)
{
    char *failure = sim->simulation->failure;

    if (!good && !failure[0])
        snprintf(failure, SIM_FAILURE, "at %lld ms: %s (peer %d, publication %u)",
                 (long long)sim->now_ms, what, peer ? (int)(peer - sim->peer) : -1,
                 sim->publication);
}

static void record(struct feed_sim *sim, const char *what, uint32_t peer, zmq_msg_t *frame)
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

/* ---- what should be: said again in other words than the core's ---- */

static bool is_granted(const struct certificate *certificate, const char *topic)
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

static bool is_published(const struct certificate *from, const char *topic)
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

static bool follows(const struct peer *peer, const char *topic)
{
    for (int i = 0; i < FOLLOWED_MAX; i++)
        if (peer->followed & 1u << i && strncmp(topic, prefixes[i], strlen(prefixes[i])) == 0 &&
            is_of_type(topic, peer->type[i]))
            return true;
    return false;
}

static void forget(struct peer *peer)
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

    fail_unless(sim, feed_read(zmq_msg_data(frame), zmq_msg_size(frame), &message),
                "a follower got what is no message", peer);
    fail_unless(sim, message.word > FEED_PING, "a follower's own word came back", peer);
    if (message.word == FEED_LAGGED)
        count = number_in(&message);
    else if (message.word != FEED_PUBLISHED)
        return;
    fail_unless(sim, count > 0 && count <= peer->n_due,
                message.word == FEED_LAGGED ? "a loss was told that was none"
                                            : "an event reached a stranger",
                peer);
    if (sim->simulation->failure[0])
        return;
    if (message.word == FEED_PUBLISHED)
        fail_unless(sim, number_in(&message) == peer->due[0],
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
    record(sim, "to", number, frame);
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

/* Whoever the core forgot without being told: it must have had a reason. */
static void look(struct feed_sim *sim)
{
    const char *wrong = feed_wrong(sim->feed);

    fail_unless(sim, !wrong, wrong, NULL);
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
        fail_unless(sim, lapsed || stuck || peer->is_away || sim->is_revoked[peer->who],
                    "a follower was forgotten without a reason", peer);
        forget(peer);
    }
}

/* ---- acts ---- */

static void hear(struct feed_sim *sim, struct peer *peer, const void *data, size_t size)
{
    bool is_revoked = sim->is_revoked[peer->who];
    zmq_msg_t frame;

    zmq_msg_init_size(&frame, size);
    memcpy(zmq_msg_data(&frame), data, size);
    record(sim, "from", peer->number, &frame);
    feed_hear(sim->feed, peer->number, &frame, is_revoked ? NULL : &sim->people[peer->who],
              sim->now_ms);
    zmq_msg_close(&frame);
    peer->heard_ms = sim->now_ms;
}

static void follow(struct feed_sim *sim, struct peer *peer)
{
    int index = (int)below(sim, FOLLOWED_MAX), type = (int)below(sim, 5);
    bool granted =
        is_granted(&sim->people[peer->who], prefixes[index]) && !sim->is_revoked[peer->who];
    const struct feed_counters *counters = feed_counters(sim->feed);
    uint64_t before = counters->follows, limited = counters->followers_limited;
    char data[64] = "\x01";
    size_t size = 1 + strlen(prefixes[index]);
    size_t more = type == 4 ? 9 : strlen(types[type]);

    memcpy(data + 1, prefixes[index], size);
    memcpy(data + size + 1, types[type], more);
    uint32_t old = peer->followed;
    peer->followed |= granted ? 1u << index : 0; /* before, for the answer may be the loss of it */
    int old_type = peer->type[index];
    peer->type[index] = granted ? type : old_type;
    hear(sim, peer, data, size + (more > 0) + more);
    bool done = counters->follows > before;
    fail_unless(sim, done == granted || counters->followers_limited > limited,
                granted ? "a prefix was refused" : "a prefix was granted", peer);
    if (!done && granted) {
        peer->followed = old;
        peer->type[index] = old_type;
    }
    sim->simulation->follows += done;
}

static void unfollow(struct feed_sim *sim, struct peer *peer)
{
    int index = (int)below(sim, FOLLOWED_MAX);
    uint64_t limited = feed_counters(sim->feed)->followers_limited;
    char data[64];
    int size = snprintf(data, sizeof data, "\x02%s", prefixes[index]);

    hear(sim, peer, data, (size_t)size);
    if (feed_counters(sim->feed)->followers_limited > limited)
        return;
    peer->followed &= ~(1u << index);
    if (!peer->followed)
        forget(peer);
}

static void ping(struct feed_sim *sim, struct peer *peer)
{
    hear(sim, peer, "\x03", 1);
}

static void babble(struct feed_sim *sim, struct peer *peer)
{
    uint8_t data[8];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)below(sim, 256);
    data[0] |= 4; /* none of its words */
    hear(sim, peer, data, below(sim, sizeof data));
}

static void clear(struct peer *peer, size_t count)
{
    for (size_t i = 0; i < count; i++)
        zmq_msg_close(&peer->frame[i]);
    memmove(peer->frame, peer->frame + count, (peer->count - count) * sizeof *peer->frame);
    peer->count -= count;
}

/* What the program says before it publishes, sends or ticks. Until then the core finds out by
 * itself when somebody speaks. */
static void tell_changes(struct feed_sim *sim)
{
    if (sim->is_changed)
        feed_revoke(sim->feed);
    sim->is_changed = false;
}

static void take(struct feed_sim *sim, struct peer *peer)
{
    if (sim->now_ms >= peer->stopped_until_ms)
        clear(peer, below(sim, (uint32_t)peer->count + 1));
    if (below(sim, 2)) {
        tell_changes(sim);
        feed_retry(sim->feed);
    }
}

static void stop(struct feed_sim *sim, struct peer *peer)
{
    peer->stopped_until_ms = sim->now_ms + below(sim, 20000);
}

/* Leaves; the core hears of it at once, or when it has something to say. */
static void leave(struct feed_sim *sim, struct peer *peer)
{
    peer->is_away = true;
    if (below(sim, 2)) {
        feed_gone(sim->feed, peer->number);
        forget(peer);
    }
}

static void come(struct feed_sim *sim, struct peer *peer)
{
    clear(peer, peer->count);
    *peer = (struct peer){.number = ++sim->numbers,
                          .who = (int)below(sim, PEOPLE),
                          .room = 1 + below(sim, below(sim, 2) ? 8 : ROOM_MAX),
                          .heard_ms = sim->now_ms,
                          .took_ms = sim->now_ms,
                          .rested_ms = sim->now_ms};
}

static void publish(struct feed_sim *sim)
{
    const char *topic = topics[below(sim, sizeof topics / sizeof *topics)];
    const struct certificate *from = &sim->people[below(sim, PEOPLE)];
    bool is_true = is_published(from, topic);
    size_t size = below(sim, 6) == 0 || sim->simulation->seed % 8 == 0 ? LARGE : 20;
    char number[11];
    zmq_msg_t frame;

    tell_changes(sim);
    sim->publication++;
    for (int i = 0; i < PEERS; i++) {
        struct peer *peer = &sim->peer[i];

        if (is_true && follower_find(sim->feed, peer->number) && follows(peer, topic) &&
            is_granted(&sim->people[peer->who], topic))
            peer->due[peer->n_due++] = sim->publication;
    }
    int length = snprintf(number, sizeof number, "%u", sim->publication);
    feed_write(&frame, FEED_PUBLISHED, topic, strlen(topic), number, (size_t)length);
    zmq_msg_t whole;
    zmq_msg_init_size(&whole, zmq_msg_size(&frame) + size);
    memset(zmq_msg_data(&whole), 0, size > 64 ? 64 : zmq_msg_size(&whole)); /* what is recorded */
    memcpy(zmq_msg_data(&whole), zmq_msg_data(&frame), zmq_msg_size(&frame));
    zmq_msg_close(&frame);
    record(sim, "by", (uint32_t)(from - sim->people), &whole);
    enum feed_verdict verdict = feed_publish(sim->feed, &whole, from, sim->now_ms);
    fail_unless(sim, is_true == (verdict == FEED_PASSED), "a publication was misjudged", NULL);
    sim->simulation->events += verdict == FEED_PASSED;
}

/* A certificate is taken away, comes back, or grants other streets. */
static void change_certificate(struct feed_sim *sim)
{
    int who = (int)below(sim, PEOPLE);
    struct certificate *certificate = &sim->people[who];

    tell_changes(sim); /* there and back would be no change */
    if (sim->is_revoked[who] || below(sim, 2))
        sim->is_revoked[who] = !sim->is_revoked[who];
    else if (certificate->role == BUS__ROLE__ROLE_STREET_STAFF)
        snprintf(certificate->streets, sizeof certificate->streets,
                 strcmp(certificate->streets, "s1 s2") == 0 ? "s2" : "s1 s2");
    else
        return;
    for (int i = 0; i < PEERS; i++)
        if (sim->peer[i].who == who)
            forget(&sim->peer[i]);
    sim->is_changed = true;
}

static void tick(struct feed_sim *sim)
{
    bool paused = below(sim, 100) == 0;
    int64_t ms = paused ? 1000 + below(sim, 8000) : 50 + below(sim, 200);

    sim->now_ms += ms;
    for (int i = 0; i < PEERS && ms > FEED_PAUSE_MS; i++) { /* it forgives */
        sim->peer[i].heard_ms += ms;
        sim->peer[i].took_ms += ms;
        sim->peer[i].rested_ms += ms;
    }
    tell_changes(sim);
    feed_tick(sim->feed, sim->now_ms);
}

static void act(struct feed_sim *sim)
{
    static void (*const acts[])(struct feed_sim *, struct peer *) = {
        follow, follow, follow, unfollow, ping, ping, ping, babble, take, take, stop, leave};
    struct peer *peer = &sim->peer[below(sim, PEERS)];
    uint32_t choice = below(sim, 100);

    if (choice < 35)
        publish(sim);
    else if (choice < 55)
        tick(sim);
    else if (choice < 56)
        change_certificate(sim);
    else if (peer->is_away)
        come(sim, peer);
    else
        acts[below(sim, choice < 70 ? 12 : 10)](sim, peer);
    look(sim);
}

/* ---- a run ---- */

static void begin(struct feed_sim *sim)
{
    struct feed_surroundings around = {.context = sim,
                                       .waiting_max = below(sim, 2) ? below(sim, 40) : 0,
                                       .send = send_to,
                                       .holds = holds,
                                       .want = want};

    sim->feed = feed_create(NULL, &around, 0);
    for (int i = 0; i < PEOPLE; i++) {
        snprintf(sim->people[i].name, sizeof sim->people[i].name, "%s", people[i].name);
        snprintf(sim->people[i].public_key, sizeof sim->people[i].public_key, "%s", people[i].name);
        snprintf(sim->people[i].streets, sizeof sim->people[i].streets, "%s", people[i].streets);
        sim->people[i].role = people[i].role;
    }
    for (int i = 0; i < PEERS; i++)
        come(sim, &sim->peer[i]);
}

/* Nobody says anything any more: everything is forgotten. */
static void end(struct feed_sim *sim)
{
    const char *left;

    tell_changes(sim);
    for (int i = 0; i < PEERS; i++)
        clear(&sim->peer[i], sim->peer[i].count);
    for (int64_t end_ms = sim->now_ms + END_MS; sim->now_ms < end_ms;) {
        sim->now_ms += 500;
        feed_tick(sim->feed, sim->now_ms);
        for (int i = 0; i < PEERS; i++)
            clear(&sim->peer[i], sim->peer[i].count);
    }
    left = feed_left(sim->feed);
    fail_unless(sim, !left, left, NULL);
    sim->simulation->events_lost += (int)feed_counters(sim->feed)->events_lost;
    sim->simulation->lapsed += (int)feed_counters(sim->feed)->followers_lapsed;
    sim->simulation->stuck += (int)feed_counters(sim->feed)->followers_stuck;
    sim->simulation->revoked += (int)feed_counters(sim->feed)->followers_revoked;
    feed_destroy(&sim->feed);
}

bool simulate_feed(struct simulation *simulation)
{
    struct feed_sim *sim = mem_new(NULL, struct feed_sim);

    sim->simulation = simulation;
    sim->random = ~simulation->seed;
    begin(sim);
    for (int i = 0; i < ACTS && !simulation->failure[0]; i++)
        act(sim);
    end(sim);
    talloc_free(sim);
    return simulation->failure[0] == 0;
}
