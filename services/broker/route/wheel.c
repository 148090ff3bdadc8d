/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wheel.c - which requests are due, by a wheel of time slots
 *
 * Adding and removing cost nothing however many wait; a tick looks only at the slots that passed.
 * What is due moves to a list of its own first, so that handling one may free or move any other.
 */
#include "services/broker/route/route_state.h"

static void put(struct request **list, struct request *request)
{
    request->due_list = list;
    DL_APPEND2(*list, request, due_prev, due_next);
}

void wheel_add(struct broker *broker, struct request *request)
{
    /* A slot that passed already would only come round again in a minute. */
    int64_t ms = request->due_ms > broker->tick_ms ? request->due_ms : broker->tick_ms;

    put(&broker->wheel[ms / WHEEL_SLOT_MS % WHEEL_SLOTS], request);
}

void wheel_remove(struct request *request)
{
    if (!request->due_list)
        return;
    DL_DELETE2(*request->due_list, request, due_prev, due_next);
    request->due_list = NULL;
}

void request_due(struct request *request, int64_t due_ms)
{
    wheel_remove(request);
    request->due_ms = due_ms;
    wheel_add(request->queue->service->broker, request);
}

void wheel_take_due(struct broker *broker, int64_t from_ms)
{
    int64_t first = from_ms / WHEEL_SLOT_MS, last = broker->now_ms / WHEEL_SLOT_MS;

    if (last - first >= WHEEL_SLOTS)
        first = last - WHEEL_SLOTS + 1;
    for (int64_t slot = first; slot <= last; slot++) {
        struct request *request, *next;

        DL_FOREACH_SAFE2(broker->wheel[slot % WHEEL_SLOTS], request, next, due_next)
        {
            if (request->due_ms > broker->now_ms)
                continue;
            wheel_remove(request);
            put(&broker->due, request);
        }
    }
}
