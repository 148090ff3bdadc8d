/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expire.c - what becomes of a request whose time is up
 *
 * Waiting: an error that says why nobody had it. At a worker: UNKNOWN, and the worker's credit
 * stays taken for ABANDONED_MS, since the worker is probably still busy with it.
 */
#include "services/broker/route/route_state.h"

static enum refusal why_it_waited(const struct request *request)
{
    if (request->was_sent)
        return REFUSAL_UNANSWERED;
    if (!request->queue->service->seen)
        return REFUSAL_STRANGE;
    return request->queue->group->live ? REFUSAL_WAITED : REFUSAL_NOBODY;
}

static void expire_waiting(struct request *request, int64_t now_ms)
{
    /* The service came while this waited for it: now it has its full time. */
    if (request->queue->service->seen && request->deadline_ms > now_ms) {
        request_due(request, request->deadline_ms);
        return;
    }
    answer_refusal(request, why_it_waited(request));
    request_forget(request);
}

static void expire_at_worker(struct request *request, int64_t now_ms)
{
    struct worker *worker = request->worker;

    if (request->connection) {
        answer_refusal(request, REFUSAL_UNANSWERED);
        request_due(request, now_ms + ABANDONED_MS);
    } else {
        request_forget(request);
        worker_wake(worker);
    }
}

void request_expire(struct request *request)
{
    int64_t now_ms = request->queue->service->broker->now_ms;

    if (request->place == PLACE_AT_WORKER)
        expire_at_worker(request, now_ms);
    else
        expire_waiting(request, now_ms);
}
