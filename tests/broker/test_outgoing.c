/* SPDX-License-Identifier: Apache-2.0 */
/* test_outgoing.c - answers that nobody takes: what they cost, and whom */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>
#include <cmocka.h>

#include "services/broker/ports/outgoing.h"

enum {
    IDLERS = 10,
    IDLERS_MAX = 4 * 1024 * 1024, /* bytes of each; together more than all may have */
    ANSWER = 200 * 1024,          /* bytes */
    ANSWERS = 30,                 /* for each idler */
    WAIT_MS = 10,
    TRIES = 1000,
};

struct peers {
    void *context, *broker, *idler[IDLERS], *honest;
    struct held_account held[IDLERS], honest_held;
};

static void *connect_as(void *context, const char *id)
{
    void *socket = zmq_socket(context, ZMQ_DEALER);
    int one = 1, wait_ms = WAIT_MS;

    zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, strlen(id));
    zmq_setsockopt(socket, ZMQ_RCVHWM, &one, sizeof one);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    assert_int_equal(zmq_connect(socket, "inproc://broker"), 0);
    assert_int_equal(zmq_send(socket, "here", 4, 0), 4);
    return socket;
}

static void set_up(struct peers *peers)
{
    int one = 1;

    memset(peers, 0, sizeof *peers);
    peers->context = zmq_ctx_new();
    peers->broker = zmq_socket(peers->context, ZMQ_ROUTER);
    zmq_setsockopt(peers->broker, ZMQ_SNDHWM, &one, sizeof one);
    zmq_setsockopt(peers->broker, ZMQ_ROUTER_MANDATORY, &one, sizeof one);
    assert_int_equal(zmq_bind(peers->broker, "inproc://broker"), 0);
    for (int i = 0; i < IDLERS; i++) {
        peers->idler[i] = connect_as(peers->context, (char[]){(char)('a' + i), 0});
        peers->held[i].limit = IDLERS_MAX;
    }
    peers->honest = connect_as(peers->context, "z");
    peers->honest_held.limit = IDLERS_MAX;
    for (int i = 0; i < 2 * (IDLERS + 1); i++) { /* by then the router knows all */
        char frame[8];
        assert_true(zmq_recv(peers->broker, frame, sizeof frame, 0) > 0);
    }
}

static void tear_down(struct peers *peers, struct outgoing **outgoing)
{
    for (int i = 0; i < IDLERS; i++)
        zmq_close(peers->idler[i]);
    zmq_close(peers->honest);
    zmq_close(peers->broker);
    zmq_ctx_term(peers->context);
    outgoing_destroy(outgoing);
}

static void answer(struct outgoing *outgoing, struct peers *peers, char who,
                   struct held_account *held)
{
    static char text[ANSWER];
    struct outbox_message message = {.untaken = held};

    frames_add(&message.frames, &who, 1);
    frames_add(&message.frames, text, sizeof text);
    outgoing_send(outgoing, peers->broker, &message);
}

/* Several certificates that take nothing fill what all may hold together. */
static void others_have_their_answers_while_some_take_none(void **state)
{
    struct outgoing *outgoing = outgoing_create(NULL);
    struct peers peers;
    char got[8];

    (void)state;
    set_up(&peers);
    for (int round = 0; round < ANSWERS; round++)
        for (int i = 0; i < IDLERS; i++)
            answer(outgoing, &peers, (char)('a' + i), &peers.held[i]);
    for (int i = 0; i < IDLERS; i++)
        assert_true(held_bytes(&peers.held[i]) <= IDLERS_MAX);
    for (int i = 0; i < 20; i++) {
        int size = -1;

        answer(outgoing, &peers, 'z', &peers.honest_held);
        for (int tries = 0; tries < TRIES && size < 0; tries++) { /* libzmq may take it later */
            outgoing_retry(outgoing, peers.broker);
            size = zmq_recv(peers.honest, got, sizeof got, 0);
        }
        assert_int_equal(size, ANSWER);
    }
    tear_down(&peers, &outgoing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_have_their_answers_while_some_take_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
