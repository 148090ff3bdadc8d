/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - workers leave, and what they had goes elsewhere
 *
 * Left orderly: its requests wait again, in front. Died: they are suspects, one of which may have
 * killed it; the second death makes one a dead letter. A death is one that the request can have
 * caused: not the end of a connection or a silence after the broker itself had stalled, nor the
 * silence of a worker that had been silent already when it got the request. What a plain worker had
 * is never sent again, for nobody knows whether doing it twice would hurt.
 */
#include "services/broker/route/route_state.h"

struct worker *worker_find(struct broker *broker, const struct mdp_peer *peer)
{
    struct worker *worker;

    HASH_FIND(hh, broker->workers, peer->id, peer->id_size, worker);
    return worker;
}

void worker_say(struct broker *broker, const struct mdp_peer *to, uint8_t command)
{
    mdp_begin(&outbox_message(broker->out, PORT_WORKER)->frames, to, MDP_WORKER, command);
}

bool worker_serves(const struct worker *worker, const struct group *group)
{
    const struct seat *seat = worker->seats;

    while (seat && seat->group != group)
        seat = seat->next_of;
    return seat != NULL;
}

/* Who is woken last is served first, so the first one goes to the end: streets of one worker take
 * turns with what becomes free. */
void worker_wake(struct worker *worker)
{
    struct seat *seat = worker->seats;

    if (seat->next_of) {
        LL_DELETE2(worker->seats, seat, next_of);
        LL_APPEND2(worker->seats, seat, next_of);
    }
    LL_FOREACH2(worker->seats, seat, next_of)
    {
        group_wake(seat->group);
    }
}

static void seat_credit(const struct seat *seat, uint32_t credit)
{
    struct group *group = seat->group;
    const uint32_t before = seat->worker->credit;

    group->live -= before > 0;
    group->live += credit > 0;
    group->credit += credit - before;
}

void worker_credit(struct worker *worker, uint32_t credit)
{
    struct routed_service *service = worker->service;
    struct seat *seat;

    if (worker->credit > 0 || credit > 0)
        service->served_ms = service->broker->now_ms;
    LL_FOREACH2(worker->seats, seat, next_of)
    {
        seat_credit(seat, credit);
    }
    worker->credit = credit;
    LL_FOREACH2(worker->seats, seat, next_of)
    {
        struct queue *queue = queue_find(service, seat->group->street);
        if (queue)
            queue_bind(queue);
    }
}

static void dead_letter(struct broker *broker, struct request *request)
{
    broker->counters.dead_letters++;
    outbox_note(broker->out, LOG_ERROR, "dead_letter", "service=%s street=%s request_id=%s",
                request->queue->service->name, request->queue->street, request->request_id);
    answer_refusal(request, REFUSAL_POISON);
    request_forget(request);
}

static void give_up(struct request *request, enum refusal refusal)
{
    answer_refusal(request, refusal);
    request_forget(request);
}

static bool stood_still(const struct broker *broker)
{
    return broker->paused_ms && broker->now_ms - broker->paused_ms < WORKER_SILENT_MS;
}

static bool may_have_killed(const struct request *request, enum farewell farewell)
{
    const struct worker *worker = request->worker;
    const struct broker *broker = request->queue->service->broker;

    if (farewell == FAREWELL_LEFT || stood_still(broker))
        return false;
    return farewell == FAREWELL_LOST || request->sent_ms - worker->heard_ms < 2L * HEARTBEAT_MS;
}

static void take_back(struct broker *broker, struct request *request, enum farewell farewell)
{
    bool plain = request->worker->plain, killed = may_have_killed(request, farewell);

    request_move(request, PLACE_NOWHERE, NULL);
    request->deaths += killed;
    if (!request->connection) {
        request_forget(request);
    } else if (plain) {
        give_up(request, REFUSAL_FOREIGN_DIED);
    } else if (request->deaths >= DEATHS_MAX) {
        dead_letter(broker, request);
    } else if (broker->draining) {
        give_up(request, REFUSAL_UNANSWERED);
    } else {
        broker->counters.repeated++;
        request_move(request, request->deaths ? PLACE_SUSPECT : PLACE_WAITING, NULL);
        request_due(request, request->deadline_ms);
    }
}

static const struct {
    const char *event;
    enum log_level level;
} notes[] = {
    [FAREWELL_LEFT] = {"worker_left", LOG_INFO},
    [FAREWELL_LOST] = {"worker_lost", LOG_WARNING},
    [FAREWELL_SILENT] = {"worker_silent", LOG_WARNING},
};

static void leave_seats(struct worker *worker, enum farewell farewell)
{
    struct seat *seat, *next;

    LL_FOREACH_SAFE2(worker->seats, seat, next, next_of)
    {
        struct group *group = seat->group;

        DL_DELETE(group->seats, seat);
        if (!group->seats && (farewell != FAREWELL_LEFT || !group->street[0]))
            group->missed_ms = worker->service->broker->now_ms;
        group_release(group);
    }
}

void worker_remove(struct worker *worker, enum farewell farewell)
{
    struct routed_service *service = worker->service;
    struct broker *broker = service->broker;

    *(farewell == FAREWELL_LEFT ? &broker->counters.workers_left
                                : &broker->counters.workers_died) += 1;
    outbox_note(broker->out, notes[farewell].level, notes[farewell].event,
                "service=%s street=%s in_flight=%u", service->name, worker->seats->group->street,
                worker->in_flight);
    worker_credit(worker, 0); /* from here on it gets nothing */
    HASH_DEL(broker->workers, worker);
    service->workers--;
    while (worker->requests) /* last first: what goes to the front keeps its order */
        take_back(broker, worker->requests->prev, farewell);
    leave_seats(worker, farewell);
    talloc_free(worker);
    service_wake(service);
}
