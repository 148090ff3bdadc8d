/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - workers leave, and what they had goes elsewhere
 *
 * Left orderly: its requests wait again, in front. Died: they are suspects, one of which may have
 * killed it; the second death makes one a dead letter. What a plain worker had is never sent again,
 * for nobody knows whether doing it twice would hurt.
 */
#include "services/broker/state.h"

struct worker *worker_find(struct broker *broker, const struct mdp_peer *peer)
{
    struct worker *worker;

    HASH_FIND(hh, broker->workers, peer->id, peer->id_size, worker);
    return worker;
}

void worker_say(struct broker *broker, const struct mdp_peer *to, uint8_t command)
{
    mdp_begin(outbox_message(broker->out, PORT_WORKER), to, MDP_WORKER, command);
}

void worker_credit(struct worker *worker, uint32_t credit)
{
    struct group *group = worker->group;
    struct queue *queue = queue_find(group->service, group->street);

    group->live -= worker->credit > 0;
    group->live += credit > 0;
    worker->credit = credit;
    if (queue)
        queue_bind(queue);
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

static void take_back(struct broker *broker, struct request *request, enum farewell farewell)
{
    bool plain = request->worker->plain;

    request_move(request, PLACE_NOWHERE, NULL);
    request->deaths += farewell == FAREWELL_DIED;
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

void worker_remove(struct worker *worker, enum farewell farewell)
{
    struct group *group = worker->group;
    struct service *service = group->service;
    struct broker *broker = service->broker;

    *(farewell == FAREWELL_DIED ? &broker->counters.workers_died
                                : &broker->counters.workers_left) += 1;
    outbox_note(broker->out, farewell == FAREWELL_DIED ? LOG_WARNING : LOG_INFO,
                farewell == FAREWELL_DIED ? "worker_died" : "worker_left",
                "service=%s street=%s in_flight=%u", service->name, group->street,
                worker->in_flight);
    worker_credit(worker, 0); /* from here on it gets nothing */
    HASH_DEL(broker->workers, worker);
    DL_DELETE(group->workers, worker);
    service->workers--;
    while (worker->requests) /* last first: what goes to the front keeps its order */
        take_back(broker, worker->requests->prev, farewell);
    talloc_free(worker);
    group_release(group);
    dispatch_service(service);
}
