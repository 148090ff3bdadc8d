/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hostile.c - bytes, frames and headers that are no request, at every port of both brokers
 *
 * Where there is somebody to answer it is answered; else a counter says so. The broker serves the
 * next one, and after each test everybody lives and the tables are as before.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/mdp.h"
#include "tests/system/raw.h"

enum { NOISE_CONNECTIONS = 20, PORTS = BROKERS * BROKER_PORTS };

static void survives_noise_at_all_eight_ports(void **state)
{
    static const char greeting[] = "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL";
    struct bed *bed = *state;
    uint8_t noise[4096];

    for (int port = 0; port < PORTS; port++) {
        int number = bed_port() + BROKER_STEP * (port / BROKER_PORTS) + port % BROKER_PORTS;
        for (uint32_t seed = 0; seed < NOISE_CONNECTIONS; seed++) {
            int fd = raw_tcp(number);
            raw_noise(noise, sizeof noise, seed);
            if (seed % 2) /* a good beginning, then noise */
                send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL);
            for (size_t at = 0; at < sizeof noise; at += 64)
                if (send(fd, noise + at, 64, MSG_NOSIGNAL) == -1)
                    break; /* it hung up: rightly */
            close(fd);
        }
    }
    for (size_t broker = 0; broker < BROKERS; broker++)
        raw_assert_serves(bed, broker);
}

enum { ODD = 13 };
static void send_odd_messages(struct raw *raw)
{
    raw_send(raw, "");
    raw_send(raw, "", "");
    raw_send(raw, "MDPC01", "\x01", "registry", "x");
    raw_send(raw, MDP_WORKER, "\x01", "registry");
    raw_send(raw, "MDPC02x", "\x01", "registry", "x");
    raw_send(raw, "", "", MDP_CLIENT, "\x01", "registry", "x");
    raw_send(raw, MDP_CLIENT);
    raw_send(raw, MDP_CLIENT, "");
    raw_send(raw, MDP_CLIENT, "\x01");
    raw_send(raw, MDP_CLIENT, "\x02", "registry", "x", "y");
    raw_send(raw, MDP_CLIENT, "\x03", "registry", "x", "y");
    raw_send(raw, MDP_CLIENT, "\x01\x01", "registry", "x");
    raw_send(raw, MDP_CLIENT, "\xff", "registry", "x", "y");
}

static void tells_who_sends_what_is_no_request(void **state)
{
    struct bed *bed = *state;

    for (size_t broker = 0; broker < BROKERS; broker++) {
        struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], broker, PORT_CLIENT);
        send_odd_messages(raw);
        for (int i = 0; i < ODD; i++)
            assert_int_equal(raw_answer(bed, raw)->code, TYPE__CODE__CODE_INVALID_ARGUMENT);
        raw_assert_ignored(raw);
        talloc_free(raw);
    }
}

static void send_frames(struct raw *raw, const char *address, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = i == 0 ? MDP_CLIENT : i == 1 ? "\x01" : i == 2 ? address : "x";
        zmq_send(raw->socket, text, strlen(text), i + 1 < count ? ZMQ_SNDMORE : 0);
    }
}

static void answers_any_number_of_frames(void **state)
{
    struct bed *bed = *state;
    char *address = raw_address(bed, bed->street);

    for (size_t broker = 0; broker < BROKERS; broker++) {
        struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], broker, PORT_CLIENT);
        long before = process_metric(&bed->broker[broker], "jusha_broker_too_many_frames_total");
        for (size_t count = 3; count < 100; count++) {
            if (count == 4) /* one body frame: it is answered by one */
                continue;
            send_frames(raw, address, count);
            const Bus__ReplyHeader *reply = raw_answer(bed, raw);
            assert_int_equal(reply->code, TYPE__CODE__CODE_INVALID_ARGUMENT);
            assert_string_equal(reply->request_id, "");
        }
        process_wait_metric(&bed->broker[broker], "jusha_broker_too_many_frames_total",
                            before + 100 - FRAMES_MAX);
        talloc_free(raw);
    }
}

/* Waits for the disconnection that the socket's monitor reports. */
static void assert_cut_off(struct bed *bed, struct raw *raw, const void *huge, size_t size)
{
    void *monitor = zmq_socket(bed->context, ZMQ_PAIR);
    zmq_pollitem_t item = {.socket = monitor, .events = ZMQ_POLLIN};
    static int number; /* a monitor's name is free again only some time after its end */
    char *name = mem_printf(bed->memory, "inproc://cut.%d", number++);

    zmq_socket_monitor(raw->socket, name, ZMQ_EVENT_DISCONNECTED);
    zmq_connect(monitor, name);
    zmq_send(raw->socket, huge, size, 0);
    int news = zmq_poll(&item, 1, WAIT_MS);
    zmq_socket_monitor(raw->socket, NULL, 0);
    zmq_close(monitor);
    assert_int_equal(news, 1);
}

/* 257 KiB, one more than may be: the connection is cut, nobody else notices. */
static void cuts_off_who_sends_too_much(void **state)
{
    static const int types[BROKER_PORTS] = {ZMQ_DEALER, ZMQ_DEALER, ZMQ_XPUB, ZMQ_DEALER};
    static const size_t size = (size_t)257 * 1024;
    struct bed *bed = *state;
    char *huge = mem_bytes(bed->memory, size);

    memset(huge, 'a', size);
    for (size_t port = 0; port < PORTS; port++) {
        size_t broker = port / BROKER_PORTS, which = port % BROKER_PORTS;
        struct raw *raw =
            raw_connect(bed, types[which], &bed->key[REGISTRY], broker, (enum broker_port)which);
        struct raw *all = raw_connect(bed, ZMQ_DEALER, &bed->key[REGISTRY], broker, PORT_SUBSCRIBE);
        assert_int_equal(raw_follow(all, ""), FEED_FOLLOWED);
        if (which == PORT_PUBLISH) /* it sends only what somebody subscribed to */
            raw_await_all(raw);
        assert_cut_off(bed, raw, huge, size);
        talloc_free(raw);
        talloc_free(all);
        raw_assert_serves(bed, broker);
    }
}

/* Every beginning of a good header but the whole of it: the street is its last field. */
static void refuses_every_truncated_header(void **state)
{
    struct bed *bed = *state;
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    Bus__RequestHeader *header = raw_header(bed, bed->street, "RegisterUnit");
    ProtobufCBinaryData packed = wire_pack(bed->memory, &header->base),
                        payload =
                            bed_pack(bed, "RegisterUnit",
                                     "{\"unit\": {\"name\": \"hostile\", \"kind\": \"BANK\"}}");
    char *address = raw_address(bed, bed->street);

    for (size_t size = 0; size < packed.len; size++) {
        struct frames frames = {0};
        frames_add_text(&frames, MDP_CLIENT);
        frames_add_text(&frames, "\x01");
        frames_add_text(&frames, address);
        frames_add(&frames, packed.data, size);
        frames_add(&frames, payload.data, payload.len);
        frames_send(raw->socket, &frames);
        assert_int_equal(raw_answer(bed, raw)->code, TYPE__CODE__CODE_INVALID_ARGUMENT);
    }
    talloc_free(raw);
}

static void refuses_headers_nested_without_end(void **state)
{
    static const uint8_t pairs[][2] = {{0x3b, 0x3b}, {0x3a, 0x7f}, {0x0a, 0x7f}, {0xff, 0xff}};
    enum { DEEP = 60000 };
    struct bed *bed = *state;
    uint8_t *deep = mem_bytes(bed->memory, DEEP);
    char *address = raw_address(bed, bed->street);

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (size_t size = DEEP; size > 1; size /= 5) {
            struct raw *raw =
                raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], i % BROKERS, PORT_CLIENT);
            struct frames frames = {0};
            for (size_t at = 0; at < size; at++)
                deep[at] = pairs[i][at % 2];
            frames_add_text(&frames, MDP_CLIENT);
            frames_add_text(&frames, "\x01");
            frames_add_text(&frames, address);
            frames_add(&frames, deep, size);
            frames_add(&frames, deep, size);
            frames_send(raw->socket, &frames);
            const Bus__ReplyHeader *reply = raw_answer(bed, raw);
            assert_int_equal(reply->code, TYPE__CODE__CODE_INVALID_ARGUMENT);
            talloc_free(raw);
        }
    }
}

/* ---- the bed ---- */

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(survives_noise_at_all_eight_ports, raw_count, raw_unharmed),
        cmocka_unit_test_setup_teardown(tells_who_sends_what_is_no_request, raw_count,
                                        raw_unharmed),
        cmocka_unit_test_setup_teardown(answers_any_number_of_frames, raw_count, raw_unharmed),
        cmocka_unit_test_setup_teardown(cuts_off_who_sends_too_much, raw_count, raw_unharmed),
        cmocka_unit_test_setup_teardown(refuses_every_truncated_header, raw_count, raw_unharmed),
        cmocka_unit_test_setup_teardown(refuses_headers_nested_without_end, raw_count,
                                        raw_unharmed),
    };

    return bed_finish(cmocka_run_group_tests_name("hostile", tests, up, bed_down));
}
