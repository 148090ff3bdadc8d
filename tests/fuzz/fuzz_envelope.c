/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_envelope.c - what a broker sends to a service, from the first frame to the reply
 *
 *   frames -> worker_bus.c -> call.c -> work (here: decode, an empty response) -> FINAL
 *
 * The first byte chooses: frames of chance, or a Delivery with chance in its header and payload.
 * Each Delivery gets one Answer to its ticket, whose header is good.
 */
#include "bytes.h"
#include "libcommon/base/wire.h"
#include "libcommon/service/following/followers.h"
#include "named.h"
#include "services.h"
#include "services/scheduling/scheduling.h"

/* Its way from a frame to a call has no other door than a socket and a loop. */
#include "libcommon/service/worker/worker_bus.c" // NOLINT(bugprone-suspicious-include)

enum { CREDIT = 16, TEXT_MAX = 80 };

static const char *const *names;
static size_t name_count;
static void *far_end; /* of the socket that the bus thread takes for a broker */
static struct bus bus;

/* ---- work.h without threads: what is pushed is done at once ---- */

void work_push(struct work *work, struct call *call)
{
    static const Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    (void)work;
    call->status = method_decode(call);
    if (call->status == STATUS_OK) {
        call_reset(call, NULL, &now);
        call->status = call_pack_response(call);
    }
    finish_call(&bus, call);
}

void work_wake(struct work *work)
{
    (void)work;
}

int work_fd(const struct work *work)
{
    (void)work;
    return -1;
}

struct call *work_collect(struct work *work)
{
    (void)work;
    return NULL;
}

int work_available(struct work *work)
{
    (void)work;
    return 1;
}

void work_refuse_queued(struct work *work, const char *rule, const char *why)
{
    (void)work, (void)rule, (void)why;
}

/* ---- start ---- */

static void connect_ends(void)
{
    void *context = zmq_ctx_new();
    bool good = zmq_ctx_set(context, ZMQ_IO_THREADS, 0) == 0;

    bus.brokers[0].socket = zmq_socket(context, ZMQ_PAIR);
    far_end = zmq_socket(context, ZMQ_PAIR);
    good = good && zmq_bind(far_end, "inproc://broker") == 0 &&
           zmq_connect(bus.brokers[0].socket, "inproc://broker") == 0;
    assert(good);
}

void target_start(void)
{
    static struct process process = {
        .service = &scheduling_service, .streets = "", .credit = CREDIT};

    services_start();
    followers_start(&scheduling_service);
    names = named_methods(NULL);
    while (names[name_count])
        name_count++;
    process.positions = positions_new(NULL);
    bus = (struct bus){.process = &process,
                       .count = 1,
                       .parked = {.positions = process.positions, .room = CREDIT}};
    connect_ends();
}

/* ---- a REQUEST ---- */

/* Bytes as a text of the header: what it may hold is for wire_check to say. */
static char *take_text(struct input *input, void *memory)
{
    size_t size, wanted = input_byte(input) % TEXT_MAX;
    const uint8_t *bytes = input_bytes(input, wanted, &size);

    return talloc_strndup(memory, (const char *)bytes, size);
}

/* Sometimes with a role that nobody defined: then it is no Delivery. */
static Bus__Caller *make_caller(struct input *input, void *memory)
{
    Bus__Caller *caller = wire_new(memory, &bus__caller__descriptor);

    caller->name = mem_text(memory, "office");
    caller->role = (Bus__Role)(input_byte(input) % (BUS__ROLE__ROLE_WORKER + 2));
    caller->remaining_ms = input_byte(input);
    return caller;
}

/* The id is a fresh one, or everything would end there. */
static ProtobufCBinaryData make_header(struct input *input, void *memory)
{
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    Bus__Position after = BUS__POSITION__INIT, *afters[] = {&after};
    char id[ID_CHARS + 1];

    id_new(id);
    header.request_id = id;
    header.method = (char *)names[(input_byte(input) << 8 | input_byte(input)) % name_count];
    header.street = input_byte(input) % 8 ? (char *)"xiasha" : take_text(input, memory);
    header.actor = input_byte(input) % 8 ? (char *)"" : take_text(input, memory);
    if (input_byte(input) % 4 == 0) {
        after.service = input_byte(input) % 2 ? (char *)"registry" : take_text(input, memory);
        after.seq = input_byte(input);
        header.after = afters;
        header.n_after = 1;
    }
    return wire_pack(memory, &header.base);
}

/* True if it is one that needs a reply. */
static bool make_request(struct input *input, struct frames *frames)
{
    void *memory = mem_check(talloc_new(NULL));
    Bus__Delivery delivery = BUS__DELIVERY__INIT;

    if (input_byte(input) % 2)
        frames_add(frames, "", 0);
    frames_add_text(frames, MDP_WORKER);
    frames_add(frames, &(char){MDP_WORKER_REQUEST}, 1);
    delivery.ticket = (ProtobufCBinaryData){6, (uint8_t *)"ticket"};
    delivery.caller = make_caller(input, memory);
    delivery.header = make_header(input, memory);
    delivery.payload =
        (ProtobufCBinaryData){(size_t)(input->end - input->at), (uint8_t *)input->at};
    bool good = delivery.caller->role <= BUS__ROLE__ROLE_WORKER;
    frames_add_packed(frames, &delivery.base);
    talloc_free(memory);
    return good;
}

/* ---- what comes back ---- */

static const void *unpacked(void *memory, const ProtobufCMessageDescriptor *type, const void *data,
                            size_t size)
{
    struct violations violations = {0};
    ProtobufCMessage *message;
    enum status status = wire_unpack(memory, type, data, size, &violations, &message);

    assert(status == STATUS_OK);
    return message;
}

static void check_final(struct frames *frames)
{
    void *memory = mem_check(talloc_new(NULL));

    assert(frames->count == 3 && frames_equal(frames, 0, MDP_WORKER, strlen(MDP_WORKER)));
    const Bus__Answer *answer =
        unpacked(memory, &bus__answer__descriptor, frames_data(frames, 2), frames_size(frames, 2));
    const Bus__ReplyHeader *header =
        unpacked(memory, &bus__reply_header__descriptor, answer->header.data, answer->header.len);
    assert(header->code == TYPE__CODE__CODE_OK || header->message[0]);
    assert(header->code == TYPE__CODE__CODE_OK || answer->payload.len == 0);
    talloc_free(memory);
}

/* Replies, and READYs after a DISCONNECT. */
static int64_t take_finals(void)
{
    struct frames frames;
    int64_t finals = 0;

    while (frames_recv(far_end, &frames)) {
        if (frames_equal(&frames, 1, &(char){MDP_WORKER_FINAL}, 1)) {
            check_final(&frames);
            finals++;
        }
        frames_clear(&frames);
    }
    return finals;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct frames frames = {0};
    bool needs_reply = false;

    if (input_byte(&input) % 4)
        needs_reply = make_request(&input, &frames);
    else
        input_frames(&input, &frames, FRAMES_MAX);
    on_message(&bus, &bus.brokers[0], &frames);
    frames_clear(&frames);

    bus.drain_until = 1; /* whoever was parked is refused now */
    look_at_parked(&bus, true);
    bus.drain_until = 0;
    int64_t finals = take_finals();

    assert(bus.in_flight == 0 && !bus.parked.calls);
    assert(finals == 1 || !needs_reply);
    return 0;
}
