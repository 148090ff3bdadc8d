/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_envelope.c - what a broker sends to a service, from the first frame to the reply
 *
 *   frames -> worker_bus.c -> call.c -> work (here: decode, an empty response) -> FINAL
 *
 * The first byte chooses: frames of chance, or a REQUEST with chance in its header and payload. Each
 * REQUEST gets one FINAL to its ticket, whose header is good.
 */
#include "bytes.h"
#include "libcommon/base/wire.h"
#include "named.h"
#include "services.h"
#include "services/scheduling/scheduling.h"

/* Its way from a frame to a call has no other door than a socket and a loop. */
#include "libcommon/service/worker_bus.c" // NOLINT(bugprone-suspicious-include)

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

void work_refuse_queued(struct work *work, const char *why)
{
    (void)work, (void)why;
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
    static struct worker_options worker = {.credit = CREDIT};
    static struct worker_bus_options options = {.service = &scheduling_service, .worker = &worker};

    services_start();
    followers_start(&scheduling_service);
    names = named_methods(NULL);
    while (names[name_count])
        name_count++;
    options.positions = positions_new(NULL);
    bus = (struct bus){.options = &options, .count = 1};
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

static void add_caller(struct input *input, struct frames *frames, void *memory)
{
    Bus__Caller caller = BUS__CALLER__INIT;
    char name[] = "office";

    caller.name = name;
    caller.role = (Bus__Role)(input_byte(input) % (BUS__ROLE__ROLE_INTEGRATOR + 2));
    caller.remaining_ms = input_byte(input);
    ProtobufCBinaryData packed = wire_pack(memory, &caller.base);
    frames_add(frames, packed.data, packed.len);
}

/* The id is a fresh one, or everything would end there. */
static void add_header(struct input *input, struct frames *frames, void *memory)
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
    ProtobufCBinaryData packed = wire_pack(memory, &header.base);
    frames_add(frames, packed.data, packed.len);
}

static void make_request(struct input *input, struct frames *frames)
{
    void *memory = mem_check(talloc_new(NULL));

    if (input_byte(input) % 2)
        frames_add(frames, "", 0);
    frames_add_text(frames, MDP_WORKER);
    frames_add(frames, &(char){MDP_WORKER_REQUEST}, 1);
    frames_add_text(frames, "ticket");
    frames_add(frames, "", 0);
    add_caller(input, frames, memory);
    add_header(input, frames, memory);
    frames_add(frames, input->at, (size_t)(input->end - input->at));
    talloc_free(memory);
}

/* ---- what comes back ---- */

static void check_final(struct frames *frames)
{
    void *memory = mem_check(talloc_new(NULL));
    struct violations violations = {0};
    ProtobufCMessage *message;

    assert(frames->count == 6 && frames_equal(frames, 0, MDP_WORKER, strlen(MDP_WORKER)));
    assert(frames_equal(frames, 3, "", 0));
    enum status status = wire_unpack(memory, &bus__reply_header__descriptor, frames_data(frames, 4),
                                     frames_size(frames, 4), &violations, &message);
    assert(status == STATUS_OK);
    const Bus__ReplyHeader *header = (const Bus__ReplyHeader *)message;
    assert(header->code == TYPE__CODE__CODE_OK || header->message[0]);
    assert(header->code == TYPE__CODE__CODE_OK || frames_size(frames, 5) == 0);
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
    bool is_request = input_byte(&input) % 4;

    if (is_request)
        make_request(&input, &frames);
    else
        input_frames(&input, &frames, FRAMES_MAX);
    on_message(&bus, &bus.brokers[0], &frames);
    frames_clear(&frames);

    bus.drain_until = 1; /* whoever was parked is refused now */
    look_at_parked(&bus);
    bus.drain_until = 0;
    int64_t finals = take_finals();

    assert(bus.in_flight == 0 && !bus.parked);
    assert(finals == 1 || !is_request);
    return 0;
}
