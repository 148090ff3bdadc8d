/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch.c - who is next, and who gets it
 *
 * The queues of a group take turns, one request each (or as many as the street's weight says), so a
 * busy street cannot starve a quiet one; within a queue its lanes do (lane.c). What may go is
 * looked at once, when a step ends: what a step finds out first, such as two workers that are gone,
 * is then known. While requests of a queue are at a worker, more go there (the street's lock is
 * there already); else the worker with the most free credit gets it. A suspect goes to a worker
 * that has no other one.
 */
#include "services/broker/route/route_state.h"

static bool has_room(const struct worker *worker, bool for_suspect)
{
    return worker->in_flight < worker->credit && !(for_suspect && worker->suspects > 0);
}

static struct worker *most_credit(struct group *group, bool for_suspect)
{
    struct worker *best = NULL;
    struct seat *seat;

    DL_FOREACH(group->seats, seat)
    {
        struct worker *worker = seat->worker;

        if (has_room(worker, for_suspect) &&
            (!best || worker->credit - worker->in_flight > best->credit - best->in_flight))
            best = worker;
    }
    return best;
}

static struct worker *pick_worker(struct queue *queue, bool for_suspect)
{
    if (queue->home && worker_serves(queue->home, queue->group) &&
        has_room(queue->home, for_suspect))
        return queue->home;
    return most_credit(queue->group, for_suspect);
}

static void add_plain(struct frames *frames, struct request *request)
{
    frames_add(frames, request->ticket, TICKET_BYTES);
    frames_add(frames, "", 0);
    for (size_t i = 0; i < request->body.count; i++)
        frames_add_copy(frames, &request->body.frame[i]);
}

static void send(struct broker *broker, struct request *request, struct worker *worker)
{
    struct frames *frames = &outbox_message(broker->out, PORT_WORKER)->frames;
    bool asked_before = request->was_sent;

    request_move(request, PLACE_AT_WORKER, worker);
    request_due(request, request->deadline_ms + GRACE_MS);
    mdp_begin(frames, &worker->peer, MDP_WORKER, MDP_WORKER_REQUEST);
    if (worker->plain)
        add_plain(frames, request);
    else
        delivery_add(frames, request, asked_before);
    broker->counters.sent++;
}

/* Why this request may not go to this worker, decided at the last moment because which kind of
 * service it is may have become known only while it waited. */
static enum refusal refuse_to_send(const struct request *request, const struct worker *worker)
{
    if (!worker->plain)
        return request->verdict;
    return request->was_sent ? REFUSAL_UNANSWERED : REFUSAL_NONE;
}

/* An error instead of a worker; the party's room goes to another lane of it. */
static bool answer_instead(struct broker *broker, struct request *request, struct worker *worker)
{
    enum refusal refusal = refuse_to_send(request, worker);
    struct stake *stake = request->lane->stake;

    if (!refusal && request->deadline_ms > broker->now_ms)
        return false;
    if (refusal) {
        answer_refusal(request, refusal);
        request_forget(request);
    } else {
        request_expire(request);
    }
    lanes_release(stake);
    return true;
}

enum outcome {
    OUTCOME_SENT,
    OUTCOME_PASSED, /* one was answered with an error, or a lane held: the queue has changed */
    OUTCOME_STUCK,  /* no worker for it now */
};

static enum outcome send_one(struct broker *broker, struct queue *queue)
{
    struct request *request = queue->suspects;
    struct worker *worker = request ? pick_worker(queue, true) : NULL;
    struct lane *lane = queue->turns;

    if (!worker) {
        if (lane && lane_hold(lane))
            return OUTCOME_PASSED;
        request = lane ? lane->waiting : NULL;
        worker = request ? pick_worker(queue, false) : NULL;
    }
    if (!worker)
        return OUTCOME_STUCK;

    if (answer_instead(broker, request, worker))
        return OUTCOME_PASSED;
    lane_end_turn(request->lane);
    send(broker, request, worker);
    return OUTCOME_SENT;
}

/* The queue that is next after one request of this one went. */
static struct queue *end_turn(struct queue *queue, struct queue *next)
{
    struct group *group = queue->group;

    if (!queue->in_turns)
        return next;
    if (--queue->left > 0)
        return queue;
    queue->left = queue->weight;
    DL_DELETE(group->turns, queue);
    DL_APPEND(group->turns, queue);
    return next ? next : queue;
}

/* A turn is spent by sending. A street whose requests expire, or whose suspect must wait for a
 * worker without one, keeps its place in the line. */
static void dispatch(struct group *group)
{
    struct broker *broker = group->service->broker;
    struct queue *queue = broker->draining ? NULL : group->turns;

    while (queue && most_credit(group, false)) {
        struct queue *next = queue->next;

        switch (send_one(broker, queue)) {
        case OUTCOME_PASSED: /* who could not go may go now, and another may have come */
            queue = group->turns;
            break;
        case OUTCOME_STUCK:
            queue = next;
            break;
        case OUTCOME_SENT:
            queue = end_turn(queue, next);
            break;
        }
    }
}

void group_wake(struct group *group)
{
    struct broker *broker = group->service->broker;

    if (group->is_woken)
        return;
    group->is_woken = true;
    LL_PREPEND2(broker->woken, group, next_woken);
}

void group_sleep(struct group *group)
{
    struct broker *broker = group->service->broker;

    if (group->is_woken)
        LL_DELETE2(broker->woken, group, next_woken);
    group->is_woken = false;
}

void service_wake(struct routed_service *service)
{
    struct group *group, *next;

    group_wake(&service->pool);
    HASH_ITER(hh, service->dedicated, group, next)
    {
        group_wake(group);
    }
}

void dispatch_woken(struct broker *broker)
{
    while (broker->woken) {
        struct group *group = broker->woken;

        dispatch(group);
        group_sleep(group);
    }
}
