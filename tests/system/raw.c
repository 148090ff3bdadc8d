/* SPDX-License-Identifier: Apache-2.0 */
/* raw.c - sockets whose every frame is the test's own */
#include "raw.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/mdp.h"

enum { BEAT_MS = 1000 };

static int close_socket(struct raw *raw)
{
    return zmq_close(raw->socket);
}

struct raw *raw_connect(struct bed *bed, int type, const struct certificate *own, size_t broker,
                        enum broker_port port)
{
    struct broker_address address = {.host = "127.0.0.1",
                                     .port = bed_port() + BROKER_STEP * (int)broker};
    struct raw *raw = mem_new(bed->memory, struct raw);
    struct certificate stranger = {0};
    char endpoint[300];

    raw->socket = zmq_socket(bed->context, type);
    talloc_set_destructor(raw, close_socket);
    zmq_curve_keypair(stranger.public_key, stranger.secret_key);
    zmq_setsockopt(raw->socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    certificate_connect(raw->socket, own ? own : &stranger, bed->key[BROKER].public_key);
    ports_endpoint(&address, port, endpoint, sizeof endpoint);
    assert_int_equal(zmq_connect(raw->socket, endpoint), 0);
    return raw;
}

void raw_send_texts(struct raw *raw, const char *const *texts)
{
    struct frames frames = {0};

    for (; *texts; texts++)
        frames_add_text(&frames, *texts);
    assert_true(frames_send(raw->socket, &frames));
}

bool raw_receive(struct raw *raw, int64_t wait_ms, struct frames *ret)
{
    int64_t end_ms = clock_monotonic_ms() + wait_ms;

    while (!frames_recv(raw->socket, ret)) {
        zmq_pollitem_t item = {.socket = raw->socket, .events = ZMQ_POLLIN};
        int64_t left_ms = end_ms - clock_monotonic_ms();

        if (left_ms <= 0)
            return false;
        zmq_poll(&item, 1, left_ms);
    }
    return true;
}

static void say(struct raw *raw, enum feed_word word, const char *topic, const char *body)
{
    zmq_msg_t frame;

    feed_write(&frame, word, topic, strlen(topic), body, strlen(body));
    assert_int_not_equal(zmq_msg_send(&frame, raw->socket, ZMQ_DONTWAIT), -1);
    raw->pinged_ms = clock_monotonic_ms();
}

enum feed_word raw_follow(struct raw *raw, const char *prefix)
{
    struct frames frames = {0};
    struct feed_message message = {.topic = ""};

    say(raw, FEED_FOLLOW, prefix, "");
    do {
        frames_clear(&frames);
        assert_true(raw_hear(raw, WAIT_MS, &frames, &message));
    } while (message.word == FEED_PUBLISHED || message.topic_size != strlen(prefix) ||
             memcmp(message.topic, prefix, message.topic_size) != 0);
    frames_clear(&frames);
    return message.word;
}

bool raw_hear(struct raw *raw, int64_t wait_ms, struct frames *ret,
              struct feed_message *ret_message)
{
    int64_t end_ms = clock_monotonic_ms() + wait_ms;

    do {
        int64_t left_ms = end_ms - clock_monotonic_ms();

        if (clock_monotonic_ms() - raw->pinged_ms >= FEED_PING_MS)
            say(raw, FEED_PING, "", "");
        if (!raw_receive(raw, left_ms < FEED_PING_MS ? left_ms : FEED_PING_MS, ret))
            continue;
        assert_int_equal(ret->count, 1);
        assert_true(feed_read(frames_data(ret, 0), frames_size(ret, 0), ret_message));
        if (ret_message->word != FEED_PONG)
            return true;
        frames_clear(ret);
    } while (clock_monotonic_ms() < end_ms);
    return false;
}

void raw_publish(struct raw *raw, const char *topic, const char *body)
{
    say(raw, FEED_PUBLISHED, topic, body);
}

static bool is_heartbeat(struct frames *frames)
{
    return frames->count == 2 && frames_equal(frames, 1, &(char){MDP_WORKER_HEARTBEAT}, 1);
}

void raw_receive_work(struct raw *raw, struct frames *ret)
{
    for (int i = 0; i < WAIT_MS / BEAT_MS; i++) {
        if (!raw_receive(raw, BEAT_MS, ret)) {
            raw_send(raw, MDP_WORKER, "\x05");
        } else if (is_heartbeat(ret)) {
            frames_clear(ret);
            raw_send(raw, MDP_WORKER, "\x05");
        } else {
            return;
        }
    }
    fail_msg("nothing for this worker");
}

void raw_request(struct raw *raw, const char *address, const Bus__RequestHeader *header,
                 ProtobufCBinaryData payload)
{
    struct frames frames = {0};

    frames_add_text(&frames, MDP_CLIENT);
    frames_add_text(&frames, "\x01");
    frames_add_text(&frames, address);
    if (header) {
        ProtobufCBinaryData packed = wire_pack(NULL, &header->base);
        frames_add(&frames, packed.data, packed.len);
        talloc_free(packed.data);
    }
    frames_add(&frames, payload.data, payload.len);
    assert_true(frames_send(raw->socket, &frames));
}

const Bus__ReplyHeader *raw_answer(struct bed *bed, struct raw *raw)
{
    struct violations violations = {0};
    struct frames frames = {0};
    ProtobufCMessage *header;

    if (!raw_receive(raw, WAIT_MS, &frames))
        fail_msg("no answer");
    size_t at = frames_equal(&frames, 0, "", 0); /* in the asker's style */

    assert_int_equal(frames.count, at + 5);
    assert_true(frames_equal(&frames, at, MDP_CLIENT, strlen(MDP_CLIENT)));
    assert_true(frames_equal(&frames, at + 1, "\x03", 1));
    assert_int_equal(wire_unpack(bed->memory, &bus__reply_header__descriptor,
                                 frames_data(&frames, at + 3), frames_size(&frames, at + 3),
                                 &violations, &header),
                     STATUS_OK);
    frames_clear(&frames);
    return (const Bus__ReplyHeader *)header;
}

char *raw_address(struct bed *bed, const char *street)
{
    return mem_printf(bed->memory, "registry@%s", street);
}

Bus__RequestHeader *raw_header(struct bed *bed, const char *street, const char *method)
{
    Bus__RequestHeader *header = wire_new(bed->memory, &bus__request_header__descriptor);

    header->request_id = mem_bytes(bed->memory, ID_CHARS + 1);
    id_new(header->request_id);
    header->method = (char *)bed_method(method);
    header->street = mem_text(bed->memory, street);
    return header;
}

void raw_assert_ignored(struct raw *raw)
{
    struct frames frames = {0};

    raw_send(raw, MDP_CLIENT, "\x01", "mmi.service", "registry");
    assert_true(raw_receive(raw, WAIT_MS, &frames));
    assert_int_equal(frames.count, 4);
    assert_true(frames_equal(&frames, 2, "mmi.service", strlen("mmi.service")));
    assert_true(frames_equal(&frames, 3, "200", 3));
    frames_clear(&frames);
}

void raw_assert_serves(struct bed *bed, size_t broker)
{
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[VOLUNTEER], broker, PORT_CLIENT);

    raw_request(raw, raw_address(bed, bed->street), raw_header(bed, bed->street, "ListUnits"),
                (ProtobufCBinaryData){0});
    assert_int_equal(raw_answer(bed, raw)->code, TYPE__CODE__CODE_OK);
    talloc_free(raw);
}

void raw_await_all(struct raw *publisher)
{
    struct frames frames = {0};

    for (bool all = false; !all; frames_clear(&frames)) {
        assert_true(raw_receive(publisher, WAIT_MS, &frames));
        all = frames_equal(&frames, 0, "\x01", 1);
    }
}

static long rows_before;

int raw_count(void **state)
{
    rows_before = bed_rows(*state);
    return 0;
}

int raw_unharmed(void **state)
{
    struct bed *bed = *state;

    bed_assert_alive(bed);
    for (size_t broker = 0; broker < BROKERS; broker++)
        raw_assert_serves(bed, broker);
    assert_int_equal(bed_rows(bed), rows_before);
    return 0;
}

int raw_tcp(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void raw_noise(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}
