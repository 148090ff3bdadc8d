/* SPDX-License-Identifier: Apache-2.0 */
/* broker_state.c - what always holds of the broker's core: counted again from its lists */
#include "tests/broker/broker_state.h"

struct census {
    struct broker *broker;
    uint32_t queued, in_flight, unanswered;
    const char *wrong; /* the first that was found */
};

static void expect(struct census *census, bool holds, const char *wrong)
{
    if (!holds && !census->wrong)
        census->wrong = wrong;
}

static uint32_t count_waiting(struct census *census, const struct request *list,
                              enum request_place place, const struct queue *queue)
{
    const struct request *request;
    uint32_t count = 0;

    DL_FOREACH(list, request)
    {
        expect(census, request->place == place && request->queue == queue,
               "a queue's list holds what is not its");
        expect(census, request->due_list, "the wheel never looks at a request that waits");
        count++;
    }
    return count;
}

static void check_queue(struct census *census, const struct queue *queue)
{
    uint32_t count = count_waiting(census, queue->waiting, PLACE_WAITING, queue) +
                     count_waiting(census, queue->suspects, PLACE_SUSPECT, queue);
    const struct worker *worker;

    expect(census, count == queue->queued, "a queue is wrong about its length");
    expect(census, queue->in_turns == (count > 0), "a queue is wrong about its turn");
    expect(census, queue->unanswered <= census->broker->options.street_max,
           "a street has more unanswered than its bound");
    expect(census,
           queue->home_in_flight <= queue->in_flight && !queue->home == !queue->home_in_flight,
           "a queue is wrong about its home");
    DL_FOREACH(queue->group->workers, worker)
    {
        bool is_free = worker->in_flight < worker->credit && !census->broker->draining;
        expect(census, !queue->waiting || !is_free, "a street waits while a worker is free");
    }
    census->queued += count;
    census->unanswered += queue->unanswered;
}

static void check_worker(struct census *census, const struct worker *worker)
{
    const struct request *request;
    uint32_t count = 0, suspects = 0;

    DL_FOREACH(worker->requests, request)
    {
        expect(census, request->worker == worker && request->place == PLACE_AT_WORKER,
               "a worker's list holds what is not its");
        expect(census, request->due_list, "the wheel never looks at a request at work");
        suspects += request->deaths > 0;
        count++;
    }
    expect(census, count == worker->in_flight, "a worker is wrong about what it has");
    expect(census, count <= CREDIT_MAX, "a worker has more than any credit");
    expect(census, suspects == worker->suspects, "a worker is wrong about its suspects");
    expect(census, suspects <= 1, "a worker has two suspects");
    census->in_flight += count;
}

static uint32_t count_connections(struct census *census)
{
    struct connection *connection, *next;
    uint32_t unanswered = 0;

    HASH_ITER(hh, census->broker->connections, connection, next)
    {
        expect(census, connection->unanswered <= census->broker->options.connection_max,
               "a connection has more unanswered than its bound");
        unanswered += connection->unanswered;
    }
    return unanswered;
}

static void check_sums(struct census *census)
{
    const struct broker *broker = census->broker;
    const struct broker_counters *counters = &broker->counters;

    expect(census, census->queued == broker->queued, "the broker is wrong about what waits");
    expect(census, census->in_flight == broker->in_flight,
           "the broker is wrong about what is at work");
    expect(census, HASH_COUNT(broker->tickets) == broker->in_flight,
           "there is not one ticket for each request at work");
    expect(census,
           census->unanswered == broker->unanswered &&
               count_connections(census) == broker->unanswered,
           "the broker is wrong about what is unanswered");
    expect(census, broker->unanswered <= broker->options.total_max,
           "the broker has more unanswered than its bound");
    expect(census,
           counters->accepted ==
               counters->replied + counters->refused_late + counters->orphaned + broker->unanswered,
           "accepted requests are unaccounted for");
}

const char *broker_state_wrong(struct broker *broker)
{
    struct service *service, *next_service;
    struct queue *queue, *next_queue;
    struct worker *worker, *next_worker;
    struct census census = {.broker = broker};

    HASH_ITER(hh, broker->services, service, next_service)
    {
        HASH_ITER(hh, service->queues, queue, next_queue)
        {
            check_queue(&census, queue);
        }
    }
    HASH_ITER(hh, broker->workers, worker, next_worker)
    {
        check_worker(&census, worker);
    }
    check_sums(&census);
    return census.wrong;
}

const char *broker_state_left(const struct broker *broker)
{
    size_t services = HASH_COUNT(broker->services);

    if (broker->workers || broker->connections || broker->tickets)
        return "a worker, a connection or a ticket is left";
    if (broker->queued || broker->in_flight || broker->unanswered)
        return "the broker counts requests that are gone";
    if (talloc_total_size(broker) != sizeof *broker + services * sizeof(struct service))
        return "something leaks";
    return NULL;
}
