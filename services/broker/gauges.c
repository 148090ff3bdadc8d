/* SPDX-License-Identifier: Apache-2.0 */
/* gauges.c - the core's counters and the program's own as metrics, by the tables that define them */
#include "services/broker/gauges.h"

enum core_counter {
#define X(name, help) CORE_##name,
    BROKER_COUNTERS(X)
#undef X
        CORE_COUNTER_COUNT,
};

static struct metric core[CORE_COUNTER_COUNT] = {
#define X(counter, text)                                                                           \
    [CORE_##counter] = {                                                                           \
        .type = METRIC_COUNTER, .name = "jusha_broker_" #counter "_total", .help = (text)},
    BROKER_COUNTERS(X)
#undef X
};

static struct metric door[DOOR_COUNTER_COUNT] = {
#define X(counter, text)                                                                           \
    [DOOR_##counter] = {                                                                           \
        .type = METRIC_COUNTER, .name = "jusha_broker_" #counter "_total", .help = (text)},
    DOOR_COUNTERS(X)
#undef X
};

static struct metric queued = {METRIC_GAUGE, "jusha_broker_queued", NULL, "Requests that wait"};
static struct metric in_flight = {METRIC_GAUGE, "jusha_broker_in_flight", NULL,
                                  "Requests at workers"};
static struct metric workers = {METRIC_GAUGE, "jusha_broker_workers", NULL, "Registered workers"};

void gauges_register(void)
{
    for (size_t i = 0; i < CORE_COUNTER_COUNT; i++)
        metrics_register(&core[i]);
    for (size_t i = 0; i < DOOR_COUNTER_COUNT; i++)
        metrics_register(&door[i]);
    metrics_register(&queued);
    metrics_register(&in_flight);
    metrics_register(&workers);
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
