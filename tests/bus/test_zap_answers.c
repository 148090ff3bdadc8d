/* SPDX-License-Identifier: Apache-2.0 */
/* test_zap_answers.c - what a question of libzmq is answered: roles at ports, limits of a
 * certificate */
#include "bed.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"

/* A raw question as libzmq would ask it, but with other contents. */
static void answers_each_question_as_it_deserves(void **state)
{
    static const struct {
        const char *version, *domain, *mechanism;
        size_t key_size, extra;
        const char *code;
    } table[] = {
        {"1.0", "jusha.client", "CURVE", 32, 0, "200"},
        {"1.0", "", "CURVE", 32, 0, "400"},
        {"1.0", "jusha", "CURVE", 32, 0, "400"},
        {"1.0", "other", "CURVE", 32, 0, "400"},
        {"1.0", "jusha.client", "NULL", 0, 0, "400"},
        {"1.0", "jusha.client", "PLAIN", 32, 0, "400"},
        {"1.0", "jusha.client", "CURVE", 31, 0, "400"},
        {"1.0", "jusha.client", "CURVE", 33, 0, "400"},
        {"2.0", "jusha.client", "CURVE", 32, 0, "500"},
        {"1.0", "jusha.client", "CURVE", 32, 1, "500"},
    };
    struct bed *bed = *state;
    void *socket = zmq_socket(bed->context, ZMQ_REQ);
    uint8_t key[33] = {0};

    zmq_z85_decode(key, bed->caller.public_key);
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &(int){WAIT_MS}, sizeof(int));
    assert_int_equal(zmq_connect(socket, "inproc://zeromq.zap.01"), 0);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char code[4] = "", version[4] = "", id[3] = "";

        zmq_send(socket, table[i].version, 3, ZMQ_SNDMORE);
        zmq_send(socket, "17", 2, ZMQ_SNDMORE);
        zmq_send(socket, table[i].domain, strlen(table[i].domain), ZMQ_SNDMORE);
        zmq_send(socket, "127.0.0.1", 9, ZMQ_SNDMORE);
        zmq_send(socket, "", 0, ZMQ_SNDMORE);
        zmq_send(socket, table[i].mechanism, strlen(table[i].mechanism), ZMQ_SNDMORE);
        for (size_t n = 0; n < table[i].extra; n++)
            zmq_send(socket, "more", 4, ZMQ_SNDMORE);
        zmq_send(socket, key, table[i].key_size, 0);
        assert_int_equal(zmq_recv(socket, version, 3, 0), 3);
        zmq_recv(socket, id, 2, 0);
        assert_int_equal(zmq_recv(socket, code, 3, 0), 3);
        assert_text(version, "1.0");
        assert_text(id, "17");
        if (strcmp(code, table[i].code) != 0)
            fail_msg("row %zu got %s", i, code);
        for (int n = 0; n < 3; n++)
            zmq_recv(socket, NULL, 0, 0);
    }
    zmq_close(socket);
}

/* The code of ZAP's answer to this key at this port; its User-Id. */
static int ask(void *socket, const char *domain, const struct certificate *who,
               char ret_user_id[static ZAP_SERIAL_BYTES + 1])
{
    char code[4] = "";
    uint8_t key[32];

    zmq_z85_decode(key, who->public_key);
    for (const char *const *text =
             (const char *const[]){"1.0", "17", domain, "127.0.0.1", "", "CURVE", NULL};
         *text; text++)
        zmq_send(socket, *text, strlen(*text), ZMQ_SNDMORE);
    zmq_send(socket, key, sizeof key, 0);
    for (int i = 0; i < 2; i++)
        assert_true(zmq_recv(socket, NULL, 0, 0) >= 0);
    assert_int_equal(zmq_recv(socket, code, 3, 0), 3);
    zmq_recv(socket, NULL, 0, 0);
    memset(ret_user_id, 0, ZAP_SERIAL_BYTES + 1);
    zmq_recv(socket, ret_user_id, ZAP_SERIAL_BYTES, 0);
    zmq_recv(socket, NULL, 0, 0);
    return atoi(code);
}

static void *ask_zap(struct bed *bed)
{
    void *socket = zmq_socket(bed->context, ZMQ_REQ);

    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &(int){WAIT_MS}, sizeof(int));
    assert_int_equal(zmq_connect(socket, "inproc://zeromq.zap.01"), 0);
    return socket;
}

static void admits_roles_to_the_ports_where_they_have_business(void **state)
{
    static const char ports[BROKER_PORTS + 1] = "cwpe"; /* client, worker, publish, event */
    static const struct {
        Bus__Role role;
        const char *admitted;
    } table[] = {
        {BUS__ROLE__ROLE_OPERATOR, "c--e"},        {BUS__ROLE__ROLE_SERVICE, "cwpe"},
        {BUS__ROLE__ROLE_GATEWAY, "c--e"},         {BUS__ROLE__ROLE_STREET_STAFF, "c--e"},
        {BUS__ROLE__ROLE_COMMUNITY_STAFF, "c---"}, {BUS__ROLE__ROLE_UNIT_CONTACT, "c---"},
        {BUS__ROLE__ROLE_VOLUNTEER, "c---"},       {BUS__ROLE__ROLE_SHOP, "c---"},
        {BUS__ROLE__ROLE_INTEGRATOR, "c--e"},      {BUS__ROLE__ROLE_WORKER, "cwp-"},
    };
    struct bed *bed = *state;
    void *socket = ask_zap(bed);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char name[8], serial[ZAP_SERIAL_BYTES + 1];
        struct certificate who;

        snprintf(name, sizeof name, "role%zu", i);
        assert_int_equal(certificate_create(bed->folder, name, table[i].role, "xiasha", &who),
                         STATUS_OK);
        for (int port = 0; port < BROKER_PORTS; port++) {
            int code = ask(socket, ports_domain((enum broker_port)port), &who, serial);

            if (code != (table[i].admitted[port] == ports[port] ? 200 : 400))
                fail_msg("%s at port %d got %d", role_name(table[i].role), port, code);
        }
    }
    zmq_close(socket);
}

/* A serial counts until its connection ended; then the next one is let in. */
static void limits_the_connections_of_one_certificate(void **state)
{
    enum { LIMIT = 16 };
    struct bed *bed = *state;
    void *socket = ask_zap(bed);
    char serial[LIMIT][ZAP_SERIAL_BYTES + 1], next[ZAP_SERIAL_BYTES + 1];
    struct certificate who;

    assert_int_equal(
        certificate_create(bed->folder, "many", BUS__ROLE__ROLE_VOLUNTEER, "xiasha", &who),
        STATUS_OK);
    for (size_t i = 0; i < LIMIT; i++) {
        assert_int_equal(ask(socket, "jusha.client", &who, serial[i]), 200);
        assert_true(zap_spoke(bed->zap, strtoull(serial[i], NULL, 16)));
    }
    assert_int_equal(ask(socket, "jusha.client", &who, next), 300); /* not permanently */
    assert_int_equal(ask(socket, "jusha.client", &bed->caller, next), 200);
    zap_ended(bed->zap, strtoull(serial[3], NULL, 16));
    assert_int_equal(ask(socket, "jusha.client", &who, next), 200);
    assert_int_equal(ask(socket, "jusha.client", &who, serial[3]), 300);

    struct silent_ones none = {.oldest_ms = 60000};

    zap_silent(bed->zap, PORT_CLIENT, &none); /* the one that said nothing has ended */
    assert_int_equal(ask(socket, "jusha.client", &who, serial[3]), 200);
    assert_true(zap_spoke(bed->zap, strtoull(serial[3], NULL, 16)));
    assert_false(zap_spoke(bed->zap, strtoull(next, NULL, 16))); /* it had not: one too many */
    zmq_close(socket);
}

/* However many strangers hold connections without a handshake. */
static void forgets_those_that_left_in_silence_while_strangers_come(void **state)
{
    enum { LIMIT = 16 };
    static const struct silent_ones strangers = {.young = 64, .young_ms = 100, .oldest_ms = 60000},
                                    with_one = {.young = 64,
                                                .quiet = 1,
                                                .young_ms = 100,
                                                .oldest_ms = 60000};
    struct bed *bed = *state;
    void *socket = ask_zap(bed);
    char serial[ZAP_SERIAL_BYTES + 1];
    struct certificate who;

    assert_int_equal(
        certificate_create(bed->folder, "pushed", BUS__ROLE__ROLE_VOLUNTEER, "xiasha", &who),
        STATUS_OK);
    for (size_t i = 0; i < LIMIT; i++)
        assert_int_equal(ask(socket, "jusha.client", &who, serial), 200);
    zap_silent(bed->zap, PORT_CLIENT, &strangers);
    assert_int_equal(ask(socket, "jusha.client", &who, serial), 300); /* they may be among those */
    zmq_poll(NULL, 0, 1200);
    zap_silent(bed->zap, PORT_CLIENT, &with_one);
    for (size_t i = 1; i < LIMIT; i++)
        assert_int_equal(ask(socket, "jusha.client", &who, serial), 200);
    assert_int_equal(ask(socket, "jusha.client", &who, serial), 300);
    zmq_close(socket);
}

static void limits_how_often_one_certificate_connects(void **state)
{
    struct bed *bed = *state;
    void *socket = ask_zap(bed);
    char serial[ZAP_SERIAL_BYTES + 1];
    int64_t start_ms = clock_monotonic_ms();
    int granted = 0;

    for (int i = 0; i < 400; i++) {
        if (ask(socket, "jusha.client", &bed->caller, serial) != 200)
            continue;
        granted++;
        zap_ended(bed->zap, strtoull(serial, NULL, 16));
    }
    assert_in_range(granted, 40, 41 + 20 * (clock_monotonic_ms() - start_ms) / 1000);
    assert_int_equal(ask(socket, "jusha.client", &bed->broker, serial), 200);
    zmq_close(socket);
}

int main(void)
{
#define zap_test(function) cmocka_unit_test_setup_teardown(function, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        zap_test(answers_each_question_as_it_deserves),
        zap_test(admits_roles_to_the_ports_where_they_have_business),
        zap_test(limits_the_connections_of_one_certificate),
        zap_test(forgets_those_that_left_in_silence_while_strangers_come),
        zap_test(limits_how_often_one_certificate_connects),
    };
    return cmocka_run_group_tests_name("zap_answers", tests, NULL, NULL);
}
