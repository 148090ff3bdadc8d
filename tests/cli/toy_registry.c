/* SPDX-License-Identifier: Apache-2.0 */
/*
 * toy_registry.c - broker and registry in one thread, small enough to see through
 *
 * frames -> header -> method's request as JSON -> toy_answer -> response as JSON -> frames.
 */
#include "toy_registry.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "bus_broker_status.pb-c.h"
#include "bus_envelope.pb-c.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/context.h"
#include "libcommon/bus/frames.h"
#include "toy_answers.h"

enum { POLL_MS = 20 };

struct toy_registry {
    void *zmq_context, *socket;
    char address[64];
    pthread_t thread;
    atomic_bool stop, mute;
    pthread_mutex_t lock; /* for what follows */
    struct toy_state state;
    char after[TOY_AFTER]; /* of the last request, "registry:5" */
    char trace[TOY_TRACE]; /* of the last request */
};

static void add_params(Type__Violation *violation, const void *memory,
                       const struct toy_exchange *exchange)
{
    violation->params = mem_array(memory, Type__Violation__ParamsEntry *, TOY_PARAMS);
    for (size_t i = 0; i < TOY_PARAMS && exchange->params[i].key != NULL; i++) {
        Type__Violation__ParamsEntry *entry =
            wire_new(memory, &type__violation__params_entry__descriptor);

        entry->key = (char *)exchange->params[i].key;
        entry->value = (char *)exchange->params[i].value;
        violation->params[violation->n_params++] = entry;
    }
}

static void add_reply(struct frames *reply, const void *memory, const Bus__RequestHeader *header,
                      const struct toy_exchange *exchange)
{
    const ProtobufCMethodDescriptor *method = types_method(header->method, NULL);
    struct violations violations = {0};
    Bus__ReplyHeader reply_header = BUS__REPLY_HEADER__INIT;
    Type__Violation violation = TYPE__VIOLATION__INIT, *pointer = &violation;
    Bus__Position position = BUS__POSITION__INIT;
    ProtobufCMessage *response;
    ProtobufCBinaryData payload = {0};

    position.service = (char *)"registry";
    position.seq = (int64_t)json_array_size(exchange->state->events);
    reply_header.position = &position;
    reply_header.request_id = header->request_id;
    reply_header.code = exchange->code;
    reply_header.message = (char *)exchange->message;
    if (exchange->field != NULL) {
        violation.field = (char *)exchange->field;
        violation.rule = (char *)exchange->rule;
        violation.message = (char *)exchange->message;
        add_params(&violation, memory, exchange);
        reply_header.n_violations = 1;
        reply_header.violations = &pointer;
    }
    if (exchange->code == TYPE__CODE__CODE_OK) {
        enum status status =
            json_to_message(memory, method->output, exchange->response, &violations, &response);
        assert(status == STATUS_OK);
        (void)status;
        payload = wire_pack(memory, response);
    }
    ProtobufCBinaryData packed = wire_pack(memory, &reply_header.base);
    frames_add(reply, packed.data, packed.len);
    frames_add(reply, payload.data, payload.len);
}

static void handle_request(struct toy_registry *toy, struct frames *request, struct frames *reply)
{
    void *memory = talloc_new(NULL);
    struct violations violations = {0};
    ProtobufCMessage *header, *message;
    enum status status =
        wire_unpack(memory, &bus__request_header__descriptor, frames_data(request, 4),
                    frames_size(request, 4), &violations, &header);

    assert(status == STATUS_OK);
    const Bus__RequestHeader *of = (const Bus__RequestHeader *)header;
    const ProtobufCMethodDescriptor *method = types_method(of->method, NULL);
    assert(method != NULL);
    status = wire_unpack(memory, method->input, frames_data(request, 5), frames_size(request, 5),
                         &violations, &message);
    assert(status == STATUS_OK);
    (void)status;

    struct toy_exchange exchange = {
        .state = &toy->state,
        .method = method->name,
        .of_registry = memcmp(frames_data(request, 3), "registry", strlen("registry")) == 0,
        .request = json_from_message(message)};
    pthread_mutex_lock(&toy->lock);
    snprintf(toy->trace, sizeof toy->trace, "%s", of->traceparent);
    toy->after[0] = '\0';
    if (of->n_after > 0)
        snprintf(toy->after, sizeof toy->after, "%s:%lld", of->after[0]->service,
                 (long long)of->after[0]->seq);
    toy_answer(&exchange);
    add_reply(reply, memory, of, &exchange);
    pthread_mutex_unlock(&toy->lock);
    json_decref(exchange.request);
    json_decref(exchange.response);
    talloc_free(memory);
}

/* mmi.status names every service but the one that is away, and a foreign one that must not be asked
 * for journals. */
static void handle_status(const struct toy_registry *toy, struct frames *reply)
{
    static const char *const names[] = {"registry", "selection", "scheduling", "notification",
                                        "echo"};
    static char *alone[] = {"xiasha"};
    enum { NAMES = sizeof names / sizeof *names };
    Bus__BrokerStatus status = BUS__BROKER_STATUS__INIT;
    Bus__Instance instances[NAMES], *there[NAMES];

    for (size_t i = 0; i < NAMES; i++) {
        bus__instance__init(&instances[i]);
        instances[i].service = (char *)names[i];
        instances[i].streets = i == 0 ? alone : NULL;
        instances[i].n_streets = i == 0;
        instances[i].name = (char *)names[i];
        instances[i].credit = 64;
        if (strcmp(names[i], toy->state.away) != 0)
            there[status.n_instances++] = &instances[i];
    }
    status.uptime_ms = 1234;
    status.instances = there;
    ProtobufCBinaryData packed = wire_pack(NULL, &status.base);
    frames_add(reply, packed.data, packed.len);
    talloc_free(packed.data);
}

static void handle_management(const struct toy_registry *toy, struct frames *reply,
                              const char *service, size_t size)
{
    frames_add_text(reply, "200");
    if (size == strlen("mmi.status") && memcmp(service, "mmi.status", size) == 0)
        handle_status(toy, reply);
    else
        frames_add_text(reply, "");
}

static void handle(struct toy_registry *toy, struct frames *request)
{
    struct frames reply = {0};

    assert(request->count >= 4 && frames_equal(request, 1, "MDPC02", 6));
    frames_add_copy(&reply, &request->frame[0]);
    frames_add_text(&reply, "MDPC02");
    frames_add(&reply, "\x03", 1);
    frames_add_copy(&reply, &request->frame[3]);
    if (frames_size(request, 3) > 4 && memcmp(frames_data(request, 3), "mmi.", 4) == 0)
        handle_management(toy, &reply, frames_data(request, 3), frames_size(request, 3));
    else
        handle_request(toy, request, &reply);
    frames_send(toy->socket, &reply);
}

static void *serve(void *data)
{
    struct toy_registry *toy = data;
    zmq_pollitem_t item = {.socket = toy->socket, .events = ZMQ_POLLIN};
    struct frames request;

    while (!toy->stop) {
        zmq_poll(&item, 1, POLL_MS);
        while (frames_recv(toy->socket, &request)) {
            if (!toy->mute)
                handle(toy, &request);
            frames_clear(&request);
        }
    }
    return NULL;
}

struct toy_registry *toy_start(const struct certificate *own)
{
    struct toy_registry *toy = mem_new(NULL, struct toy_registry);
    size_t size = sizeof toy->address;

    toy->zmq_context = context_new();
    toy->socket = context_socket(toy->zmq_context, ZMQ_ROUTER);
    zmq_setsockopt(toy->socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    certificate_serve(toy->socket, own, PORT_CLIENT);
    if (zmq_bind(toy->socket, "tcp://127.0.0.1:*") != 0)
        abort();
    zmq_getsockopt(toy->socket, ZMQ_LAST_ENDPOINT, toy->address, &size);
    pthread_mutex_init(&toy->lock, NULL);
    toy_state_init(&toy->state);
    if (pthread_create(&toy->thread, NULL, serve, toy) != 0)
        abort();
    return toy;
}

const char *toy_address(const struct toy_registry *toy)
{
    return toy->address + strlen("tcp://");
}

void toy_forget(struct toy_registry *toy)
{
    pthread_mutex_lock(&toy->lock);
    toy_state_clear(&toy->state);
    toy_state_init(&toy->state);
    pthread_mutex_unlock(&toy->lock);
}

void toy_stop(struct toy_registry **toy)
{
    (*toy)->stop = true;
    pthread_join((*toy)->thread, NULL);
    toy_state_clear(&(*toy)->state);
    zmq_close((*toy)->socket);
    zmq_ctx_term((*toy)->zmq_context);
    pthread_mutex_destroy(&(*toy)->lock);
    TALLOC_FREE(*toy);
}

size_t toy_count(struct toy_registry *toy, const char *prefix)
{
    json_int_t sum = 0;
    const char *method;
    json_t *count;

    pthread_mutex_lock(&toy->lock);
    json_object_foreach(toy->state.counts, method, count)
    {
        if (strncmp(method, prefix, strlen(prefix)) == 0)
            sum += json_integer_value(count);
    }
    pthread_mutex_unlock(&toy->lock);
    return (size_t)sum;
}

void toy_after(struct toy_registry *toy, char after[static TOY_AFTER])
{
    pthread_mutex_lock(&toy->lock);
    memcpy(after, toy->after, TOY_AFTER);
    pthread_mutex_unlock(&toy->lock);
}

void toy_trace(struct toy_registry *toy, char trace[static TOY_TRACE])
{
    pthread_mutex_lock(&toy->lock);
    memcpy(trace, toy->trace, TOY_TRACE);
    pthread_mutex_unlock(&toy->lock);
}

void toy_away(struct toy_registry *toy, const char *service)
{
    pthread_mutex_lock(&toy->lock);
    toy->state.away = service;
    pthread_mutex_unlock(&toy->lock);
}

void toy_lend(struct toy_registry *toy, const char *lease_id)
{
    pthread_mutex_lock(&toy->lock);
    snprintf(toy->state.lease, sizeof toy->state.lease, "%s", lease_id);
    pthread_mutex_unlock(&toy->lock);
}

void toy_mute(struct toy_registry *toy, bool mute)
{
    toy->mute = mute;
}
