/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed.c - peers that play brokers, and waiting for what they get
 */
#include "bed.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/context.h"

enum { FIRST_PORT = 7500, END_PORT = 7700 };

/* A range belongs to whom its last port listens for; until the process ends. */
static bool hold_range(int base)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)(base + PORT_RANGE - 1)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int guard = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(guard >= 0);
    if (bind(guard, (struct sockaddr *)&address, sizeof address) == 0 && listen(guard, 1) == 0)
        return true;
    close(guard);
    return false;
}

int bed_port(int offset)
{
    static int held;
    int64_t until = clock_monotonic_ms() + INT64_C(10) * WAIT_MS;

    for (int base = FIRST_PORT; !held; base += PORT_RANGE) {
        if (base == END_PORT) {
            assert_true(clock_monotonic_ms() < until);
            usleep(100000);
            base = FIRST_PORT;
        }
        if (hold_range(base))
            held = base;
    }
    return held + offset;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int bed_up(void **state)
{
    struct bed *bed = mem_new(NULL, struct bed);

    bed->memory = mem_check(talloc_new(bed));
    snprintf(bed->folder, sizeof bed->folder, "%s", "/tmp/jusha-bus-XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    assert_int_equal(
        certificate_create(bed->folder, "broker", BUS__ROLE__ROLE_SERVICE, "*", &bed->broker),
        STATUS_OK);
    assert_int_equal(certificate_create(bed->folder, "caller", BUS__ROLE__ROLE_STREET_STAFF,
                                        "xiasha", &bed->caller),
                     STATUS_OK);
    bed->context = context_new();
    bed->zap = zap_start(bed->context, bed->folder);
    assert_non_null(bed->zap);
    for (size_t i = 0; i < PEERS; i++)
        bed->peer[i].port = bed_port(PORT_PEERS + (int)i * BROKER_PORTS);
    *state = bed;
    return 0;
}

int bed_down(void **state)
{
    struct bed *bed = *state;

    talloc_free(bed->memory);
    talloc_free(bed->client);
    for (size_t i = 0; i < PEERS; i++)
        peer_down(&bed->peer[i]);
    zap_destroy(&bed->zap);
    zmq_ctx_term(bed->context);
    nftw(bed->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    talloc_free(bed);
    return 0;
}

static void *bind_at(struct bed *bed, int type, int first, enum broker_port which)
{
    void *bound = context_socket(bed->context, type);
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    char endpoint[64];

    certificate_serve(bound, &bed->broker, which);
    zmq_setsockopt(bound, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(bound, ZMQ_SNDHWM, &(int){0}, sizeof(int));
    zmq_setsockopt(bound, ZMQ_RCVHWM, &(int){0}, sizeof(int));
    if (type == ZMQ_ROUTER)
        zmq_setsockopt(bound, ZMQ_ROUTER_MANDATORY, &(int){1}, sizeof(int));
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", first + (int)which);
    while (zmq_bind(bound, endpoint) == -1) { /* an earlier socket closes in the background */
        if (clock_monotonic_ms() > until) {
            zmq_close(bound);
            fail_msg("%s stays taken", endpoint);
        }
        usleep(1000);
    }
    return bound;
}

void peer_up(struct bed *bed, size_t index)
{
    struct peer *peer = &bed->peer[index];

    peer->router = bind_at(bed, ZMQ_ROUTER, peer->port, PORT_CLIENT);
    peer->feed = bind_at(bed, ZMQ_ROUTER, peer->port, PORT_SUBSCRIBE);
}

void peer_down(struct peer *peer)
{
    if (!peer->router)
        return;
    zmq_close(peer->router);
    zmq_close(peer->feed);
    peer->router = peer->feed = NULL;
    peer_forget(peer);
}

/* ---- the event port ---- */

static bool say_to(struct peer *peer, const uint8_t id[static 5], zmq_msg_t *frame)
{
    bool there =
        zmq_send(peer->feed, id, 5, ZMQ_SNDMORE) != -1 && zmq_msg_send(frame, peer->feed, 0) != -1;

    zmq_msg_close(frame);
    return there;
}

/* The same again changes nothing. */
static void note_follow(struct peer *peer, const uint8_t *id, const struct feed_message *message)
{
    struct follow follow = {0};

    memcpy(follow.id, id, sizeof follow.id);
    snprintf(follow.prefix, sizeof follow.prefix, "%.*s", (int)message->topic_size, message->topic);
    for (size_t i = 0; i < peer->n_follows; i++)
        if (memcmp(&peer->follow[i], &follow, sizeof follow) == 0)
            return;
    assert_true(peer->n_follows < FOLLOWS_MAX);
    peer->follow[peer->n_follows++] = follow;
}

static void refuse_follow(zmq_msg_t *frame, enum status status, const struct feed_message *message)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    header.code = (Type__Code)status;
    ProtobufCBinaryData packed = wire_pack(NULL, &header.base);

    feed_write(frame, FEED_REFUSED, message->topic, message->topic_size, packed.data, packed.len);
    talloc_free(packed.data);
}

static bool knows(const struct peer *peer, const uint8_t *id)
{
    for (size_t i = 0; i < peer->n_follows; i++)
        if (memcmp(peer->follow[i].id, id, 5) == 0)
            return true;
    return false;
}

static void answer_follower(struct peer *peer, const uint8_t *id,
                            const struct feed_message *message)
{
    zmq_msg_t frame;

    if (message->word == FEED_PING) {
        peer->feed_pings++;
        if (knows(peer, id))
            feed_write(&frame, FEED_PONG, NULL, 0, NULL, 0);
        else
            refuse_follow(&frame, STATUS_NOT_FOUND, message);
    } else {
        assert_int_equal(message->word, FEED_FOLLOW);
        peer->followed++;
        if (peer->refusal == STATUS_OK) {
            note_follow(peer, id, message);
            feed_write(&frame, FEED_FOLLOWED, message->topic, message->topic_size,
                       peer->heartbeat.data, peer->heartbeat.len);
        } else {
            refuse_follow(&frame, peer->refusal, message);
        }
    }
    say_to(peer, id, &frame); /* who asked may be gone */
}

void peer_feed(struct peer *peer)
{
    struct frames frames;

    while (peer->feed && frames_recv(peer->feed, &frames)) {
        struct feed_message message;

        assert_int_equal(frames.count, 2);
        assert_true(feed_read(frames_data(&frames, 1), frames_size(&frames, 1), &message));
        if (!peer->mute)
            answer_follower(peer, frames_data(&frames, 0), &message);
        frames_clear(&frames);
    }
}

void peer_forget(struct peer *peer)
{
    peer->n_follows = 0;
}

size_t peer_publish(struct peer *peer, const char *topic, const void *body, size_t size)
{
    size_t heard = 0;

    for (size_t i = 0; i < peer->n_follows; i++) {
        const struct follow *follow = &peer->follow[i];
        zmq_msg_t frame;

        if (strncmp(topic, follow->prefix, strlen(follow->prefix)) != 0)
            continue;
        feed_write(&frame, FEED_PUBLISHED, topic, strlen(topic), body, size);
        heard += say_to(peer, follow->id, &frame);
    }
    return heard;
}

void peer_say(struct peer *peer, const void *data, size_t size)
{
    for (size_t i = 0; i < peer->n_follows; i++) {
        zmq_msg_t frame;

        zmq_msg_init_size(&frame, size);
        memcpy(zmq_msg_data(&frame), data, size);
        say_to(peer, peer->follow[i].id, &frame);
    }
}

const char *bed_brokers(size_t count)
{
    static char brokers[64];
    int first = bed_port(PORT_PEERS);

    snprintf(brokers, sizeof brokers, count == 1 ? "127.0.0.1:%d" : "127.0.0.1:%d,127.0.0.1:%d",
             first, first + BROKER_PORTS);
    return brokers;
}

void bed_client(struct bed *bed, size_t brokers)
{
    bed->client = client_new(NULL, bed->context, bed_brokers(brokers), &bed->caller,
                             broker_keys_of(bed->memory, bed->broker.public_key));
    assert_non_null(bed->client);
}

static void answer_ping(struct peer *peer, struct frames *ask)
{
    struct frames reply = {0};

    for (size_t i = 0; i < 2; i++)
        frames_add_copy(&reply, &ask->frame[i]);
    frames_add(&reply, "\x03", 1);
    frames_add_copy(&reply, &ask->frame[3]);
    frames_add_text(&reply, "404");
    frames_add_text(&reply, "");
    frames_send(peer->router, &reply); /* the caller may be gone */
    if (frames_equal(ask, 4, "broker", 6))
        peer->greetings++;
    else
        peer->pings++;
}

/* False: it was a ping, or the first words of a connection. */
static bool is_request(struct peer *peer, struct frames *frames)
{
    assert_true(frames->count >= 5);
    assert_true(frames_equal(frames, 1, "MDPC02", 6));
    assert_true(frames_equal(frames, 2, "\x01", 1));
    if (!frames_equal(frames, 3, "mmi.service", 11))
        return true;
    answer_ping(peer, frames);
    frames_clear(frames);
    return false;
}

bool peers_take(struct bed *bed, const struct peer *deaf, struct request *ret)
{
    struct violations violations = {0};

    for (size_t i = 0; i < PEERS; i++) {
        struct peer *peer = &bed->peer[i];

        if (peer == deaf || !peer->router)
            continue;
        peer_feed(peer);
        while (frames_recv(peer->router, &ret->frames)) {
            if (!is_request(peer, &ret->frames))
                continue;
            assert_int_equal(ret->frames.count, 6);
            assert_int_equal(wire_unpack(bed->memory, &bus__request_header__descriptor,
                                         frames_data(&ret->frames, 4), frames_size(&ret->frames, 4),
                                         &violations, (ProtobufCMessage **)&ret->header),
                             STATUS_OK);
            ret->peer = peer;
            return true;
        }
    }
    return false;
}

void wait_request(struct bed *bed, const struct peer *deaf, struct request *ret)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    struct client_reply reply;

    while (!peers_take(bed, deaf, ret)) {
        if (client_next(bed->client, bed->memory, 5, &reply))
            fail_msg("a reply came: %s %s", status_name((enum status)reply.header->code),
                     reply.header->message);
        assert_true(clock_monotonic_ms() < until);
    }
}

void wait_reply(struct bed *bed, struct client_reply *ret)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    struct request request;

    while (!client_next(bed->client, bed->memory, 5, ret)) {
        if (peers_take(bed, NULL, &request))
            fail_msg("%s was sent again", request.header->request_id);
        assert_true(clock_monotonic_ms() < until);
    }
}

static void answer_header(struct request *request, Bus__ReplyHeader *header, const void *payload,
                          size_t size)
{
    struct frames reply = {0};

    if (!header->request_id[0])
        header->request_id = request->header->request_id;
    ProtobufCBinaryData packed = wire_pack(NULL, &header->base);

    frames_add_copy(&reply, &request->frames.frame[0]);
    frames_add_text(&reply, "MDPC02");
    frames_add(&reply, "\x03", 1);
    frames_add_copy(&reply, &request->frames.frame[3]);
    frames_add(&reply, packed.data, packed.len);
    frames_add(&reply, payload, size);
    talloc_free(packed.data);
    frames_send(request->peer->router, &reply); /* the caller may be gone */
}

void answer(struct request *request, enum status code, const void *payload, size_t size)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    header.code = (Type__Code)code;
    answer_header(request, &header, payload, size);
}

void answer_refusal(struct request *request, enum status code, const char *field, const char *rule)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    Type__Violation violation = TYPE__VIOLATION__INIT, *violations[] = {&violation};

    violation.field = (char *)field;
    violation.rule = (char *)rule;
    header.code = (Type__Code)code;
    header.violations = violations;
    header.n_violations = 1;
    answer_header(request, &header, "", 0);
}

void answer_with_id(struct request *request, enum status code, const char *request_id)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;

    header.code = (Type__Code)code;
    header.request_id = (char *)request_id;
    answer_header(request, &header, "", 0);
}

void answer_too_much(struct request *request, const char *retry_ms)
{
    Bus__ReplyHeader header = BUS__REPLY_HEADER__INIT;
    Type__Violation violation = TYPE__VIOLATION__INIT, *violations[] = {&violation};
    Type__Violation__ParamsEntry param = TYPE__VIOLATION__PARAMS_ENTRY__INIT, *params[] = {&param};

    param.key = "retry_ms";
    param.value = (char *)retry_ms;
    violation.rule = "rate";
    violation.params = params;
    violation.n_params = 1;
    header.code = TYPE__CODE__CODE_RESOURCE_EXHAUSTED;
    header.violations = violations;
    header.n_violations = 1;
    answer_header(request, &header, "", 0);
}

void answer_message(struct request *request, const ProtobufCMessage *message)
{
    ProtobufCBinaryData packed = wire_pack(NULL, message);

    answer(request, STATUS_OK, packed.data, packed.len);
    talloc_free(packed.data);
}

void request_clear(struct request *request)
{
    frames_clear(&request->frames);
}

size_t peer_index(const struct bed *bed, const struct request *request)
{
    return (size_t)(request->peer - bed->peer);
}

uint64_t bed_send(struct bed *bed, uint32_t timeout_ms)
{
    return client_send(
        bed->client, &(struct client_request){.service = "registry",
                                              .street = "xiasha",
                                              .method = "jusha.registry.v1.RegistryService/GetUnit",
                                              .timeout_ms = timeout_ms,
                                              .payload = {4, (uint8_t *)"ask!"}});
}
