/* SPDX-License-Identifier: Apache-2.0 */
/*
 * routed.c - what the broker says of a request that is answered: how long it waited here, who had
 * it
 *
 * The service says its own part (request_log.h); a program that reads both knows each by the
 * request's id.
 */
#include <stdio.h>

#include "libcommon/base/text.h"
#include "libcommon/base/wire.h"
#include "services/broker/route/route_state.h"

enum { TRACEPARENT = 6 /* of RequestHeader */, TRACEPARENT_CHARS = 55 };

/* What its header says; "" if that is none. */
static void find_traceparent(struct request *request, char ret[static TRACEPARENT_CHARS + 1])
{
    ProtobufCBinaryData header, payload, found;

    ret[0] = '\0';
    if (body_open(&request->body, 0, &header, &payload) &&
        wire_find(header.data, header.len, TRACEPARENT, &found) && found.len == TRACEPARENT_CHARS)
        snprintf(ret, TRACEPARENT_CHARS + 1, "%.*s", TRACEPARENT_CHARS, (const char *)found.data);
}

/* "registry/80c1ff07a1": the certificate and its connection, which tells instances apart; "" if it
 * never left. */
static const char *name_worker(const void *mem, const struct worker *worker)
{
    char *name = mem_text(mem, worker ? worker->name : "");

    for (size_t i = 0; worker && i < worker->peer.id_size; i++)
        name = mem_check(
            talloc_asprintf_append_buffer(name, "%s%02x", i ? "" : "/", worker->peer.id[i]));
    return name;
}

static void note(struct request *request, enum log_why why, enum refusal refusal)
{
    struct queue *queue = request->queue;
    struct broker *broker = queue->service->broker;
    int64_t now_ms = broker->now_ms;
    int64_t left_ms = request->place == PLACE_AT_WORKER ? request->sent_ms : now_ms;
    char traceparent[TRACEPARENT_CHARS + 1];
    void *mem = mem_check(talloc_new(NULL));

    find_traceparent(request, traceparent);
    outbox_note(broker->out, log_why_level(why), "routed",
                "id=%s trace=%s street=%s service=%s caller=%s why=%s waited_ms=%lld worker_ms=%lld"
                " whole_ms=%lld worker=%s code=%s rule=%s",
                text_is_uuid(request->request_id) ? request->request_id : "",
                LOG_TRACE_ID(traceparent), queue->street, queue->service->name,
                request->connection->certificate->name, log_why_name(why),
                (long long)(left_ms - request->arrived_ms), (long long)(now_ms - left_ms),
                (long long)(now_ms - request->arrived_ms), name_worker(mem, request->worker),
                refusal ? status_name(refusal_status(refusal)) : "",
                refusal ? refusal_rule(refusal) : "");
    talloc_free(mem);
}

void routed_note(struct request *request, enum refusal refusal)
{
    const struct broker *broker = request->queue->service->broker;
    const struct log_limits *limits = broker->options.log;

    if (!limits)
        return;
    enum log_why why =
        log_why(limits, request->request_id, request->traced, broker->now_ms - request->arrived_ms);
    if (why != LOG_WHY_NOT)
        note(request, why, refusal);
}
