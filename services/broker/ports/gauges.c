/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gauges.c - the cores' counters and the program's own as metrics, by the tables that define them
 *
 * The program counts by gauges_count as things happen. The cores count by themselves: each update
 * adds what came since the last one, and sets the levels. All is static; nothing fails.
 */
#include "services/broker/ports/gauges.h"

/* A row of a table of counters as its metric; `place` says which table. */
#define COUNTER(place, counter, text)                                                              \
    [place##counter] = {                                                                           \
        .type = METRIC_COUNTER, .name = "jusha_broker_" #counter "_total", .help = (text)},

enum core_counter {
#define X(name, help) CORE_##name,
    BROKER_COUNTERS(X)
#undef X
        CORE_COUNTER_COUNT,
};

static struct metric core[CORE_COUNTER_COUNT] = {
#define X(name, help) COUNTER(CORE_, name, help)
    BROKER_COUNTERS(X)
#undef X
};

static struct metric door[DOOR_COUNTER_COUNT] = {
#define X(name, help) COUNTER(DOOR_, name, help)
    DOOR_COUNTERS(X)
#undef X
};

enum feed_counter {
#define X(name, help) FEED_##name,
    FEED_COUNTERS(X)
#undef X
        FEED_COUNTER_COUNT,
};

static struct metric events[FEED_COUNTER_COUNT] = {
#define X(name, help) COUNTER(FEED_, name, help)
    FEED_COUNTERS(X)
#undef X
};

static struct metric queued = {METRIC_GAUGE, "jusha_broker_queued", NULL, "Requests that wait"};
static struct metric in_flight = {METRIC_GAUGE, "jusha_broker_in_flight", NULL,
                                  "Requests at workers"};
static struct metric workers = {METRIC_GAUGE, "jusha_broker_workers", NULL, "Registered workers"};
static struct metric followers = {METRIC_GAUGE, "jusha_broker_followers", NULL,
                                  "Connections that follow events"};
static struct metric prefixes = {METRIC_GAUGE, "jusha_broker_followed_prefixes", NULL,
                                 "Prefixes that they follow"};
static struct metric held = {METRIC_GAUGE, "jusha_broker_events_held_bytes", NULL,
                             "Bytes of events that wait for followers"};
static struct metric expiring = {METRIC_GAUGE, "jusha_broker_certificates_expiring", NULL,
                                 "Certificates that expire within 30 days"};

static struct metric *const levels[] = {&queued,   &in_flight, &workers,  &followers,
                                        &prefixes, &held,      &expiring, NULL};

void gauges_register(void)
{
    for (size_t i = 0; i < CORE_COUNTER_COUNT; i++)
        metrics_register(&core[i]);
    for (size_t i = 0; i < DOOR_COUNTER_COUNT; i++)
        metrics_register(&door[i]);
    for (size_t i = 0; i < FEED_COUNTER_COUNT; i++)
        metrics_register(&events[i]);
    for (struct metric *const *level = levels; *level; level++)
        metrics_register(*level);
}

void gauges_count(enum door_counter counter)
{
    metrics_add(&door[counter], 1);
}

void gauges_update(const struct broker *broker)
{
    static struct broker_counters last;
    const struct broker_counters *now = broker_counters(broker);
    struct broker_load load = broker_load(broker);

#define X(name, help) metrics_add(&core[CORE_##name], (int64_t)(now->name - last.name));
    BROKER_COUNTERS(X)
#undef X
    last = *now;
    metrics_set(&queued, load.queued);
    metrics_set(&in_flight, load.in_flight);
    metrics_set(&workers, load.workers);
}

void gauges_update_feed(const struct feed *feed)
{
    static struct feed_counters last;
    const struct feed_counters *now = feed_counters(feed);
    struct feed_load load = feed_load(feed);

#define X(name, help) metrics_add(&events[FEED_##name], (int64_t)(now->name - last.name));
    FEED_COUNTERS(X)
#undef X
    last = *now;
    metrics_set(&followers, load.followers);
    metrics_set(&prefixes, load.prefixes);
    metrics_set(&held, load.held);
}

void gauges_update_certificates(unsigned count)
{
    metrics_set(&expiring, count);
}
