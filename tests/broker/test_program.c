/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_program.c - the broker as a process, over real sockets with CURVE: bad input at its ports
 *
 * test_program PATH-OF-THE-BROKER
 *
 * One broker serves all tests; after each attack an echo worker must still be served by it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "services/broker/ports/stranger.h"
#include "tests/broker/bed.h"

static void lets_in_only_keys_that_it_knows(void **state)
{
    struct bed *bed = *state;
    struct broker_address address = {.host = "127.0.0.1", .port = bed_port()};

    assert_true(strangers_are_refused(bed->context, &address, bed->broker_key.public_key));
    assert_echo_serves(bed);
}

/* A broker whose door has no lock must find out: here is one without a ZAP handler. */
static void finds_a_door_without_a_lock(void **state)
{
    static const int types[] = {ZMQ_ROUTER, ZMQ_ROUTER, ZMQ_XSUB, ZMQ_ROUTER};
    struct bed *bed = *state;
    struct broker_address address = {.host = "127.0.0.1", .port = bed_port() + BED_OTHER};
    void *context = zmq_ctx_new(), *sockets[BROKER_PORTS];
    char endpoint[300];

    for (int i = 0; i < BROKER_PORTS; i++) {
        sockets[i] = zmq_socket(context, types[i]);
        certificate_serve(sockets[i], &bed->broker_key, (enum broker_port)i);
        ports_endpoint(&address, (enum broker_port)i, endpoint, sizeof endpoint);
        assert_int_equal(zmq_bind(sockets[i], endpoint), 0);
    }
    assert_false(strangers_are_refused(context, &address, bed->broker_key.public_key));
    for (int i = 0; i < BROKER_PORTS; i++)
        zmq_close(sockets[i]);
    zmq_ctx_term(context);
}

/* Such an event port hears a peer under the id that it claims; with libzmq's numbers it does
 * not. */
static void finds_an_event_port_that_believes_claims(void **state)
{
    struct bed *bed = *state;
    struct broker_address address = {.host = "127.0.0.1", .port = bed_port() + BED_OTHER};
    void *context = zmq_ctx_new();
    struct zap *zap = zap_start(context, bed->folder);
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    char endpoint[300];

    assert_non_null(zap);
    certificate_serve(socket, &bed->broker_key, PORT_SUBSCRIBE);
    ports_endpoint(&address, PORT_SUBSCRIBE, endpoint, sizeof endpoint);
    assert_int_equal(zmq_bind(socket, endpoint), 0);
    assert_false(claims_are_ignored(context, &address, bed->broker_key.public_key, socket, zap));
    zmq_setsockopt(socket, ZMQ_ROUTER_RAW, &(int){1}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_ROUTER_RAW, &(int){0}, sizeof(int));
    assert_true(claims_are_ignored(context, &address, bed->broker_key.public_key, socket, zap));
    zmq_close(socket);
    zap_destroy(&zap);
    zmq_ctx_term(context);
}

static void survives_bytes_that_are_no_zmtp(void **state)
{
    static const char greeting[] = "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL";
    struct bed *bed = *state;
    uint8_t noise[4096];

    for (int port = bed_port(); port < bed_port() + BROKER_PORTS; port++) {
        for (uint32_t seed = 0; seed < 50; seed++) {
            int fd = bed_tcp(port);

            assert_int_not_equal(fd, -1);
            bed_fill(noise, sizeof noise, seed);
            if (seed % 2) /* a good beginning, then noise */
                send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL);
            for (size_t i = 0; i < sizeof noise; i += 1 + seed)
                if (send(fd, noise + i, 1, MSG_NOSIGNAL) == -1)
                    break; /* it hung up: rightly */
            close(fd);
        }
    }
    assert_echo_serves(bed);
}

/* Each a message that a peer with a good key may send to any of the two ROUTERs. */
static void send_bad_messages(void *socket, const char *protocol)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX + 1], deep[60000];
    struct frames frames = {0};

    for (uint32_t seed = 0; seed < 200; seed++) {
        if (seed % 3)
            frames_add_text(&frames, protocol);
        for (uint32_t i = 0; i < 1 + seed % (FRAMES_MAX - 1); i++) {
            bed_fill(bytes, 1 + (seed * 37 + i) % 300, seed + i);
            frames_add(&frames, bytes, (seed + i) % 5 ? 1 + (seed * 37 + i) % 300 : 0);
        }
        frames_send(socket, &frames);
    }
    for (size_t i = 0; i < sizeof deep; i++)
        deep[i] = i % 2 ? 0x7f : 0x3a; /* field 7, a message, in a message, in a message... */
    for (size_t cut = 0; cut < 64; cut++) {
        frames_add_text(&frames, protocol);
        frames_add_text(&frames, "\x01");
        frames_add_text(&frames, "echo@xiasha");
        frames_add(&frames, deep, cut ? cut : sizeof deep);
        frames_add(&frames, deep, sizeof deep);
        frames_send(socket, &frames);
    }
    for (int i = 0; i < 40; i++) /* more frames than any message of ours */
        zmq_send(socket, "x", 1, ZMQ_DONTWAIT | ZMQ_SNDMORE);
    zmq_send(socket, "x", 1, ZMQ_DONTWAIT);
    for (int i = 0; i < 3000; i++)
        zmq_send(socket, "x", (size_t)(i % 2), ZMQ_DONTWAIT);
    frames_add(&frames, bytes, sizeof bytes); /* too large: costs the connection */
    frames_send(socket, &frames);
}

static void survives_messages_that_mean_nothing(void **state)
{
    static const struct {
        enum broker_port port;
        const char *protocol;
    } doors[] = {{PORT_CLIENT, "MDPC02"}, {PORT_WORKER, "MDPW02"}};
    struct bed *bed = *state;
    struct frames frames = {0};

    for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
        long before = bed_metric("jusha_broker_too_many_frames_total");
        void *socket = bed_connect(bed, ZMQ_DEALER, &bed->registry, doors[i].port);

        send_bad_messages(socket, doors[i].protocol);
        wait_metric(bed, "jusha_broker_too_many_frames_total", before + 1);
        /* Whatever it answered is not ours to judge; that it goes on is. */
        while (bed_receive(bed, socket, 0, &frames))
            frames_clear(&frames);
        assert_echo_serves(bed);
        zmq_close(socket);
    }
    wait_metric(bed, "jusha_broker_malformed_total", 101);
}

static void drops_the_reply_of_a_caller_that_left(void **state)
{
    struct bed *bed = *state;
    long dropped = bed_metric("jusha_broker_orphaned_total");
    long accepted = bed_metric("jusha_broker_accepted_total");
    void *client = bed_connect(bed, ZMQ_DEALER, &bed->volunteer, PORT_CLIENT);

    bed_send(client, "MDPC02", "\x01", "echo", "nobody is there to hear");
    while (bed_metric("jusha_broker_accepted_total") == accepted)
        zmq_poll(NULL, 0, 10);
    long ended = bed_metric("jusha_broker_ended_total");

    zmq_close(client);
    while (bed_metric("jusha_broker_ended_total") == ended) /* echo does not answer meanwhile */
        zmq_poll(NULL, 0, 10);
    wait_metric(bed, "jusha_broker_orphaned_total", dropped + 1);
    assert_echo_serves(bed);
}

static void does_not_start_without_its_port_or_its_key(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(bed_wait_exit(bed_start(bed, "broker", bed_port() + 1), WAIT_MS), 1);
    assert_int_equal(bed_wait_exit(bed_start(bed, "nobody", bed_port() + BED_OTHER), WAIT_MS), 1);
    assert_echo_serves(bed);
}

/* The last one: the broker is gone afterwards. */
static void goes_down_orderly(void **state)
{
    struct bed *bed = *state;
    void *worker = bed_connect(bed, ZMQ_DEALER, &bed->registry, PORT_WORKER);
    struct frames frames = {0};
    char last = 0;

    bed_send(worker, "MDPW02", "\x01", "registry", "4");
    wait_metric(bed, "jusha_broker_workers", 2);
    kill(bed->broker, SIGTERM);
    while (last != 0x06) {
        assert_true(bed_receive(bed, worker, WAIT_MS, &frames));
        last = *(const char *)frames_data(&frames, 1);
        frames_clear(&frames);
    }
    assert_int_equal(bed_wait_exit(bed->broker, 5000), 0);
    bed->broker = 0;
    zmq_close(worker);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_in_only_keys_that_it_knows),
        cmocka_unit_test(finds_a_door_without_a_lock),
        cmocka_unit_test(finds_an_event_port_that_believes_claims),
        cmocka_unit_test(survives_bytes_that_are_no_zmtp),
        cmocka_unit_test(survives_messages_that_mean_nothing),
        cmocka_unit_test(drops_the_reply_of_a_caller_that_left),
        cmocka_unit_test(does_not_start_without_its_port_or_its_key),
        cmocka_unit_test(goes_down_orderly),
    };

    if (argc != 2)
        return 2;
    bed_program = argv[1];
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
