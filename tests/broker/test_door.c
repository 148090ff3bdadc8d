/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_door.c - the broker as a process: who is connected, who is not any more, and who only
 * pretends
 *
 * test_door PATH-OF-THE-BROKER
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/clock.h"
#include "tests/attack/zmtp.h"
#include "tests/broker/bed.h"

/* ---- claimed routing ids ---- */

/* The first id of a ROUTER when nobody seeds rand(): two numbers of it, behind those that others
 * took. */
static uint32_t unseeded_base(int taken)
{
    uint32_t low = 0;

    srand(1);
    for (int i = 0; i <= taken; i++)
        low = (uint32_t)rand();
    return low | (uint32_t)rand() << 31;
}

/* By a fresh connection, which is given an id. */
static void assert_is_answered(struct bed *bed, enum broker_port port)
{
    void *socket =
        bed_connect(bed, ZMQ_DEALER, port == PORT_CLIENT ? &bed->office : &bed->echo, port);
    struct frames frames = {0};

    if (port == PORT_CLIENT)
        bed_send(socket, "MDPC02", "\x01", "echo", "ping");
    else
        bed_send(socket, "MDPW02", "\x05");
    assert_true(bed_receive(bed, socket, WAIT_MS, &frames));
    frames_clear(&frames);
    zmq_close(socket);
}

/* A connection that claims this routing id, which libzmq would not do for us. NULL: it was not let
 * in. */
static struct zmtp *connect_as(const struct bed *bed, enum broker_port port,
                               const struct certificate *own, const void *id, size_t id_size)
{
    struct zmtp_keys keys;
    uint8_t server_key[ZMTP_KEY];
    struct zmtp_way way = {.port = bed_port() + (int)port,
                           .own = &keys,
                           .server_key = server_key,
                           .socket_type = "DEALER",
                           .identity = id,
                           .identity_size = id_size};

    assert_true(zmtp_keys_of(own, &keys));
    assert_non_null(zmq_z85_decode(server_key, bed->broker_key.public_key));
    struct zmtp *peer = zmtp_open(NULL, &way);

    if (peer && !zmtp_shake_hands(peer, WAIT_MS))
        zmtp_close(&peer);
    return peer;
}

/* Whoever claims the next id and holds it ends an unseeded broker as soon as somebody else
 * comes. */
static void lives_when_peers_claim_the_ids_that_it_would_give(void **state)
{
    enum { BASES = 8, IDS = 6 };
    static const enum broker_port ports[] = {PORT_CLIENT, PORT_WORKER};
    struct bed *bed = *state;

    for (size_t i = 0; i < 2; i++) {
        const struct certificate *own = i == 0 ? &bed->operator_ : &bed->registry;
        struct zmtp *held[BASES * IDS];
        int count = 0;

        for (int claim = 0; claim < BASES * IDS; claim++) {
            uint32_t number = unseeded_base(claim % BASES) + (uint32_t)claim / BASES;
            uint8_t id[5] = {0, (uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number};
            struct zmtp *peer = connect_as(bed, ports[i], own, id, sizeof id);

            if (peer)
                held[count++] = peer;
        }
        assert_in_range(count, 1, 128); /* some are let in, never all */
        for (int newcomer = 0; newcomer < 8; newcomer++)
            assert_is_answered(bed, ports[i]);
        while (count > 0)
            zmtp_close(&held[--count]);
    }
    assert_echo_serves(bed);
}

static void *connect_claiming(struct bed *bed, const struct certificate *own, enum broker_port port)
{
    struct broker_address address = {.host = "127.0.0.1", .port = bed_port()};
    void *socket = zmq_socket(bed->context, ZMQ_DEALER);
    char endpoint[300];

    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, "mine", 4);
    certificate_connect(socket, own, bed->broker_key.public_key);
    ports_endpoint(&address, port, endpoint, sizeof endpoint);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

static Bus__ReplyHeader *header_of(struct frames *frames, size_t index)
{
    Bus__ReplyHeader *header =
        bus__reply_header__unpack(NULL, frames_size(frames, index), frames_data(frames, index));

    assert_non_null(header);
    return header;
}

static void tells_who_claims_a_routing_id_that_it_may_not(void **state)
{
    struct bed *bed = *state;
    void *caller = connect_claiming(bed, &bed->office, PORT_CLIENT);
    void *worker = connect_claiming(bed, &bed->registry, PORT_WORKER);
    struct frames frames = {0};

    bed_send(caller, "MDPC02", "\x01", "echo", "no header", "ping");
    assert_true(bed_receive(bed, caller, WAIT_MS, &frames));
    Bus__ReplyHeader *header = header_of(&frames, 3);

    assert_int_equal(header->code, STATUS_INVALID_ARGUMENT);
    assert_string_equal(header->violations[0]->field, "routing_id");
    assert_string_equal(header->violations[0]->rule, "assigned");
    bus__reply_header__free_unpacked(header, NULL);
    frames_clear(&frames);

    bed_send(worker, "MDPW02", "\x01", "registry", "4");
    assert_true(bed_receive(bed, worker, WAIT_MS, &frames));
    assert_true(frames_equal(&frames, 1, "\x06", 1));
    frames_clear(&frames);
    zmq_close(caller);
    zmq_close(worker);
}

/* More than any message of ours has; behind it all is as before. */
static void tells_who_sends_too_many_frames(void **state)
{
    struct bed *bed = *state;
    void *caller = bed_connect(bed, ZMQ_DEALER, &bed->office, PORT_CLIENT);
    void *worker = bed_connect(bed, ZMQ_DEALER, &bed->registry, PORT_WORKER);
    struct frames frames = {0};

    for (int i = 0; i < 30; i++) {
        zmq_send_const(caller, (const char *[]){"MDPC02", "\x01", "echo"}[i < 3 ? i : 0],
                       i == 1   ? 1
                       : i == 2 ? 4
                                : 6,
                       i < 29 ? ZMQ_SNDMORE : 0);
        zmq_send_const(worker, i == 1 ? "\x04" : "MDPW02", i == 1 ? 1 : 6,
                       i < 29 ? ZMQ_SNDMORE : 0);
    }
    assert_true(bed_receive(bed, caller, WAIT_MS, &frames));
    Bus__ReplyHeader *header = header_of(&frames, 3);

    assert_string_equal(header->violations[0]->rule, "frames");
    bus__reply_header__free_unpacked(header, NULL);
    frames_clear(&frames);
    assert_true(bed_receive(bed, worker, WAIT_MS, &frames));
    assert_true(frames_equal(&frames, 1, "\x06", 1));
    frames_clear(&frames);
    assert_echo_serves(bed);
    zmq_close(caller);
    zmq_close(worker);
}

/* ---- ends ---- */

/* Well before the 3 s after which a silent worker is presumed dead. */
static void knows_at_once_that_a_worker_has_gone(void **state)
{
    struct bed *bed = *state;
    void *worker = bed_connect(bed, ZMQ_DEALER, &bed->registry, PORT_WORKER);

    bed_send(worker, "MDPW02", "\x01", "registry", "4");
    wait_metric(bed, "jusha_broker_workers", 2);
    int64_t start_ms = clock_monotonic_ms();

    zmq_close(worker);
    while (bed_metric("jusha_broker_workers") != 1)
        assert_true(clock_monotonic_ms() - start_ms < 2000);
}

static void lets_a_newcomer_in_when_many_of_its_certificate_have_gone(void **state)
{
    enum { MANY = 16 };
    struct bed *bed = *state;
    struct certificate shop;
    struct frames frames = {0};
    void *many[MANY];

    assert_int_equal(certificate_create(bed->folder, "shop", BUS__ROLE__ROLE_SHOP, "xiasha", &shop),
                     STATUS_OK);
    for (int i = 0; i < MANY; i++) {
        many[i] = bed_connect(bed, ZMQ_DEALER, &shop, PORT_CLIENT);
        bed_send(many[i], "MDPC02", "\x01", "echo", "ping");
        assert_true(bed_receive(bed, many[i], WAIT_MS, &frames));
        frames_clear(&frames);
    }
    void *late = bed_connect(bed, ZMQ_DEALER, &shop, PORT_CLIENT);

    bed_send(late, "MDPC02", "\x01", "echo", "ping");
    assert_false(bed_receive(bed, late, 300, &frames)); /* one too many, for now */
    for (int i = 0; i < MANY; i++)
        zmq_close(many[i]);
    assert_true(bed_receive(bed, late, WAIT_MS, &frames));
    frames_clear(&frames);
    zmq_close(late);
}

/* ---- revocation ---- */

static void take_away(const struct bed *bed, const char *name)
{
    char path[100];

    snprintf(path, sizeof path, "%s/%s.key", bed->folder, name);
    assert_int_equal(unlink(path), 0);
}

static void drops_a_worker_whose_certificate_is_taken_away(void **state)
{
    struct bed *bed = *state;
    struct certificate mill;
    struct frames frames = {0};

    assert_int_equal(certificate_create(bed->folder, "mill", BUS__ROLE__ROLE_SERVICE, "*", &mill),
                     STATUS_OK);
    void *worker = bed_connect(bed, ZMQ_DEALER, &mill, PORT_WORKER);

    bed_send(worker, "MDPW02", "\x01", "mill", "4");
    wait_metric(bed, "jusha_broker_workers", 2);
    take_away(bed, "mill");
    int64_t start_ms = clock_monotonic_ms();
    char last = 0;

    while (last != 0x06 || bed_metric("jusha_broker_workers") != 1) { /* it beats all the while */
        assert_true(clock_monotonic_ms() - start_ms < 4000);
        bed_send(worker, "MDPW02", "\x05");
        if (!bed_receive(bed, worker, 100, &frames))
            continue;
        last = *(const char *)frames_data(&frames, 1);
        frames_clear(&frames);
    }
    zmq_close(worker);
}

/* What waits is refused, and what comes later, each with its id. */
static void answers_a_caller_whose_certificate_is_taken_away(void **state)
{
    static const char id[] = "0190a000-0000-7000-8000-000000000001";
    struct bed *bed = *state;
    struct certificate leaver;
    struct frames frames = {0};
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;

    assert_int_equal(
        certificate_create(bed->folder, "goer", BUS__ROLE__ROLE_VOLUNTEER, "xiasha", &leaver),
        STATUS_OK);
    void *caller = bed_connect(bed, ZMQ_DEALER, &leaver, PORT_CLIENT);

    bed_send(caller, "MDPC02", "\x01", "echo", "ping");
    assert_true(bed_receive(bed, caller, WAIT_MS, &frames));
    frames_clear(&frames);
    take_away(bed, "goer");
    header.request_id = (char *)id;
    header.street = "xiasha";
    for (unsigned code = STATUS_OK; code != STATUS_UNAUTHENTICATED;) {
        frames_add_text(&frames, "MDPC02");
        frames_add_text(&frames, "\x01");
        frames_add_text(&frames, "echo@xiasha");
        frames_add_packed(&frames, &header.base);
        frames_add_text(&frames, "");
        frames_send(caller, &frames);
        assert_true(bed_receive(bed, caller, WAIT_MS, &frames));
        Bus__ReplyHeader *reply =
            bus__reply_header__unpack(NULL, frames_size(&frames, 3), frames_data(&frames, 3));

        if (reply && reply->code) /* else the echo of the request itself */
            code = reply->code;
        if (code == STATUS_UNAUTHENTICATED)
            assert_string_equal(reply->request_id, id);
        bus__reply_header__free_unpacked(reply, NULL);
        frames_clear(&frames);
        poll(NULL, 0, 10); /* as fast as it goes would be a flood, which is cut off */
    }
    zmq_close(caller);
}

/* Else it could keep the broker busy for ever, for nobody's rate counts it any more. */
static void ends_whoever_goes_on_without_a_certificate(void **state)
{
    struct bed *bed = *state;
    struct certificate leaver;
    struct frames frames = {0};

    assert_int_equal(
        certificate_create(bed->folder, "stayer", BUS__ROLE__ROLE_VOLUNTEER, "xiasha", &leaver),
        STATUS_OK);
    void *caller = bed_connect(bed, ZMQ_DEALER, &leaver, PORT_CLIENT);

    bed_send(caller, "MDPC02", "\x01", "mmi.service", "echo");
    assert_true(bed_receive(bed, caller, WAIT_MS, &frames));
    frames_clear(&frames);
    long before = bed_metric("jusha_broker_shut_down_total");
    int64_t start_ms = clock_monotonic_ms();

    take_away(bed, "stayer");
    while (bed_metric("jusha_broker_shut_down_total") == before) {
        assert_true(clock_monotonic_ms() - start_ms < WAIT_MS);
        bed_send(caller, "MDPC02", "\x01", "mmi.service", "echo");
        while (bed_receive(bed, caller, 10, &frames))
            frames_clear(&frames);
    }
    zmq_close(caller);
}

/* ---- descriptors ---- */

enum {
    HALF_OPEN = 1000,
    HALF_OPEN_TALKERS = 100, /* all at one port */
    TALKERS_RENEWED = 1,     /* at once, each 20 ms: an honest handshake is faster */
    FEW_DESCRIPTORS = 250,
    HONEST = 16,
    HALF_BYTES = 2000
};

/* A greeting of CURVE's, and the front of a command that never ends: more than an honest handshake
 * says. */
static size_t write_half(uint8_t ret[static HALF_BYTES])
{
    static const uint8_t greeting[] = {0xff, 0, 0, 0,   0,   0,   0,   0,  0,
                                       0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};
    static const uint8_t command[] = {0x06, 0, 0, 0, 0, 0, 1, 0, 0, 5, 'H', 'E', 'L', 'L', 'O'};

    memset(ret, 0, HALF_BYTES);
    memcpy(ret, greeting, sizeof greeting);
    memcpy(ret + 64, command, sizeof command);
    return HALF_BYTES;
}

static int half_open(int port, bool talks)
{
    uint8_t half[HALF_BYTES];
    int fd = bed_tcp(port);

    if (talks && fd != -1)
        (void)!send(fd, half, write_half(half), MSG_DONTWAIT | MSG_NOSIGNAL);
    return fd;
}

/* Keeps that many connections to the four ports open, each renewed as soon as the broker ended
 * it. */
static void hold_half_open(int first_port, bool talks)
{
    static struct pollfd held[HALF_OPEN];
    const int count = talks ? HALF_OPEN_TALKERS : HALF_OPEN;

    for (int i = 0; i < count; i++)
        held[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    for (;;) {
        int renewed = 0;

        for (int i = 0; i < count && (!talks || renewed < TALKERS_RENEWED); i++) {
            char greeting[64];

            if (held[i].fd != -1 && !(held[i].revents && recv(held[i].fd, greeting, sizeof greeting,
                                                              MSG_DONTWAIT) <= 0))
                continue;
            if (held[i].fd != -1)
                close(held[i].fd);
            renewed++;
            held[i].fd = half_open(first_port + (talks ? 0 : i % BROKER_PORTS), talks);
        }
        poll(held, (nfds_t)count, 10);
        if (talks)
            poll(NULL, 0, 20); /* the other one returns at once while an end waits */
    }
}

static bool is_ready(void)
{
    static const char get[] = "GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n";
    char answer[64] = "";
    int fd = bed_tcp(bed_port() + BED_ADMIN);

    if (fd == -1)
        return false;
    bool ready = write(fd, get, sizeof get - 1) == sizeof get - 1 &&
                 read(fd, answer, sizeof answer - 1) > 0 && strstr(answer, " 200 ");
    close(fd);
    return ready;
}

static pid_t start_half_open(struct bed *bed, bool talks)
{
    long before = bed_metric("jusha_broker_shut_down_total");
    pid_t attacker = fork();

    assert_int_not_equal(attacker, -1);
    if (attacker == 0) {
        bed_dies_with_its_test();
        hold_half_open(bed_port(), talks);
        _exit(0);
    }
    wait_metric(bed, "jusha_broker_shut_down_total",
                before + (talks ? 50 : 2000)); /* the attack goes on */
    return attacker;
}

static void stop_half_open(pid_t attacker)
{
    kill(attacker, SIGKILL);
    bed_wait_exit(attacker, 5000);
}

static void serves_beside_connections_that_say_much_and_come_to_no_end(void **state)
{
    pid_t attacker = start_half_open(*state, true);

    for (int i = 0; i < HONEST / 4; i++)
        assert_echo_serves(*state);
    stop_half_open(attacker);
}

static void serves_beside_half_open_connections(void **state)
{
    struct bed *bed = *state;
    struct certificate leaver;
    struct frames frames = {0};
    pid_t attacker = start_half_open(bed, false);

    for (int i = 0; i < HONEST; i++)
        assert_echo_serves(bed);
    assert_true(is_ready());

    assert_int_equal(
        certificate_create(bed->folder, "late", BUS__ROLE__ROLE_SHOP, "xiasha", &leaver),
        STATUS_OK); /* honoured, though it has to be read now */
    void *caller = bed_connect(bed, ZMQ_DEALER, &leaver, PORT_CLIENT);

    bed_send(caller, "MDPC02", "\x01", "echo", "ping");
    assert_true(bed_receive(bed, caller, WAIT_MS, &frames));
    frames_clear(&frames);
    take_away(bed, "late");
    int64_t start_ms = clock_monotonic_ms();
    bool refused = false;

    while (!refused) {
        assert_true(clock_monotonic_ms() - start_ms < 3000);
        bed_send(caller, "MDPC02", "\x01", "echo", "ping");
        refused = bed_receive(bed, caller, 200, &frames) && frames.count == 4 &&
                  !frames_equal(&frames, 3, "ping", 4);
        frames_clear(&frames);
    }
    stop_half_open(attacker);
    zmq_close(caller);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_when_peers_claim_the_ids_that_it_would_give),
        cmocka_unit_test(tells_who_claims_a_routing_id_that_it_may_not),
        cmocka_unit_test(tells_who_sends_too_many_frames),
        cmocka_unit_test(knows_at_once_that_a_worker_has_gone),
        cmocka_unit_test(lets_a_newcomer_in_when_many_of_its_certificate_have_gone),
        cmocka_unit_test(drops_a_worker_whose_certificate_is_taken_away),
        cmocka_unit_test(answers_a_caller_whose_certificate_is_taken_away),
        cmocka_unit_test(ends_whoever_goes_on_without_a_certificate),
        cmocka_unit_test(serves_beside_half_open_connections),
        cmocka_unit_test(serves_beside_connections_that_say_much_and_come_to_no_end),
    };

    if (argc != 2)
        return 2;
    bed_program = argv[1];
    bed_descriptors = FEW_DESCRIPTORS;
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
