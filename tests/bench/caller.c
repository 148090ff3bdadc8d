/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caller.c - many callers in one thread
 *
 * A request takes a slot; the slot's number stands in the last 12 digits of its request_id, which
 * the answer brings back, so that finding whose answer it is costs nothing. When an answer came,
 * its slot asks again on the same connection.
 */
#include "tests/bench/caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/mdp.h"
#include "tests/bench/connection.h"

enum {
    SLOT_DIGITS = 12,
    HEADER_BYTES_MAX = 512,
    PATIENCE_MS = 20000,
    CUT_OFF_MS = 500, /* without any answer */
    REQUEST_MS = 15000,
};

struct slot {
    int64_t sent_us;
    size_t number; /* the job's */
};

struct caller {
    size_t clients, window;
    void *socket[CALLER_CLIENTS_MAX];
    zmq_pollitem_t items[CALLER_CLIENTS_MAX];
    struct slot *slots; /* window of the first connection, of the second, … */

    /* of the run */
    const struct job *job;
    struct outcome *outcome;
    int64_t count_from_us, count_until_us;
    size_t under_way;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

__attribute__((noreturn)) static void give_up(const char *what, const char *detail)
{
    fprintf(stderr, "load: %s%s%s\n", what, *detail ? ": " : "", detail);
    exit(EXIT_FAILURE);
}

struct caller *caller_new(const void *parent, void *zmq_context,
                          const struct caller_options *options)
{
    struct caller *caller = mem_new(parent, struct caller);

    caller->window = options->window;
    caller->slots = mem_array(caller, struct slot, options->clients * options->window);
    for (size_t i = 0; i < options->clients; i++) {
        void *socket = connection_new(caller, zmq_context, options->broker, PORT_CLIENT, 0,
                                      &options->own[i % options->own_count], options->broker_key);

        caller->socket[i] = socket;
        caller->items[i] = (zmq_pollitem_t){.socket = socket, .events = ZMQ_POLLIN};
        caller->clients++;
    }
    return caller;
}

static void name_request(char id[static ID_CHARS + 1], size_t slot)
{
    static const char digits[] = "0123456789abcdef";

    id_new(id);
    for (int i = ID_CHARS - 1; i >= ID_CHARS - SLOT_DIGITS; i--, slot >>= 4)
        id[i] = digits[slot & 15];
}

static void add_header(struct frames *frames, const struct job *job, const char *street,
                       size_t slot)
{
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    uint8_t packed[HEADER_BYTES_MAX];
    char id[ID_CHARS + 1];

    name_request(id, slot);
    header.request_id = id;
    header.method = (char *)job->method;
    header.street = (char *)street;
    header.timeout_ms = REQUEST_MS;
    frames_add(frames, packed, bus__request_header__pack(&header, packed));
}

/* False: the job has no more. */
static bool send_next(struct caller *caller, size_t client, size_t slot)
{
    const struct job *job = caller->job;
    struct frames frames = {0};
    struct ask ask;
    char address[100];

    if (!job->next(job->data, &ask))
        return false;
    frames_add_text(&frames, MDP_CLIENT);
    frames_add(&frames, &(char){MDP_CLIENT_REQUEST}, 1);
    stpcpy(stpcpy(stpcpy(address, job->service), "@"), ask.street);
    frames_add_text(&frames, address);
    add_header(&frames, job, ask.street, slot);
    frames_add(&frames, ask.payload, ask.size);
    caller->slots[slot] = (struct slot){now_us(), ask.number};
    if (!frames_send(caller->socket[client], &frames))
        give_up("cannot send", zmq_strerror(zmq_errno()));
    caller->under_way++;
    return true;
}

static size_t slot_of(const struct caller *caller, const Bus__ReplyHeader *header)
{
    size_t slot;

    if (strlen(header->request_id) != ID_CHARS)
        give_up("an answer without request_id", header->message);
    slot = strtoull(header->request_id + ID_CHARS - SLOT_DIGITS, NULL, 16);
    if (slot >= caller->clients * caller->window)
        give_up("an answer to no question", header->request_id);
    return slot;
}

static void take_ok(struct caller *caller, const struct slot *asked, const Bus__ReplyHeader *header,
                    struct frames *frames, int64_t at_us)
{
    const struct job *job = caller->job;

    if (at_us >= caller->count_from_us && at_us < caller->count_until_us)
        histogram_add(&caller->outcome->latency, at_us - asked->sent_us);
    if (job->answered)
        job->answered(
            job->data, asked->number, header->position ? header->position->seq : 0,
            (ProtobufCBinaryData){frames_size(frames, 4), (uint8_t *)frames_data(frames, 4)});
}

/* Ends the process if it is no OK answer and none is expected. Returns its slot. */
static size_t take_answer(struct caller *caller, struct frames *frames, int64_t at_us)
{
    if (frames->count != 5)
        give_up("an answer has another number of frames than 5", "");
    Bus__ReplyHeader *header =
        bus__reply_header__unpack(NULL, frames_size(frames, 3), frames_data(frames, 3));
    if (!header)
        give_up("an answer's header cannot be read", "");
    size_t slot = slot_of(caller, header);
    if (header->code == TYPE__CODE__CODE_OK)
        take_ok(caller, &caller->slots[slot], header, frames, at_us);
    else if (caller->job->may_be_refused)
        caller->outcome->refused++;
    else
        give_up(status_name((enum status)header->code), header->message);
    bus__reply_header__free_unpacked(header, NULL);
    caller->under_way -= caller->under_way > 0; /* it may be one from before it was cut off */
    caller->outcome->answers++;
    return slot;
}

static void take_answers(struct caller *caller, size_t client)
{
    struct frames frames;

    while (frames_recv(caller->socket[client], &frames)) {
        int64_t at_us = now_us();
        size_t slot = take_answer(caller, &frames, at_us);

        frames_clear(&frames);
        if (at_us < caller->count_until_us)
            send_next(caller, client, slot);
    }
}

static void ask_all(struct caller *caller)
{
    for (size_t turn = 0; turn < caller->window; turn++)
        for (size_t client = 0; client < caller->clients; client++)
            send_next(caller, client, client * caller->window + turn);
}

static long patience_ms(const struct caller *caller)
{
    return caller->job->may_be_refused ? CUT_OFF_MS : PATIENCE_MS;
}

/* Whoever may be refused may be cut off, too, and reconnects. */
static void go_on_unanswered(struct caller *caller)
{
    if (!caller->job->may_be_refused)
        give_up("no answer", "");
    caller->under_way = 0;
    if (now_us() < caller->count_until_us)
        ask_all(caller);
}

void caller_run(struct caller *caller, const struct job *job, struct span span, struct outcome *ret)
{
    int64_t start_us = now_us();

    *ret = (struct outcome){0};
    caller->job = job;
    caller->outcome = ret;
    caller->count_from_us = start_us + (int64_t)(span.warm_up_s * 1e6);
    caller->count_until_us =
        span.seconds > 0 ? caller->count_from_us + (int64_t)(span.seconds * 1e6) : INT64_MAX;
    ask_all(caller);
    while (caller->under_way > 0) {
        if (zmq_poll(caller->items, (int)caller->clients, patience_ms(caller)) == 0) {
            go_on_unanswered(caller);
            continue;
        }
        for (size_t client = 0; client < caller->clients; client++)
            if (caller->items[client].revents & ZMQ_POLLIN)
                take_answers(caller, client);
    }
    ret->seconds = span.seconds > 0 ? span.seconds : (double)(now_us() - start_us) / 1e6;
}
