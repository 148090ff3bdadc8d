/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instructions.c - instructions CASE ROUNDS: the hot path without sockets and database, to be
 * counted by callgrind
 *
 * A case prepares each round's input and gives it to a function named measured_…: callgrind counts
 * only within those (--toggle-collect), so that what is counted is the product's work alone.
 * tests/bench/instructions.py runs it.
 */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/mdp.h"
#include "libcommon/service/call/call.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/envelope.h"
#include "libcommon/service/method/method.h"
#include "registry_events.pb-c.h"
#include "registry_unit.pb-c.h"
#include "services/broker/route/route.h"
#include "services/registry/contract.h"
#include "services/registry/registry.h"
#include "tests/data_key.h"

#define STREET "xiasha"
#define COUNTED __attribute__((noinline, used))

enum { DELIVERY_FRAME = 3, TICKET_BYTES = 16 };

static const Google__Protobuf__Timestamp now = {
    .base = PROTOBUF_C_MESSAGE_INIT(&google__protobuf__timestamp__descriptor),
    .seconds = 1800000000};

static Registry__Unit *some_unit(void)
{
    static Registry__Unit unit = REGISTRY__UNIT__INIT;

    unit.unit_id = "0198a1e0-0b1c-7f3a-8d2e-1a2b3c4d5e6f";
    unit.name = "Neighbourhood bank, branch 0123456789ab-12345";
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK;
    unit.address =
        "1 Xiasha Road, Qiantang District, Hangzhou, behind the market, third gate on the"
        " left, ring twice and wait for the porter";
    unit.status = REGISTRY__UNIT_STATUS__UNIT_STATUS_PROSPECT;
    unit.create_time = unit.update_time = (Google__Protobuf__Timestamp *)&now;
    unit.revision = 1;
    return &unit;
}

/* ---- frames ---- */

static ProtobufCBinaryData bytes_of(struct frames *frames, size_t index)
{
    return (ProtobufCBinaryData){frames_size(frames, index), (uint8_t *)frames_data(frames, index)};
}

static void add_header(struct frames *frames, const char *method)
{
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    char id[ID_CHARS + 1];

    id_new(id);
    header.request_id = id;
    header.method = (char *)method;
    header.street = STREET;
    frames_add_packed(frames, &header.base);
}

/* What a service gets behind the two frames of Majordomo. */
static struct frames delivery_to_service(const char *method, const ProtobufCMessage *payload)
{
    Bus__Caller caller = {.base = PROTOBUF_C_MESSAGE_INIT(&bus__caller__descriptor),
                          .name = "office",
                          .role = BUS__ROLE__ROLE_STREET_STAFF,
                          .remaining_ms = 10000};
    Bus__Delivery delivery = BUS__DELIVERY__INIT;
    struct frames body = {0}, frames = {0};

    add_header(&body, method);
    frames_add_packed(&body, payload);
    delivery.ticket = (ProtobufCBinaryData){TICKET_BYTES, (uint8_t *)"0123456789abcdef"};
    delivery.caller = &caller;
    delivery.header = bytes_of(&body, 0);
    delivery.payload = bytes_of(&body, 1);
    frames_add_packed(&frames, &delivery.base);
    frames_clear(&body);
    return frames;
}

/* ---- a service ---- */

static struct call *opened(struct frames *frames)
{
    struct call *call = envelope_open(frames_data(frames, 0), frames_size(frames, 0));

    assert(call);
    frames_clear(frames);
    if (call->status != STATUS_OK || method_decode(call) != STATUS_OK) {
        fprintf(stderr, "instructions: %s\n", call->message);
        exit(EXIT_FAILURE);
    }
    call_reset(call, NULL, &now);
    return call;
}

static void closed(struct call *call)
{
    struct frames reply = {0};
    enum status status = call_pack_response(call);

    assert(status == STATUS_OK);
    envelope_answer(call, &reply);
    frames_clear(&reply);
    talloc_free(call);
}

COUNTED static void measured_query(struct frames *frames, Registry__Unit *unit)
{
    struct call *call = opened(frames);

    ((Registry__GetUnitResponse *)call->response)->unit = unit;
    closed(call);
}

/* What the handler of RegisterUnit does but for its statement. */
COUNTED static void measured_command(struct frames *frames)
{
    struct call *call = opened(frames);
    const Registry__RegisterUnitRequest *request = call->request;
    Registry__UnitRegistered event = REGISTRY__UNIT_REGISTERED__INIT;
    Registry__Unit *unit = wire_copy(call, &request->unit->base);

    unit->unit_id = call_new_id(call);
    unit->create_time = unit->update_time = (Google__Protobuf__Timestamp *)call->now;
    event.unit = ((Registry__RegisterUnitResponse *)call->response)->unit = unit;
    enum status status = journal_append(call, unit->unit_id, &event.base);
    assert(status == STATUS_OK);
    closed(call);
}

static void query(int rounds)
{
    Registry__Unit *unit = some_unit();
    Registry__GetUnitRequest request = REGISTRY__GET_UNIT_REQUEST__INIT;

    methods_start(&registry_service);
    request.unit_id = unit->unit_id;
    for (int i = 0; i < rounds; i++) {
        struct frames frames =
            delivery_to_service("jusha.registry.v1.RegistryService/GetUnit", &request.base);
        measured_query(&frames, unit);
    }
}

static void command(int rounds)
{
    Registry__RegisterUnitRequest request = REGISTRY__REGISTER_UNIT_REQUEST__INIT;

    data_key_start();
    methods_start(&registry_service);
    request.unit = some_unit();
    for (int i = 0; i < rounds; i++) {
        struct frames frames =
            delivery_to_service("jusha.registry.v1.RegistryService/RegisterUnit", &request.base);
        measured_command(&frames);
    }
}

/* ---- the broker ---- */

static const struct certificate office = {
    .name = "office", .role = BUS__ROLE__ROLE_STREET_STAFF, .streets = STREET};
static const struct certificate registry_certificate = {
    .name = "registry", .role = BUS__ROLE__ROLE_SERVICE, .streets = "*"};

COUNTED static void measured_step(struct broker *broker, enum broker_event event,
                                  struct frames *frames, struct outbox *out)
{
    broker_step(broker, event, frames,
                event == BROKER_FROM_CLIENT ? &office : &registry_certificate, 0, out);
}

static struct frames from(const char *peer, const char *protocol, char command_code)
{
    struct frames frames = {0};

    frames_add_text(&frames, peer);
    frames_add_text(&frames, protocol);
    frames_add(&frames, &command_code, 1);
    return frames;
}

static void register_worker(struct broker *broker, struct outbox *out)
{
    struct frames frames = from("w", MDP_WORKER, MDP_WORKER_READY);

    frames_add_text(&frames, "registry");
    frames_add_text(&frames, "256");
    measured_step(broker, BROKER_FROM_WORKER, &frames, out);
    outbox_clear(out);
}

/* To a REQUEST, with a header as large as a ReplyHeader is. */
static void add_answer(struct frames *reply, struct frames *request,
                       const ProtobufCMessage *payload)
{
    Bus__Delivery *delivery = bus__delivery__unpack(NULL, frames_size(request, DELIVERY_FRAME),
                                                    frames_data(request, DELIVERY_FRAME));
    Bus__Answer answer = BUS__ANSWER__INIT;
    struct frames body = {0};

    assert(delivery && delivery->ticket.len == TICKET_BYTES);
    add_header(&body, "");
    frames_add_packed(&body, payload);
    answer.ticket = delivery->ticket;
    answer.header = bytes_of(&body, 0);
    answer.payload = bytes_of(&body, 1);
    frames_add_packed(reply, &answer.base);
    frames_clear(&body);
    bus__delivery__free_unpacked(delivery, NULL);
}

/* One request in and to the worker, its reply in and to the caller. */
static void pass_once(struct broker *broker, struct outbox *out, const ProtobufCMessage *payload)
{
    struct frames frames = from("c", MDP_CLIENT, MDP_CLIENT_REQUEST);
    struct frames reply = from("w", MDP_WORKER, MDP_WORKER_FINAL);

    frames_add_text(&frames, "registry@" STREET);
    add_header(&frames, "jusha.registry.v1.RegistryService/GetUnit");
    frames_add_packed(&frames, payload);
    measured_step(broker, BROKER_FROM_CLIENT, &frames, out);
    assert(out->messages && out->messages->port == PORT_WORKER);
    add_answer(&reply, &out->messages->frames, payload);
    outbox_clear(out);
    measured_step(broker, BROKER_FROM_WORKER, &reply, out);
    assert(out->messages && out->messages->port == PORT_CLIENT);
    outbox_clear(out);
}

static void pass(int rounds)
{
    static const struct broker_options options = {
        .street_max = 4096, .certificate_max = 1024, .total_max = 65536};
    struct broker *broker = broker_create(NULL, &options, 0);
    struct outbox *out = outbox_create(NULL);
    Registry__GetUnitRequest request = REGISTRY__GET_UNIT_REQUEST__INIT;

    request.unit_id = some_unit()->unit_id;
    register_worker(broker, out);
    for (int i = 0; i < rounds; i++)
        pass_once(broker, out, &request.base);
    outbox_destroy(&out);
    broker_destroy(&broker);
}

static const struct {
    const char *name;
    void (*run)(int rounds);
} cases[] = {{"query", query}, {"command", command}, {"pass", pass}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && sodium_init() >= 0 && i < sizeof cases / sizeof *cases; i++)
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run(atoi(argv[2]));
            return EXIT_SUCCESS;
        }
    fprintf(stderr, "usage: instructions query|command|pass ROUNDS\n");
    return 2;
}
