/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_feed.c - a seeded world around the event side's core: followers that come, read, stop, lapse
 * and are revoked
 */
#include "tests/broker/sim_feed.h"
#include "tests/broker/feed_recount.h"

enum {
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
static const char *const types[] = {"", "", "Unit", "Need", "Unit\0Need"};
static const char *const topics[] = {"s1/registry/Unit", "s1/registry/Need", "s1/registry/",
                                     "s2/registry/Unit", "s1/kiosk/Unit",    "s2/kiosk/Unit",
                                     "s1/robot/Need",    "!registry/s1",     "?registry",
                                     "s3/registry/Unit", "\x11s1/",          "s1/kiosk/"};

static uint32_t below(struct feed_sim *sim, uint32_t limit)
{
    return sim_draw(&sim->random, limit);
}

/* ---- acts ---- */

static void hear(struct feed_sim *sim, struct peer *peer, const void *data, size_t size)
{
    bool is_revoked = sim->is_revoked[peer->who];
    zmq_msg_t frame;

    zmq_msg_init_size(&frame, size);
    memcpy(zmq_msg_data(&frame), data, size);
    watch_record(sim, "from", peer->number, &frame);
    feed_hear(sim->feed, peer->number, &frame, is_revoked ? NULL : &sim->people[peer->who],
              sim->now_ms);
    zmq_msg_close(&frame);
    peer->heard_ms = sim->now_ms;
}

static void follow(struct feed_sim *sim, struct peer *peer)
{
    int index = (int)below(sim, FOLLOWED_MAX), type = (int)below(sim, 5);
    bool granted = watch_is_granted(&sim->people[peer->who], watch_prefixes[index]) &&
                   !sim->is_revoked[peer->who];
    const struct feed_counters *counters = feed_counters(sim->feed);
    uint64_t before = counters->follows, limited = counters->followers_limited;
    char data[64] = "\x01";
    size_t size = 1 + strlen(watch_prefixes[index]);
    size_t more = type == 4 ? 9 : strlen(types[type]);

    memcpy(data + 1, watch_prefixes[index], size);
    memcpy(data + size + 1, types[type], more);
    uint32_t old = peer->followed;
    peer->followed |= granted ? 1u << index : 0; /* before, for the answer may be the loss of it */
    int old_type = peer->type[index];
    peer->type[index] = granted ? type : old_type;
    hear(sim, peer, data, size + (more > 0) + more);
    bool done = counters->follows > before;
    watch_fail_unless(sim, done == granted || counters->followers_limited > limited,
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
    int size = snprintf(data, sizeof data, "\x02%s", watch_prefixes[index]);

    hear(sim, peer, data, (size_t)size);
    if (feed_counters(sim->feed)->followers_limited > limited)
        return;
    peer->followed &= ~(1u << index);
    if (!peer->followed)
        watch_forget(peer);
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
        watch_forget(peer);
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
    bool is_true = watch_is_published(from, topic);
    size_t size = below(sim, 6) == 0 || sim->simulation->seed % 8 == 0 ? LARGE : 20;
    char number[11];
    zmq_msg_t frame;

    tell_changes(sim);
    sim->publication++;
    for (int i = 0; i < PEERS; i++) {
        struct peer *peer = &sim->peer[i];

        if (is_true && follower_find(sim->feed, peer->number) && watch_follows(peer, topic) &&
            watch_is_granted(&sim->people[peer->who], topic))
            peer->due[peer->n_due++] = sim->publication;
    }
    int length = snprintf(number, sizeof number, "%u", sim->publication);
    feed_write(&frame, FEED_PUBLISHED, topic, strlen(topic), number, (size_t)length);
    zmq_msg_t whole;
    zmq_msg_init_size(&whole, zmq_msg_size(&frame) + size);
    memset(zmq_msg_data(&whole), 0, size > 64 ? 64 : zmq_msg_size(&whole)); /* what is recorded */
    memcpy(zmq_msg_data(&whole), zmq_msg_data(&frame), zmq_msg_size(&frame));
    zmq_msg_close(&frame);
    watch_record(sim, "by", (uint32_t)(from - sim->people), &whole);
    enum feed_verdict verdict = feed_publish(sim->feed, &whole, from, sim->now_ms);
    watch_fail_unless(sim, is_true == (verdict == FEED_PASSED), "a publication was misjudged",
                      NULL);
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
            watch_forget(&sim->peer[i]);
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
    watch_look(sim);
}

/* ---- a run ---- */

static void begin(struct feed_sim *sim)
{
    struct feed_surroundings around = watch_around(sim);

    around.waiting_max = below(sim, 2) ? below(sim, 40) : 0;
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
    watch_fail_unless(sim, !left, left, NULL);
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
