/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_broker.c - the broker's core under any sequence of messages, losses and pauses
 *
 * The input is a list of acts, a byte for each and then what it needs: `acts` names them. Most are
 * messages as peers send them, with places for chance; two send frames of chance alone. After each
 * act everything that the core sends is read, and its state is counted again; in the end it has
 * answered everything and forgotten everybody.
 */
#include <stdio.h>

#include "bus_envelope.pb-c.h"
#include "bytes.h"
#include "libcommon/base/wire.h"
#include "tests/broker/broker_state.h"
#include "tests/work.h"

enum { PEERS = 4, ACTS_MAX = 60, FRAMES_OF_CHANCE = FRAMES_MAX - 1 };

/* By the routing id's last digit. */
static const struct certificate clients[PEERS] = {
    {.name = "office", .role = BUS__ROLE__ROLE_STREET_STAFF, .streets = "xiasha"},
    {.name = "operator", .role = BUS__ROLE__ROLE_OPERATOR, .streets = "*"},
    {.name = "gateway", .role = BUS__ROLE__ROLE_GATEWAY, .streets = "xiasha yanlan"},
    {.name = "stranger"},
};
static const struct certificate workers[PEERS] = {
    {.name = "registry", .role = BUS__ROLE__ROLE_SERVICE, .streets = "*"},
    {.name = "registry", .role = BUS__ROLE__ROLE_SERVICE, .streets = "xiasha"},
    {.name = "echo", .role = BUS__ROLE__ROLE_SERVICE, .streets = "*"},
    {.name = "office", .role = BUS__ROLE__ROLE_STREET_STAFF, .streets = "xiasha"},
};
static const char *const addresses[] = {"registry",    "registry@xiasha", "registry@yanlan",
                                        "echo",        "echo@xiasha",     "mmi.service",
                                        "mmi.workers", "mmi.status"};
static const char *const credits[] = {"1", "0", "8", "1024", "-1", "x"};

#define PICK(table, byte) ((table)[(byte) % (sizeof(table) / sizeof *(table))])

struct world {
    struct input input;
    struct broker *broker;
    struct outbox *out;
    int64_t now_ms;
    uint8_t ticket[PEERS][TICKET_BYTES]; /* the last one that each worker got */
};

static size_t take_peer(struct world *world)
{
    return input_byte(&world->input) % PEERS;
}

/* ---- what the core says ---- */

static void remember_work(struct world *world, struct frames *frames,
                          const struct mdp_message *read)
{
    size_t worker = (size_t)(read->peer.id[1] - '0');
    void *memory = mem_check(talloc_new(NULL));
    const Bus__Delivery *work = work_read(memory, frames, read->rest);

    assert(worker < PEERS && work && work->ticket.len == TICKET_BYTES);
    memcpy(world->ticket[worker], work->ticket.data, TICKET_BYTES);
    talloc_free(memory);
}

static void read_message(struct world *world, struct outbox_message *message)
{
    bool to_client = message->port == PORT_CLIENT;
    struct mdp_message read;
    bool good = mdp_read(&message->frames, to_client ? MDP_CLIENT : MDP_WORKER, &read);

    assert(good);
    assert(to_client || message->port == PORT_WORKER);
    if (to_client) {
        assert(read.command == MDP_CLIENT_FINAL || read.command == MDP_CLIENT_PARTIAL);
        assert(message->frames.count > read.rest); /* the service that was asked */
    } else if (read.command == MDP_WORKER_REQUEST) {
        remember_work(world, &message->frames, &read);
    }
}

static void step(struct world *world, enum broker_event event, struct frames *frames,
                 const struct certificate *caller)
{
    struct outbox_message *message;

    broker_step(world->broker, event, frames, caller, world->now_ms, world->out);
    assert(!frames || frames->count == 0);
    DL_FOREACH(world->out->messages, message)
    {
        read_message(world, message);
    }
    outbox_clear(world->out);
}

/* ---- acts ---- */

static ProtobufCBinaryData bytes_of(struct frames *frames, size_t index)
{
    return (ProtobufCBinaryData){frames_size(frames, index), (uint8_t *)frames_data(frames, index)};
}

/* The front of a message: routing id, perhaps an empty frame, protocol, command. */
static void begin(struct world *world, struct frames *frames, char kind, size_t peer, char command)
{
    frames_add(frames, (char[]){kind, (char)('0' + peer)}, 2);
    if (input_byte(&world->input) % 2)
        frames_add(frames, "", 0);
    frames_add_text(frames, kind == 'c' ? MDP_CLIENT : MDP_WORKER);
    frames_add(frames, &command, 1);
}

static void add_header(struct world *world, struct frames *frames, const char *address)
{
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    char id[] = "0190a000-0000-7000-8000-000000000000";
    const char *street = strchr(address, '@');
    void *memory = mem_check(talloc_new(NULL));

    id[ID_CHARS - 1] = (char)('0' + input_byte(&world->input) % 10);
    header.request_id = id;
    header.street = (char *)(street ? street + 1 : "");
    header.timeout_ms = input_byte(&world->input) * 250;
    ProtobufCBinaryData packed = wire_pack(memory, &header.base);
    frames_add(frames, packed.data, packed.len);
    talloc_free(memory);
}

static void ask(struct world *world)
{
    size_t peer = take_peer(world);
    const char *address = PICK(addresses, input_byte(&world->input));
    struct frames frames = {0};

    begin(world, &frames, 'c', peer, MDP_CLIENT_REQUEST);
    frames_add_text(&frames, address);
    add_header(world, &frames, address);
    input_frame(&world->input, &frames);
    step(world, BROKER_FROM_CLIENT, &frames, &clients[peer]);
}

/* An address, and a body that is no header. */
static void ask_foreign(struct world *world)
{
    size_t peer = take_peer(world);
    struct frames frames = {0};

    begin(world, &frames, 'c', peer, MDP_CLIENT_REQUEST);
    frames_add_text(&frames, PICK(addresses, input_byte(&world->input)));
    input_frames(&world->input, &frames, FRAMES_MAX - frames.count);
    step(world, BROKER_FROM_CLIENT, &frames, &clients[peer]);
}

static void ready(struct world *world)
{
    size_t peer = take_peer(world);
    uint8_t credit;
    struct frames frames = {0};

    begin(world, &frames, 'w', peer, MDP_WORKER_READY);
    frames_add_text(&frames, PICK(addresses, input_byte(&world->input)));
    credit = input_byte(&world->input);
    if (credit % 4) /* else a plain worker */
        frames_add_text(&frames, PICK(credits, credit / 4));
    step(world, BROKER_FROM_WORKER, &frames, &workers[peer]);
}

/* A reply of a worker with credit, to the last request that some worker got. */
static void answer(struct world *world)
{
    size_t peer = take_peer(world), asked = take_peer(world);
    struct frames frames = {0}, body = {0};
    Bus__Answer reply = BUS__ANSWER__INIT;

    begin(world, &frames, 'w', peer, MDP_WORKER_FINAL);
    input_frame(&world->input, &body);
    input_frame(&world->input, &body);
    reply.ticket = (ProtobufCBinaryData){TICKET_BYTES, world->ticket[asked]};
    reply.header = bytes_of(&body, 0);
    reply.payload = bytes_of(&body, 1);
    frames_add_packed(&frames, &reply.base);
    frames_clear(&body);
    step(world, BROKER_FROM_WORKER, &frames, &workers[peer]);
}

/* A plain worker's reply or a part of one. */
static void answer_plain(struct world *world)
{
    size_t peer = take_peer(world), asked = take_peer(world);
    char command = input_byte(&world->input) % 4 ? MDP_WORKER_FINAL : MDP_WORKER_PARTIAL;
    struct frames frames = {0};

    begin(world, &frames, 'w', peer, command);
    frames_add(&frames, world->ticket[asked], TICKET_BYTES);
    frames_add(&frames, "", 0);
    input_frames(&world->input, &frames, FRAMES_MAX - frames.count);
    step(world, BROKER_FROM_WORKER, &frames, &workers[peer]);
}

/* Heartbeat, good-bye, or any other command with any frames. */
static void command(struct world *world)
{
    size_t peer = take_peer(world);
    struct frames frames = {0};

    begin(world, &frames, 'w', peer, (char)input_byte(&world->input));
    input_frames(&world->input, &frames, FRAMES_MAX - frames.count);
    step(world, BROKER_FROM_WORKER, &frames, &workers[peer]);
}

static void client_of_chance(struct world *world)
{
    size_t peer = take_peer(world);
    struct frames frames = {0};

    frames_add(&frames, (char[]){'c', (char)('0' + peer)}, 2);
    input_frames(&world->input, &frames, FRAMES_OF_CHANCE);
    step(world, BROKER_FROM_CLIENT, &frames, &clients[peer]);
}

static void worker_of_chance(struct world *world)
{
    size_t peer = take_peer(world);
    struct frames frames = {0};

    frames_add(&frames, (char[]){'w', (char)('0' + peer)}, 2);
    input_frames(&world->input, &frames, FRAMES_OF_CHANCE);
    step(world, BROKER_FROM_WORKER, &frames, &workers[peer]);
}

static void gone(struct world *world)
{
    bool worker = input_byte(&world->input) % 2;
    struct frames frames = {0};

    frames_add(&frames, (char[]){worker ? 'w' : 'c', (char)('0' + take_peer(world))}, 2);
    step(world, worker ? BROKER_WORKER_GONE : BROKER_CLIENT_GONE, &frames, NULL);
}

/* Frames of chance, perhaps none, from a peer that claims its id or whose certificate was taken
 * away. */
static void stranger(struct world *world)
{
    static const struct {
        enum broker_event event;
        char kind;
        const struct certificate *callers;
    } kinds[] = {
        {BROKER_CLIENT_CLAIMED, 'c', clients},
        {BROKER_WORKER_CLAIMED, 'w', workers},
        {BROKER_CLIENT_REVOKED, 'c', NULL},
        {BROKER_WORKER_REVOKED, 'w', NULL},
    };
    size_t kind = input_byte(&world->input) % 4, peer = take_peer(world);
    struct frames frames = {0};

    begin(world, &frames, kinds[kind].kind, peer, MDP_CLIENT_REQUEST);
    if (input_byte(&world->input) % 2) {
        frames_truncate(&frames, 1);
        input_frames(&world->input, &frames, FRAMES_OF_CHANCE);
    }
    if (kinds[kind].callers && frames.count == 1)
        frames_add_text(&frames, "");
    step(world, kinds[kind].event, &frames,
         kinds[kind].callers ? &kinds[kind].callers[peer] : NULL);
}

static void tick(struct world *world)
{
    world->now_ms += (int64_t)input_byte(&world->input) * 40;
    step(world, BROKER_TICK, NULL, NULL);
}

static void drain(struct world *world)
{
    if (input_byte(&world->input) == 'D') /* rarely: little happens afterwards */
        step(world, BROKER_DRAIN, NULL, NULL);
}

static void (*const acts[])(struct world *) = {
    ask,  ask_foreign, ready, answer_plain, command,  client_of_chance, worker_of_chance,
    gone, tick,        drain, answer,       stranger,
};

/* ---- a run ---- */

/* Stops the fuzzer, which keeps the input. */
static void stop_if(const char *wrong)
{
    if (!wrong)
        return;
    fprintf(stderr, "%s\n", wrong);
    abort();
}

static void end(struct world *world)
{
    step(world, BROKER_CLOSE, NULL, NULL);
    for (int i = 0; i < (TIMEOUT_MAX_MS + ABANDONED_MS) / HEARTBEAT_MS + 10; i++) {
        world->now_ms += HEARTBEAT_MS;
        step(world, BROKER_TICK, NULL, NULL);
    }
    stop_if(broker_state_left(world->broker));
    broker_destroy(&world->broker);
    outbox_destroy(&world->out);
}

void target_start(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct broker_options options = {
        .street_max = 4, .certificate_max = 6, .total_max = 10};
    struct world world = {.input = {data, data + size}};

    world.broker = broker_create(NULL, &options, world.now_ms);
    world.out = outbox_create(NULL);
    for (int i = 0; i < ACTS_MAX && world.input.at < world.input.end; i++) {
        PICK(acts, input_byte(&world.input))(&world);
        stop_if(broker_state_wrong(world.broker));
    }
    end(&world);
    return 0;
}
