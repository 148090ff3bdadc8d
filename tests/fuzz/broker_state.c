/* SPDX-License-Identifier: Apache-2.0 */
/* broker_state.c - what always holds of the broker's core: counted again from its lists */
#include "broker_state.h"

#include <assert.h>

struct counts {
    uint32_t queued, in_flight, unanswered;
};

static uint32_t count_waiting(const struct request *list, enum request_place place,
                              const struct queue *queue)
{
    const struct request *request;
    uint32_t count = 0;

    DL_FOREACH(list, request)
    {
        assert(request->place == place && request->queue == queue);
        assert(request->due_list); /* the wheel looks at it some day */
        count++;
    }
    return count;
}

static void check_queue(const struct queue *queue, struct counts *counts)
{
    uint32_t count = count_waiting(queue->waiting, PLACE_WAITING, queue) +
                     count_waiting(queue->suspects, PLACE_SUSPECT, queue);
    const struct worker *worker;

    assert(count == queue->queued);
    assert(queue->in_turns == (count > 0));
    assert(queue->unanswered <= queue->service->broker->options.street_max);
    assert(queue->home_in_flight <= queue->in_flight);
    assert(!queue->home == !queue->home_in_flight);
    DL_FOREACH(queue->group->workers, worker)
    {
        bool is_free = worker->in_flight < worker->credit;
        assert(!queue->waiting || !is_free || queue->service->broker->draining);
    }
    counts->queued += count;
    counts->unanswered += queue->unanswered;
}

static void check_worker(const struct worker *worker, struct counts *counts)
{
    const struct request *request;
    uint32_t count = 0, suspects = 0;

    DL_FOREACH(worker->requests, request)
    {
        assert(request->worker == worker && request->place == PLACE_AT_WORKER);
        assert(request->due_list);
        suspects += request->deaths > 0;
        count++;
    }
    assert(count == worker->in_flight && count <= CREDIT_MAX);
    assert(suspects == worker->suspects && suspects <= 1);
    counts->in_flight += count;
}

static uint32_t count_connections(struct broker *broker)
{
    struct connection *connection, *next;
    uint32_t unanswered = 0;

    HASH_ITER(hh, broker->connections, connection, next)
    {
        assert(connection->unanswered <= broker->options.connection_max);
        unanswered += connection->unanswered;
    }
    return unanswered;
}

void broker_state_check(struct broker *broker)
{
    struct service *service, *next_service;
    struct queue *queue, *next_queue;
    struct worker *worker, *next_worker;
    struct counts counts = {0};

    HASH_ITER(hh, broker->services, service, next_service)
    {
        HASH_ITER(hh, service->queues, queue, next_queue)
        {
            check_queue(queue, &counts);
        }
    }
    HASH_ITER(hh, broker->workers, worker, next_worker)
    {
        check_worker(worker, &counts);
    }
    assert(counts.queued == broker->queued);
    assert(counts.in_flight == broker->in_flight);
    assert(counts.unanswered == broker->unanswered);
    assert(HASH_COUNT(broker->tickets) == broker->in_flight);
    assert(count_connections(broker) == broker->unanswered);
    assert(broker->unanswered <= broker->options.total_max);
    assert(broker->counters.accepted == broker->counters.replied + broker->counters.refused_late +
                                            broker->counters.orphaned + broker->unanswered);
}

void broker_state_check_empty(const struct broker *broker)
{
    size_t services = HASH_COUNT(broker->services);

    assert(!broker->workers && !broker->connections && !broker->tickets);
    assert(broker->queued == 0 && broker->in_flight == 0 && broker->unanswered == 0);
    assert(talloc_total_size(broker) == sizeof *broker + services * sizeof(struct service));
}
