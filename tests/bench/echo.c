/* SPDX-License-Identifier: Apache-2.0 */
/*
 * echo.c - echo SUBCOMMAND …: what a figure of the broker is compared with
 *
 *   echo worker BROKERS CERTIFICATE BROKER-KEY   a Majordomo worker with credit behind our first broker
 *   echo proxy PORT CERTIFICATE                  zmq_proxy: ROUTER at PORT, DEALER at PORT + 1, both CURVE
 *   echo plain PORT CERTIFICATE BROKER-KEY       a worker behind the proxy
 *
 * Each until it is ended by a signal. Callers send the same frames either way (MDPC02 0x01 service
 * header payload) and get five frames back, with a header that names the request and says OK. Both
 * workers do the same work; what differs is who stands between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "bus_delivery.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/bus/context.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/mdp.h"
#include "tests/bench/connection.h"

enum {
    HWM = 10000,
    BEAT_MS = 1000,
    /* A RequestHeader and a ReplyHeader both begin with the request_id as field 1, 36 characters:
     * those bytes of the one are a complete OK header of the other. */
    REQUEST_ID_FIELD_BYTES = 2 + 36,
};
#define CREDIT "256" /* what our services announce */

static void *context;

static bool load_keys(const char *own_path, const char *broker_path, struct certificate *ret_own,
                      struct certificate *ret_broker)
{
    return certificate_load(own_path, ret_own) == STATUS_OK &&
           (!broker_path || certificate_load(broker_path, ret_broker) == STATUS_OK);
}

static size_t answer_header_bytes(size_t request_header_bytes)
{
    return request_header_bytes < REQUEST_ID_FIELD_BYTES ? request_header_bytes
                                                         : REQUEST_ID_FIELD_BYTES;
}

/* ---- behind our broker ---- */

static void say(void *socket, char command, const char *service, const char *credit)
{
    struct frames frames = {0};

    frames_add_text(&frames, MDP_WORKER);
    frames_add(&frames, &command, 1);
    if (service) {
        frames_add_text(&frames, service);
        frames_add_text(&frames, credit);
    }
    frames_send(socket, &frames);
}

static void answer_delivery(void *socket, const Bus__Delivery *delivery)
{
    Bus__Answer answer = BUS__ANSWER__INIT;
    struct frames frames = {0};

    answer.ticket = delivery->ticket;
    answer.header.data = delivery->header.data;
    answer.header.len = answer_header_bytes(delivery->header.len);
    answer.payload = delivery->payload;
    frames_add_text(&frames, MDP_WORKER);
    frames_add(&frames, &(char){MDP_WORKER_FINAL}, 1);
    frames_add_packed(&frames, &answer.base);
    frames_send(socket, &frames);
}

/* MDPW02 REQUEST Delivery -> MDPW02 FINAL Answer */
static void answer_call(void *socket, struct frames *request)
{
    enum { DELIVERY = 2, FRAMES = 3 };
    Bus__Delivery *delivery = NULL;

    if (request->count == FRAMES)
        delivery = bus__delivery__unpack(NULL, frames_size(request, DELIVERY),
                                         frames_data(request, DELIVERY));
    if (delivery) {
        answer_delivery(socket, delivery);
        bus__delivery__free_unpacked(delivery, NULL);
    }
    frames_clear(request);
}

static int worker(char **argv)
{
    struct certificate own, broker;

    if (!load_keys(argv[1], argv[2], &own, &broker))
        return EXIT_FAILURE;
    void *socket =
        connection_new(NULL, context, argv[0], PORT_WORKER, HWM, &own, broker.public_key);

    say(socket, MDP_WORKER_READY, own.name, CREDIT);
    for (int64_t beat_ms = 0;;) {
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
        struct frames request;

        zmq_poll(&item, 1, BEAT_MS / 2);
        while (frames_recv(socket, &request))
            answer_call(socket, &request);
        if (clock_monotonic_ms() - beat_ms >= BEAT_MS) {
            beat_ms = clock_monotonic_ms();
            say(socket, MDP_WORKER_HEARTBEAT, NULL, NULL);
        }
    }
}

/* ---- behind zmq_proxy ---- */

static void *bound(int type, int port, const struct certificate *own)
{
    void *socket = context_socket(context, type);
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &(int){HWM}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_RCVHWM, &(int){HWM}, sizeof(int));
    certificate_serve(socket, own, PORT_CLIENT); /* no ZAP handler here: every key gets in */
    if (zmq_bind(socket, endpoint) == 0)
        return socket;
    fprintf(stderr, "echo: cannot bind %s: %s\n", endpoint, zmq_strerror(zmq_errno()));
    exit(EXIT_FAILURE);
}

static int proxy(char **argv)
{
    struct certificate own;

    if (!load_keys(argv[1], NULL, &own, NULL))
        return EXIT_FAILURE;
    void *front = bound(ZMQ_ROUTER, atoi(argv[0]), &own);
    void *back = bound(ZMQ_DEALER, atoi(argv[0]) + 1, &own);
    return zmq_proxy(front, back, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* routing-id MDPC02 0x01 service header payload -> the same with an OK header */
static void answer_plain(void *socket, struct frames *request)
{
    enum { HEADER = 4, FRAMES = 6 };
    struct frames answer = {0};

    if (request->count == FRAMES) {
        for (size_t i = 0; i < HEADER; i++)
            frames_add_move(&answer, &request->frame[i]);
        frames_add(&answer, frames_data(request, HEADER),
                   answer_header_bytes(frames_size(request, HEADER)));
        frames_add_move(&answer, &request->frame[HEADER + 1]);
        frames_send(socket, &answer);
    }
    frames_clear(request);
}

static int plain(char **argv)
{
    struct certificate own, broker;
    char address[64];

    if (!load_keys(argv[1], argv[2], &own, &broker))
        return EXIT_FAILURE;
    snprintf(address, sizeof address, "127.0.0.1:%s",
             argv[0]); /* whose worker port is the one after it */
    void *socket =
        connection_new(NULL, context, address, PORT_WORKER, HWM, &own, broker.public_key);

    for (;;) {
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
        struct frames request;

        zmq_poll(&item, 1, -1);
        while (frames_recv(socket, &request))
            answer_plain(socket, &request);
    }
}

static const struct {
    const char *name;
    int arguments;
    int (*run)(char **arguments);
} subcommands[] = {{"worker", 3, worker}, {"proxy", 2, proxy}, {"plain", 3, plain}};

int main(int argc, char **argv)
{
    context = context_new();
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        if (argc == 2 + subcommands[i].arguments && strcmp(argv[1], subcommands[i].name) == 0)
            return subcommands[i].run(argv + 2);
    fprintf(stderr, "usage: echo worker BROKERS CERTIFICATE BROKER-KEY | proxy PORT CERTIFICATE |"
                    " plain PORT CERTIFICATE BROKER-KEY\n");
    return 2;
}
