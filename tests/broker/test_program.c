/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_program.c - the broker as a process, over real sockets with CURVE: bad input at every port
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

#include "services/broker/stranger.h"
#include "tests/broker/bed.h"

/* Sends bytes of which nothing can be made, by a fixed rule so that a failure can be repeated. */
static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

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
    static const int types[] = {ZMQ_ROUTER, ZMQ_ROUTER, ZMQ_XSUB, ZMQ_XPUB};
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

static void survives_bytes_that_are_no_zmtp(void **state)
{
    static const char greeting[] = "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL";
    struct bed *bed = *state;
    uint8_t noise[4096];

    for (int port = bed_port(); port < bed_port() + BROKER_PORTS; port++) {
        for (uint32_t seed = 0; seed < 50; seed++) {
            int fd = bed_tcp(port);

            assert_int_not_equal(fd, -1);
            fill(noise, sizeof noise, seed);
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
            fill(bytes, 1 + (seed * 37 + i) % 300, seed + i);
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

static void *subscribe(struct bed *bed, const struct certificate *own, const char *prefix)
{
    void *socket = bed_connect(bed, ZMQ_SUB, own, PORT_SUBSCRIBE);

    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, prefix, strlen(prefix));
    return socket;
}

/* Until the broker asks this publisher for the prefix: before that nothing is sent. */
static void await_subscription(struct bed *bed, void *publisher, const char *prefix)
{
    struct frames frames = {0};
    bool asked = false;

    while (!asked) {
        assert_true(bed_receive(bed, publisher, WAIT_MS, &frames));
        asked = frames_size(&frames, 0) == 1 + strlen(prefix) &&
                memcmp((const char *)frames_data(&frames, 0) + 1, prefix, strlen(prefix)) == 0;
        frames_clear(&frames);
    }
}

static void survives_noise_on_the_event_side(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES_MAX + 1];
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    void *subscriber = bed_connect(bed, ZMQ_XSUB, &bed->registry, PORT_SUBSCRIBE);
    void *all = subscribe(bed, &bed->registry, "");
    long noise = bed_metric("jusha_broker_noise_total");
    long refused = bed_metric("jusha_broker_events_refused_total");
    struct frames frames = {0};

    await_subscription(bed, publisher, "");
    frames_clear(&frames);
    for (uint32_t i = 0; i < 2000; i++) {
        fill(bytes, i % 300, i);
        bytes[0] |= 2; /* no subscription by chance */
        frames_add(&frames, bytes, i % 300);
        if (i % 4 == 0)
            frames_add(&frames, "", 0);
        frames_send(publisher, &frames);
        zmq_send(subscriber, bytes, i % 300, ZMQ_DONTWAIT);
    }
    wait_metric(bed, "jusha_broker_events_refused_total", refused + 1000);
    wait_metric(bed, "jusha_broker_noise_total", noise + 1000);
    zmq_send(publisher, bytes, sizeof bytes, ZMQ_DONTWAIT);
    zmq_send(subscriber, bytes, sizeof bytes, ZMQ_DONTWAIT);
    assert_echo_serves(bed);
    zmq_close(publisher);
    zmq_close(subscriber);
    zmq_close(all);
}

/* Publishes until the subscriber has it, and says whether anything else came before. */
static void assert_hears_only(struct bed *bed, void *publisher, void *subscriber, const char *topic)
{
    struct frames frames = {0};

    for (int i = 0; i < 200; i++) {
        bed_send(publisher, topic, "event");
        if (!bed_receive(bed, subscriber, 100, &frames))
            continue;
        assert_true(frames_equal(&frames, 0, topic, strlen(topic)));
        frames_clear(&frames);
        return;
    }
    fail_msg("%s never came", topic);
}

static void tells_events_only_to_whom_they_are_granted(void **state)
{
    struct bed *bed = *state;
    long refused = bed_metric("jusha_broker_subscriptions_refused_total");
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    void *granted = subscribe(bed, &bed->office, "xiasha/");
    void *all = subscribe(bed, &bed->registry, "");
    void *deaf[] = {subscribe(bed, &bed->office, ""), subscribe(bed, &bed->office, "yanlan/"),
                    subscribe(bed, &bed->office, "!registry/xiasha"),
                    subscribe(bed, &bed->volunteer, "xiasha/")};
    struct frames frames = {0};

    wait_metric(bed, "jusha_broker_subscriptions_refused_total", refused + 3);
    assert_hears_only(bed, publisher, granted, "xiasha/registry/UnitRegistered");
    assert_hears_only(bed, publisher, all, "xiasha/registry/UnitRegistered");
    for (size_t i = 0; i < sizeof deaf / sizeof *deaf; i++) {
        assert_false(bed_receive(bed, deaf[i], 0, &frames));
        zmq_close(deaf[i]);
    }
    zmq_close(granted);
    zmq_close(all);
    zmq_close(publisher);
}

static void asks_publishers_for_no_more_than_somebody_may_hear(void **state)
{
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    void *office = subscribe(bed, &bed->office, "xiasha/selection/Need");
    void *refused = subscribe(bed, &bed->office, "chaoming/");
    struct frames frames = {0};

    await_subscription(bed, publisher, "xiasha/");
    while (bed_receive(bed, publisher, 0, &frames)) {
        assert_false(frames_equal(&frames, 0,
                                  "\x01"
                                  "chaoming/",
                                  10));
        frames_clear(&frames);
    }
    zmq_close(refused);
    zmq_close(office);
    zmq_close(publisher);
}

static void passes_no_publication_in_another_s_name(void **state)
{
    static const char *const forged[] = {"xiasha/registry/UnitRegistered", "!registry/xiasha",
                                         "xiasha/office/Thing", "xiasha", ""};
    struct bed *bed = *state;
    long refused = bed_metric("jusha_broker_events_refused_total");
    void *forger = bed_connect(bed, ZMQ_XPUB, &bed->echo, PORT_PUBLISH);
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    void *all = subscribe(bed, &bed->registry, "");
    struct frames frames = {0};

    assert_hears_only(bed, publisher, all, "xiasha/registry/First");
    while (bed_receive(bed, all, 0, &frames))
        frames_clear(&frames);
    assert_true(bed_receive(bed, forger, WAIT_MS, &frames)); /* it is connected */
    frames_clear(&frames);
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
        bed_send(forger, forged[i], "event");
    wait_metric(bed, "jusha_broker_events_refused_total", refused + 5);
    /* Stragglers of the first topic may still be under way, forged ones may not. */
    for (bool last = false; !last;) {
        bed_send(publisher, "xiasha/registry/Last", "event");
        assert_true(bed_receive(bed, all, WAIT_MS, &frames));
        last = frames_equal(&frames, 0, "xiasha/registry/Last", 20);
        assert_true(last || frames_equal(&frames, 0, "xiasha/registry/First", 21));
        frames_clear(&frames);
    }
    zmq_close(forger);
    zmq_close(publisher);
    zmq_close(all);
}

static void ends_what_a_certificate_followed_when_it_is_taken_away(void **state)
{
    struct bed *bed = *state;
    void *publisher = bed_connect(bed, ZMQ_XPUB, &bed->registry, PORT_PUBLISH);
    struct frames frames = {0};
    struct certificate leaver;
    char path[64];

    assert_int_equal(
        certificate_create(bed->folder, "leaver", BUS__ROLE__ROLE_INTEGRATOR, "xiasha", &leaver),
        STATUS_OK);
    void *gone = subscribe(bed, &leaver, "xiasha/");
    void *stays = subscribe(bed, &bed->office, "xiasha/");
    assert_hears_only(bed, publisher, gone, "xiasha/registry/Before");
    assert_hears_only(bed, publisher, stays, "xiasha/registry/Before");
    snprintf(path, sizeof path, "%s/leaver.key", bed->folder);
    assert_int_equal(unlink(path), 0);
    wait_metric(bed, "jusha_broker_subscribers_sent_away_total", 1);
    while (bed_receive(bed, gone, 0, &frames) || bed_receive(bed, stays, 0, &frames))
        frames_clear(&frames);
    assert_hears_only(bed, publisher, stays, "xiasha/registry/After"); /* it knocked again */
    assert_false(bed_receive(bed, gone, 0, &frames));
    zmq_close(gone);
    zmq_close(stays);
    zmq_close(publisher);
}

static void drops_the_reply_of_a_caller_that_left(void **state)
{
    struct bed *bed = *state;
    long dropped = bed_metric("jusha_broker_orphaned_total");
    long accepted = bed_metric("jusha_broker_accepted_total");
    void *client = bed_connect(bed, ZMQ_DEALER, &bed->volunteer, PORT_CLIENT);

    bed_send(client, "MDPC02", "\x01", "selection", "nobody serves this");
    while (bed_metric("jusha_broker_accepted_total") == accepted)
        zmq_poll(NULL, 0, 10);
    zmq_close(client);
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
        cmocka_unit_test(survives_bytes_that_are_no_zmtp),
        cmocka_unit_test(survives_messages_that_mean_nothing),
        cmocka_unit_test(survives_noise_on_the_event_side),
        cmocka_unit_test(tells_events_only_to_whom_they_are_granted),
        cmocka_unit_test(asks_publishers_for_no_more_than_somebody_may_hear),
        cmocka_unit_test(passes_no_publication_in_another_s_name),
        cmocka_unit_test(ends_what_a_certificate_followed_when_it_is_taken_away),
        cmocka_unit_test(drops_the_reply_of_a_caller_that_left),
        cmocka_unit_test(does_not_start_without_its_port_or_its_key),
        cmocka_unit_test(goes_down_orderly),
    };

    if (argc != 2)
        return 2;
    bed_program = argv[1];
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
