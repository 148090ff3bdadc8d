/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmi.c - questions to the broker itself (ZeroMQ RFC 8)
 *
 * The reply's body is a text code, then what was asked for, if that is more than the code.
 */
#include <stdio.h>
#include <string.h>

#include "bus_broker_status.pb-c.h"
#include "libcommon/base/wire.h"
#include "services/broker/route/route_state.h"

enum { STATUS_ROWS_MAX = 1000 }; /* of each kind: the reply stays far below a message's limit */

struct mmi_question {
    struct broker *broker;
    struct group *group; /* that serves the name in the body now; NULL: nobody */
    struct frames *reply;
    const struct certificate *caller;
};

static void mmi_service(struct mmi_question *question)
{
    frames_add_text(question->reply, question->group ? "200" : "404");
}

static void mmi_workers(struct mmi_question *question)
{
    char count[12];

    snprintf(count, sizeof count, "%u", question->group ? question->group->live : 0);
    frames_add_text(question->reply, "200");
    frames_add_text(question->reply, count);
}

/* Its own; *left counts down those that a status has room for. */
static void fill_streets(const void *scratch, const struct worker *worker, size_t *left,
                         Bus__Instance *row)
{
    const struct seat *seat = worker->seats;

    if (!seat->group->street[0])
        return; /* one of the pool */
    row->streets = mem_array(scratch, char *, STREETS_MAX);
    for (; seat; seat = seat->next_of, --*left)
        row->streets[row->n_streets++] = seat->group->street;
}

static void fill_instances(const void *scratch, struct broker *broker, Bus__BrokerStatus *status)
{
    struct worker *worker, *next;
    size_t streets_left = STATUS_ROWS_MAX;

    status->instances = mem_array(scratch, Bus__Instance *, STATUS_ROWS_MAX);
    HASH_ITER(hh, broker->workers, worker, next)
    {
        if (status->n_instances == STATUS_ROWS_MAX || streets_left < STREETS_MAX)
            return; /* a row without its streets would be one of the pool */
        Bus__Instance *row = wire_new(scratch, &bus__instance__descriptor);
        row->service = worker->service->name;
        fill_streets(scratch, worker, &streets_left, row);
        row->name = worker->name;
        row->credit = worker->credit;
        row->in_flight = worker->in_flight;
        row->silent_ms = (uint32_t)(broker->now_ms - worker->heard_ms);
        status->instances[status->n_instances++] = row;
    }
}

static void fill_queues(const void *scratch, struct broker *broker, Bus__BrokerStatus *status)
{
    struct routed_service *service, *next_service;
    struct queue *queue, *next_queue;

    status->queues = mem_array(scratch, Bus__Queue *, STATUS_ROWS_MAX);
    HASH_ITER(hh, broker->services, service, next_service)
    {
        HASH_ITER(hh, service->queues, queue, next_queue)
        {
            if (status->n_queues == STATUS_ROWS_MAX)
                return;
            Bus__Queue *row = wire_new(scratch, &bus__queue__descriptor);
            row->service = service->name;
            row->street = queue->street;
            row->queued = queue->queued;
            row->in_flight = queue->in_flight;
            status->queues[status->n_queues++] = row;
        }
    }
}

static void add_missing(const void *scratch, const struct group *group, Bus__BrokerStatus *status)
{
    if (!group->missed_ms || status->n_missing == STATUS_ROWS_MAX)
        return;
    Bus__MissingWorkers *row = wire_new(scratch, &bus__missing_workers__descriptor);
    row->service = group->service->name;
    row->street = (char *)group->street;
    row->missing_ms = group->service->broker->now_ms - group->missed_ms;
    status->missing[status->n_missing++] = row;
}

static void fill_missing(const void *scratch, struct broker *broker, Bus__BrokerStatus *status)
{
    struct routed_service *service, *next_service;
    struct group *group, *next;

    status->missing = mem_array(scratch, Bus__MissingWorkers *, STATUS_ROWS_MAX);
    HASH_ITER(hh, broker->services, service, next_service)
    {
        groups_forget(service);
        add_missing(scratch, &service->pool, status);
        HASH_ITER(hh, service->dedicated, group, next)
        {
            add_missing(scratch, group, status);
        }
    }
}

static void mmi_status(struct mmi_question *question)
{
    struct broker *broker = question->broker;
    Bus__BrokerStatus status = BUS__BROKER_STATUS__INIT;

    if (question->caller->role != BUS__ROLE__ROLE_OPERATOR &&
        question->caller->role != BUS__ROLE__ROLE_SERVICE) {
        frames_add_text(question->reply, "403");
        return;
    }
    void *scratch = mem_check(talloc_new(NULL));
    status.uptime_ms = broker->now_ms - broker->start_ms;
    status.queued = broker->queued;
    status.in_flight = broker->in_flight;
    status.dead_letters = broker->counters.dead_letters;
    fill_instances(scratch, broker, &status);
    fill_queues(scratch, broker, &status);
    fill_missing(scratch, broker, &status);

    ProtobufCBinaryData packed = wire_pack(scratch, &status.base);
    frames_add_text(question->reply, "200");
    frames_add(question->reply, packed.data, packed.len);
    talloc_free(scratch);
}

static const struct {
    const char *name;
    void (*answer)(struct mmi_question *question);
} questions[] = {
    {"mmi.service", mmi_service},
    {"mmi.workers", mmi_workers},
    {"mmi.status", mmi_status},
};

static struct group *find_live_group(struct broker *broker, struct frames *frames, size_t body)
{
    struct address address;

    if (body >= frames->count ||
        !address_parse(frames_data(frames, body), frames_size(frames, body), &address))
        return NULL;
    struct routed_service *service = service_find(broker, address.service);
    struct group *group = service ? group_find(service, address.street) : NULL;
    if (service && (!group || !group->live))
        group = &service->pool;
    return group && group->live ? group : NULL;
}

void mmi_answer(struct broker *broker, struct frames *frames, const struct arrival *arrival,
                const struct certificate *caller, bool within_rate)
{
    size_t at = arrival->message.rest, size = frames_size(frames, at);
    struct outbox_message *message = outbox_message(broker->out, PORT_CLIENT);
    struct mmi_question question = {
        .broker = broker,
        .group = find_live_group(broker, frames, at + 1),
        .reply = &message->frames,
        .caller = caller,
    };

    broker->counters.mmi++;
    message->untaken = &arrival->certificate->untaken;
    mdp_begin(question.reply, &arrival->message.peer, MDP_CLIENT, MDP_CLIENT_FINAL);
    frames_add(question.reply, frames_data(frames, at), size < ADDRESS_NAME ? size : ADDRESS_NAME);
    if (!within_rate) {
        frames_add_text(question.reply, "429");
        return;
    }
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (frames_equal(frames, at, questions[i].name, strlen(questions[i].name))) {
            questions[i].answer(&question);
            return;
        }
    }
    frames_add_text(question.reply, "501");
}
