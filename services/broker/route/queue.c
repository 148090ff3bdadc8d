/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.c - services, their groups of workers, their queues by street
 *
 * They come with the first request or worker and go with the last (a queue with its last lane), so
 * idle streets cost nothing. A service that a worker registered once stays, because its callers are
 * told other things than those of a name that nobody ever heard.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "services/broker/route/route_state.h"

struct routed_service *service_find(struct broker *broker, const char *name)
{
    struct routed_service *service;

    HASH_FIND_STR(broker->services, name, service);
    return service;
}

struct routed_service *service_open(struct broker *broker, const char *name)
{
    struct routed_service *service = service_find(broker, name);

    if (service)
        return service;
    service = mem_new(broker, struct routed_service);
    service->broker = broker;
    service->pool.service = service;
    snprintf(service->name, sizeof service->name, "%s", name);
    HASH_ADD_STR(broker->services, name, service);
    return service;
}

void service_release(struct routed_service *service)
{
    if (service->seen || service->queues || service->workers)
        return;
    HASH_DEL(service->broker->services, service);
    talloc_free(service);
}

struct group *group_find(struct routed_service *service, const char *street)
{
    struct group *group = &service->pool;

    if (street[0])
        HASH_FIND_STR(service->dedicated, street, group);
    return group;
}

struct group *group_open(struct routed_service *service, const char *street)
{
    struct group *group = group_find(service, street);

    if (group)
        return group;
    group = mem_new(service, struct group);
    group->service = service;
    snprintf(group->street, sizeof group->street, "%s", street);
    HASH_ADD_STR(service->dedicated, street, group);
    return group;
}

void group_release(struct group *group)
{
    if (group->seats || group->missed_ms || group == &group->service->pool)
        return;
    group_sleep(group);
    HASH_DEL(group->service->dedicated, group);
    talloc_free(group);
}

void groups_forget(struct routed_service *service)
{
    struct group *group, *next;

    HASH_ITER(hh, service->dedicated, group, next)
    {
        if (group->seats || service->broker->now_ms - group->missed_ms < MISSED_MS)
            continue;
        group->missed_ms = 0;
        group_release(group);
    }
}

struct queue *queue_find(struct routed_service *service, const char *street)
{
    struct queue *queue;

    HASH_FIND_STR(service->queues, street, queue);
    return queue;
}

struct queue *queue_open(struct routed_service *service, const char *street)
{
    struct queue *queue = queue_find(service, street);

    if (queue)
        return queue;
    queue = mem_new(service, struct queue);
    queue->service = service;
    snprintf(queue->street, sizeof queue->street, "%s", street);
    queue->weight = weight_of(service->broker, street);
    HASH_ADD_STR(service->queues, street, queue);
    queue_bind(queue);
    return queue;
}

static void leave_turns(struct queue *queue)
{
    if (!queue->in_turns)
        return;
    DL_DELETE(queue->group->turns, queue);
    queue->in_turns = false;
}

void queue_turn(struct queue *queue)
{
    assert(queue->group); /* from queue_open on */
    if (!queue->turns && !queue->suspects) {
        leave_turns(queue);
    } else if (!queue->in_turns) {
        DL_APPEND(queue->group->turns, queue);
        queue->in_turns = true;
        queue->left = queue->weight;
    }
}

/* Dedicated workers win; when they are away or withdrew, the pool serves. */
void queue_bind(struct queue *queue)
{
    struct group *group = group_find(queue->service, queue->street);

    if (!group || !group->live)
        group = &queue->service->pool;
    if (queue->group == group)
        return;
    if (queue->group)
        leave_turns(queue);
    queue->group = group;
    queue_turn(queue);
}

void queue_release(struct queue *queue)
{
    struct routed_service *service = queue->service;

    if (queue->lanes > 0)
        return;
    HASH_DEL(service->queues, queue);
    talloc_free(queue);
    service_release(service);
}
