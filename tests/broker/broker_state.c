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

static bool has_free_worker(const struct census *census, const struct group *group)
{
    const struct seat *seat;

    DL_FOREACH(group->seats, seat)
    {
        const struct worker *worker = seat->worker;

        if (worker->in_flight < worker->credit && !census->broker->draining)
            return true;
    }
    return false;
}

static uint32_t check_lane(struct census *census, const struct lane *lane)
{
    uint32_t count = count_waiting(census, lane->waiting, PLACE_WAITING, lane->key.queue);
    bool waits = lane->state == LANE_IN_TURN || lane->state == LANE_HELD;

    expect(census, waits == (count > 0), "a lane is wrong about whether it waits");
    expect(census, (lane->state == LANE_IDLE) == (lane->requests == 0),
           "a lane is wrong about being idle");
    expect(census, lane->requests >= count, "a lane is wrong about what it has");
    expect(census, lane->state != LANE_HELD || lane->stake->in_flight > 0,
           "a lane is held though its party has nothing at work");
    expect(census, lane->state != LANE_IN_TURN || !has_free_worker(census, lane->key.queue->group),
           "a lane waits while a worker is free");
    return count;
}

static void check_lanes(struct census *census)
{
    struct lane *lane, *next;
    uint32_t waiting = 0, suspects = 0;

    HASH_ITER(hh, census->broker->lanes, lane, next)
    {
        waiting += check_lane(census, lane);
    }
    for (struct routed_service *service = census->broker->services; service;
         service = service->hh.next)
        for (struct queue *queue = service->queues; queue; queue = queue->hh.next)
            suspects += count_waiting(census, queue->suspects, PLACE_SUSPECT, queue);
    expect(census, waiting + suspects == census->queued,
           "lanes and queues differ about what waits");
}

static void check_queue(struct census *census, const struct queue *queue)
{
    expect(census, queue->in_turns == (queue->turns || queue->suspects),
           "a queue is wrong about its turn");
    expect(census, queue->unanswered <= census->broker->options.street_max,
           "a street has more unanswered than its bound");
    expect(census,
           queue->home_in_flight <= queue->in_flight && !queue->home == !queue->home_in_flight,
           "a queue is wrong about its home");
    census->queued += queue->queued;
    census->unanswered += queue->unanswered;
}

static void check_parties(struct census *census)
{
    const struct broker *broker = census->broker;
    struct party *party, *next;
    uint32_t unanswered = 0, in_flight = 0;
    size_t bytes = 0;
    struct stake *stake, *next_stake;

    HASH_ITER(hh, broker->parties, party, next)
    {
        expect(census,
               party->unanswered <= party->limits->unanswered &&
                   party->unanswered <= broker->options.certificate_max,
               "a certificate has more unanswered than its bound");
        expect(census, party->bytes <= (size_t)party->limits->kib * 1024,
               "a certificate holds more than its bound");
        expect(census, party->certificate == party || party->bytes == 0,
               "an actor has a budget of its own");
        unanswered += party->unanswered;
        bytes += party->bytes;
    }
    HASH_ITER(hh, broker->stakes, stake, next_stake)
    {
        in_flight += stake->in_flight;
    }
    expect(census, unanswered == broker->unanswered, "parties are wrong about what is unanswered");
    expect(census, in_flight == broker->in_flight, "parties are wrong about what is at work");
    expect(census, bytes == broker->bytes, "parties are wrong about what they hold");
    expect(census, bytes <= REQUEST_BYTES_MAX, "the broker holds more than its bound");
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
               /* less those of connections that ended */
               count_connections(census) <= broker->unanswered,
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
    struct routed_service *service, *next_service;
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
    check_lanes(&census);
    check_parties(&census);
    check_sums(&census);
    return census.wrong;
}

const char *broker_state_left(const struct broker *broker)
{
    size_t kept = sizeof *broker;

    if (broker->workers || broker->connections || broker->tickets)
        return "a worker, a connection or a ticket is left";
    if (broker->lanes || broker->stakes || broker->parties)
        return "a lane, a stake or a party is left";
    if (broker->queued || broker->in_flight || broker->unanswered)
        return "the broker counts requests that are gone";
    for (struct routed_service *service = broker->services; service; service = service->hh.next)
        kept += sizeof *service + HASH_COUNT(service->dedicated) * sizeof(struct group);
    if (talloc_total_size(broker) != kept)
        return "something leaks";
    return NULL;
}
