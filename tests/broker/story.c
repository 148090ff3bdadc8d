/* SPDX-License-Identifier: Apache-2.0 */
/* story.c - builds the frames that callers and workers send, and reads those that they get */
#include <stdio.h>
#include <string.h>

#include <utlist.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "services/broker/route/body.h"
#include "services/broker/route/mdp.h"
#include "tests/broker/story.h"
#include "tests/work.h"

static const struct {
    const char *name;
    Bus__Role role;
    const char *streets;
} people[] = {
    {"registry", BUS__ROLE__ROLE_SERVICE, "*"},
    {"echo", BUS__ROLE__ROLE_SERVICE, "*"},
    {"office", BUS__ROLE__ROLE_STREET_STAFF, "xiasha yanlan hangfu"},
    {"gateway", BUS__ROLE__ROLE_GATEWAY, "*"},
    {"operator", BUS__ROLE__ROLE_OPERATOR, "*"},
    {"volunteer", BUS__ROLE__ROLE_VOLUNTEER, "xiasha"},
    {"nobody", BUS__ROLE__ROLE_UNSPECIFIED, "*"},
};

static void fill_certificate(const char *name, struct certificate *ret)
{
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        if (strcmp(people[i].name, name) != 0)
            continue;
        *ret = (struct certificate){.role = people[i].role};
        snprintf(ret->name, sizeof ret->name, "%s", name);
        snprintf(ret->streets, sizeof ret->streets, "%s", people[i].streets);
        return;
    }
    fail_msg("no certificate %s", name);
}

int story_begins(void **state)
{
    struct broker_options options = {.street_max = 4,
                                     .certificate_max = 6,
                                     .total_max = 8,
                                     .rates_percent = 100,
                                     .weights = "hangfu=3"};
    void *memory = mem_check(talloc_new(NULL));
    struct story *story = mem_new(memory, struct story);

    story->memory = memory;
    story->now_ms = 1000000;
    story->broker = broker_create(memory, &options, story->now_ms);
    story->out = outbox_create(memory);
    *state = story;
    return 0;
}

int story_ends(void **state)
{
    struct story *story = *state;

    outbox_destroy(&story->out);
    broker_destroy(&story->broker);
    talloc_free(story->memory);
    return 0;
}

static int number_of(const ProtobufCBinaryData *header)
{
    Bus__RequestHeader *read = bus__request_header__unpack(NULL, header->len, header->data);
    int number = -1;

    if (read && strlen(read->request_id) == 36)
        number = atoi(read->request_id + 24);
    if (read)
        bus__request_header__free_unpacked(read, NULL);
    return number;
}

static void remember_requests(struct story *story)
{
    struct outbox_message *message;
    struct mdp_message read;

    DL_FOREACH(story->out->messages, message)
    {
        if (message->port != PORT_WORKER)
            continue;
        assert_true(mdp_read(&message->frames, MDP_WORKER, &read));
        if (read.command != MDP_WORKER_REQUEST)
            continue;
        struct held *held = &story->held[story->held_count++];

        assert_true(story->held_count <= STORY_HELD_MAX);
        memcpy(held->worker, read.peer.id, read.peer.id_size);
        held->worker[read.peer.id_size] = 0;
        const Bus__Delivery *work = work_read(story->memory, &message->frames, read.rest);
        assert_non_null(work);
        assert_int_equal(work->ticket.len, STORY_TICKET);
        memcpy(held->ticket, work->ticket.data, STORY_TICKET);
        held->request = number_of(&work->header);
    }
}

static void step(struct story *story, enum broker_event event, struct frames *frames,
                 const char *certificate)
{
    struct certificate caller;

    if (certificate)
        fill_certificate(certificate, &caller);
    outbox_clear(story->out);
    broker_step(story->broker, event, frames, certificate ? &caller : NULL, story->now_ms,
                story->out);
    remember_requests(story);
}

static struct frames begin(const char *peer, const char *protocol, int command)
{
    struct mdp_peer to = {.id_size = (uint8_t)strlen(peer)};
    struct frames frames = {0};

    memcpy(to.id, peer, to.id_size);
    mdp_begin(&frames, &to, protocol, (uint8_t)command);
    return frames;
}

void ready(struct story *story, const char *worker, const char *service, const char *credit)
{
    struct frames frames = begin(worker, MDP_WORKER, MDP_WORKER_READY);
    char certificate[32];

    frames_add_text(&frames, service);
    if (credit)
        frames_add_text(&frames, credit);
    snprintf(certificate, sizeof certificate, "%.*s", (int)strcspn(service, "@"), service);
    step(story, BROKER_FROM_WORKER, &frames, certificate);
}

void ready_for(struct story *story, const char *worker, const char *service, const char *credit,
               const char *streets)
{
    struct frames frames = begin(worker, MDP_WORKER, MDP_WORKER_READY);
    char certificate[32];

    frames_add_text(&frames, service);
    frames_add_text(&frames, credit);
    frames_add_text(&frames, streets);
    snprintf(certificate, sizeof certificate, "%.*s", (int)strcspn(service, "@"), service);
    step(story, BROKER_FROM_WORKER, &frames, certificate);
}

void worker_says(struct story *story, const char *worker, const char *certificate, int command)
{
    struct frames frames = begin(worker, MDP_WORKER, command);

    step(story, BROKER_FROM_WORKER, &frames, certificate);
}

void finish_with(struct story *story, const char *worker, const char *certificate,
                 const uint8_t ticket[static STORY_TICKET])
{
    static uint8_t done[] = "done", header[] = {0x0a, 1, '-'}; /* request_id "-", CODE_OK */
    struct frames frames = begin(worker, MDP_WORKER, MDP_WORKER_FINAL);
    Bus__Answer answer = BUS__ANSWER__INIT;

    answer.ticket = (ProtobufCBinaryData){STORY_TICKET, (uint8_t *)ticket};
    answer.header = (ProtobufCBinaryData){sizeof header, header};
    answer.payload = (ProtobufCBinaryData){sizeof done - 1, done};
    work_answer(&frames, worker[0] == 'p', &answer);
    step(story, BROKER_FROM_WORKER, &frames, certificate);
}

void finish_raw(struct story *story, const char *worker, const ProtobufCBinaryData *frame,
                size_t count)
{
    struct frames frames = begin(worker, MDP_WORKER, MDP_WORKER_FINAL);

    for (size_t i = 0; i < count; i++)
        frames_add(&frames, frame[i].data, frame[i].len);
    step(story, BROKER_FROM_WORKER, &frames, "registry");
}

static struct held *find_held(const struct story *story, const char *worker, size_t index)
{
    for (size_t i = 0; i < story->held_count; i++)
        if (strcmp(story->held[i].worker, worker) == 0 && index-- == 0)
            return (struct held *)&story->held[i];
    return NULL;
}

void finish(struct story *story, const char *worker)
{
    struct held *held = find_held(story, worker, 0);

    assert_non_null(held);
    struct held taken = *held;
    memmove(held, held + 1, (size_t)(story->held + --story->held_count - held) * sizeof *held);
    finish_with(story, worker, worker[0] == 'p' ? "echo" : "registry", taken.ticket);
}

static void add_body(struct frames *frames, const void *parent, int number, const struct ask *ask)
{
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    const char *at = strchr(ask->to, '@');
    char id[37];

    snprintf(id, sizeof id, "0190a000-0000-7000-8000-%012d", number);
    header.request_id = id;
    header.method = "jusha.registry.v1.RegistryService/GetUnit";
    header.street = (char *)(ask->street ? ask->street : at ? at + 1 : "");
    header.actor = (char *)(ask->actor ? ask->actor : "");
    header.timeout_ms = ask->timeout_ms;
    ProtobufCBinaryData packed = wire_pack(parent, &header.base);
    frames_add(frames, packed.data, packed.len);
    if (ask->payload_size > 0)
        frames_add(frames, ask->payload, ask->payload_size);
    else
        frames_add_text(frames, "?");
}

void ask(struct story *story, int number, struct ask ask)
{
    struct frames frames = begin(ask.from ? ask.from : "c", MDP_CLIENT, MDP_CLIENT_REQUEST);

    ask.to = ask.to ? ask.to : "registry@xiasha";
    frames_add_text(&frames, ask.to);
    if (ask.plain)
        frames_add_text(&frames, ask.plain);
    else
        add_body(&frames, story->memory, number, &ask);
    step(story, BROKER_FROM_CLIENT, &frames, ask.as ? ask.as : "operator");
}

void ask_street(struct story *story, int number, const char *service)
{
    ask(story, number, (struct ask){.to = service});
}

void gone(struct story *story, const char *worker)
{
    struct frames frames = {0};

    frames_add_text(&frames, worker);
    step(story, BROKER_WORKER_GONE, &frames, NULL);
}

void happens(struct story *story, enum broker_event event)
{
    step(story, event, NULL, NULL);
}

static void beat(struct story *story, const char *const *beating)
{
    struct certificate caller;

    for (; beating && *beating; beating++) {
        struct frames frames = begin(*beating, MDP_WORKER, MDP_WORKER_HEARTBEAT);

        fill_certificate(**beating == 'p' ? "echo" : "registry", &caller);
        broker_step(story->broker, BROKER_FROM_WORKER, &frames, &caller, story->now_ms, story->out);
    }
}

void pass(struct story *story, int64_t ms, const char *const *beating)
{
    int64_t end_ms = story->now_ms + ms;

    outbox_clear(story->out);
    while (story->now_ms < end_ms) {
        story->now_ms += end_ms - story->now_ms > 50 ? 50 : end_ms - story->now_ms;
        beat(story, beating);
        broker_step(story->broker, BROKER_TICK, NULL, NULL, story->now_ms, story->out);
    }
    remember_requests(story);
}

static struct frames *find(struct story *story, enum broker_port port, const char *peer,
                           int command, size_t *ret_count)
{
    struct outbox_message *message;
    struct frames *first = NULL;
    struct mdp_message read;

    *ret_count = 0;
    DL_FOREACH(story->out->messages, message)
    {
        if (message->port != port || !frames_equal(&message->frames, 0, peer, strlen(peer)))
            continue;
        assert_true(
            mdp_read(&message->frames, port == PORT_CLIENT ? MDP_CLIENT : MDP_WORKER, &read));
        if (read.command != command)
            continue;
        ++*ret_count;
        first = first ? first : &message->frames;
    }
    return first;
}

size_t messages_to(struct story *story, enum broker_port port, const char *peer, int command)
{
    size_t count;

    find(story, port, peer, command, &count);
    return count;
}

struct frames *message_to(struct story *story, enum broker_port port, const char *peer, int command)
{
    size_t count;
    struct frames *frames = find(story, port, peer, command, &count);

    assert_int_equal(count, 1);
    return frames;
}

size_t holds(const struct story *story, const char *worker)
{
    size_t count = 0;

    while (find_held(story, worker, count))
        count++;
    return count;
}

int held_by(const struct story *story, const char *worker, size_t index)
{
    const struct held *held = find_held(story, worker, index);

    assert_non_null(held);
    return held->request;
}

static Bus__ReplyHeader *read_reply(struct story *story, const char *peer)
{
    struct frames *frames = message_to(story, PORT_CLIENT, peer, MDP_CLIENT_FINAL);
    struct mdp_message read;
    ProtobufCBinaryData header, payload;

    assert_true(mdp_read(frames, MDP_CLIENT, &read));
    assert_true(body_open(frames, read.rest + 1, &header, &payload));
    Bus__ReplyHeader *reply = bus__reply_header__unpack(NULL, header.len, header.data);

    assert_non_null(reply);
    return reply;
}

enum status reply_code(struct story *story, const char *peer)
{
    Bus__ReplyHeader *reply = read_reply(story, peer);
    enum status code = (enum status)reply->code;

    bus__reply_header__free_unpacked(reply, NULL);
    return code;
}

void assert_reply(struct story *story, const char *peer, enum status code, const char *rule)
{
    Bus__ReplyHeader *reply = read_reply(story, peer);

    assert_string_equal(status_name((enum status)reply->code), status_name(code));
    assert_int_equal(reply->n_violations, rule ? 1 : 0);
    if (rule)
        assert_string_equal(reply->violations[0]->rule, rule);
    bus__reply_header__free_unpacked(reply, NULL);
}

void assert_no_reply(struct story *story)
{
    struct outbox_message *message;

    DL_FOREACH(story->out->messages, message)
    {
        assert_int_not_equal(message->port, PORT_CLIENT);
    }
}
