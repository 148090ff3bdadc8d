/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caller.c - many callers in one thread
 *
 * A request takes a slot; the slot's number stands in the last 12 digits of its request_id, which
 * the answer brings back, so that finding whose answer it is costs nothing. When an answer came,
 * its slot rests until the next request is due, which is at once where no rate was wanted, and
 * asks again on the same connection.
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
    bool rests;
};

struct caller {
    size_t clients, window;
    void *socket[CALLER_CLIENTS_MAX];
    zmq_pollitem_t items[CALLER_CLIENTS_MAX];
    struct slot *slots; /* window of the first connection, of the second, … */
    size_t *resting;    /* slots without a request under way; the last one asks next */
    size_t resting_count;
    double every_us; /* a request is due; 0: always */

    /* of the run */
    const struct job *job;
    bool job_is_over;
    struct outcome *outcome;
    int64_t start_us, count_from_us, count_until_us;
    size_t under_way, sent;
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
    caller->resting = mem_array(caller, size_t, options->clients * options->window);
    caller->every_us = options->rate > 0 ? 1e6 / (double)options->rate : 0;
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
static bool send_next(struct caller *caller, size_t slot)
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
    caller->slots[slot] = (struct slot){.sent_us = now_us(), .number = ask.number};
    if (!frames_send(caller->socket[slot / caller->window], &frames))
        give_up("cannot send", zmq_strerror(zmq_errno()));
    caller->under_way++;
    caller->sent++;
    return true;
}

/* Twice where an answer comes to a request that was given up: once counts. */
static void rest(struct caller *caller, size_t slot)
{
    if (caller->slots[slot].rests)
        return;
    caller->slots[slot].rests = true;
    caller->resting[caller->resting_count++] = slot;
}

static void rest_all(struct caller *caller)
{
    for (size_t turn = caller->window; turn-- > 0;)
        for (size_t client = caller->clients; client-- > 0;)
            rest(caller, client * caller->window + turn);
}

static int64_t next_due_us(const struct caller *caller)
{
    return caller->every_us > 0
               ? caller->start_us + (int64_t)(caller->every_us * (double)caller->sent)
               : now_us();
}

static bool asks_more(const struct caller *caller)
{
    return !caller->job_is_over && next_due_us(caller) < caller->count_until_us;
}

/* Sends whatever is due and has a slot that rests. */
static void ask_due(struct caller *caller)
{
    while (caller->resting_count > 0 && asks_more(caller) && now_us() >= next_due_us(caller)) {
        if (!send_next(caller, caller->resting[caller->resting_count - 1]))
            caller->job_is_over = true;
        else
            caller->resting_count--;
    }
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
        rest(caller, take_answer(caller, &frames, now_us()));
        frames_clear(&frames);
        ask_due(caller);
    }
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
    rest_all(caller);
}

/* Until an answer comes or a request is due. False: neither, for as long as one can wait. */
static bool wait_for_news(struct caller *caller)
{
    bool asks_next = caller->resting_count > 0 && asks_more(caller);
    int64_t due_ms = asks_next ? (next_due_us(caller) - now_us()) / 1000 + 1 : INT64_MAX;
    long wait_ms = due_ms < patience_ms(caller) ? (long)due_ms : patience_ms(caller);

    return zmq_poll(caller->items, (int)caller->clients, wait_ms) > 0 || asks_next;
}

static void begin(struct caller *caller, const struct job *job, struct span span)
{
    caller->job = job;
    caller->job_is_over = false;
    caller->sent = 0;
    caller->start_us = now_us();
    caller->count_from_us = caller->start_us + (int64_t)(span.warm_up_s * 1e6);
    caller->count_until_us =
        span.seconds > 0 ? caller->count_from_us + (int64_t)(span.seconds * 1e6) : INT64_MAX;
    rest_all(caller);
}

void caller_run(struct caller *caller, const struct job *job, struct span span, struct outcome *ret)
{
    *ret = (struct outcome){0};
    caller->outcome = ret;
    begin(caller, job, span);
    for (ask_due(caller); caller->under_way > 0 || asks_more(caller); ask_due(caller)) {
        if (!wait_for_news(caller))
            go_on_unanswered(caller);
        for (size_t client = 0; client < caller->clients; client++)
            if (caller->items[client].revents & ZMQ_POLLIN)
                take_answers(caller, client);
    }
    ret->seconds = span.seconds > 0 ? span.seconds : (double)(now_us() - caller->start_us) / 1e6;
}
