/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stranger.c - a random key connects to every port, and a known one claims a routing id
 *
 * The type matters: libzmq drops a peer of the wrong type before it says whether the key is good. A
 * monitor on each of these sockets tells how its handshake ended.
 */
#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/bus/frames.h"
#include "services/broker/ports/stranger.h"

enum { LIMIT_MS = 5000 };

struct stranger {
    void *socket, *monitor;
    bool refused;
};

static const int types[BROKER_PORTS] = {
    [PORT_CLIENT] = ZMQ_DEALER,
    [PORT_WORKER] = ZMQ_DEALER,
    [PORT_PUBLISH] = ZMQ_PUB,
    [PORT_SUBSCRIBE] = ZMQ_DEALER,
};

static void connect_to(struct stranger *stranger, void *zmq_context,
                       const struct broker_address *address, int port, const char *server_key)
{
    struct certificate key = {0};
    char endpoint[300], monitor[64];

    zmq_curve_keypair(key.public_key, key.secret_key);
    stranger->socket = zmq_socket(zmq_context, types[port]);
    stranger->monitor = zmq_socket(zmq_context, ZMQ_PAIR);
    zmq_setsockopt(stranger->socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(stranger->socket, ZMQ_IPV6, &(int){1}, sizeof(int));
    certificate_connect(stranger->socket, &key, server_key);
    snprintf(monitor, sizeof monitor, "inproc://jusha.broker.stranger.%d", port);
    zmq_socket_monitor(stranger->socket, monitor,
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    zmq_connect(stranger->monitor, monitor);
    ports_endpoint(address, (enum broker_port)port, endpoint, sizeof endpoint);
    zmq_connect(stranger->socket, endpoint);
}

static void leave(struct stranger *stranger)
{
    zmq_socket_monitor(stranger->socket, NULL, 0);
    zmq_close(stranger->monitor);
    zmq_close(stranger->socket);
}

/* False once somebody was let in. A monitor's first frame begins with the event's number. */
static bool read_monitor(struct stranger *stranger, int port)
{
    struct frames frames = {0};
    uint16_t event = 0;

    while (frames_recv(stranger->monitor, &frames)) {
        if (frames.count > 0 && frames_size(&frames, 0) >= sizeof event)
            memcpy(&event, frames_data(&frames, 0), sizeof event);
        frames_clear(&frames);
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
            log_error("stranger_let_in", "port=%d", port);
            return false;
        }
        stranger->refused |= event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    }
    return true;
}

static bool wait_for_refusals(struct stranger *strangers)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_MS;
    zmq_pollitem_t items[BROKER_PORTS];
    int refused = 0;

    for (int port = 0; port < BROKER_PORTS; port++)
        items[port] = (zmq_pollitem_t){.socket = strangers[port].monitor, .events = ZMQ_POLLIN};
    while (refused < BROKER_PORTS) {
        int64_t left_ms = end_ms - clock_monotonic_ms();

        if (left_ms <= 0) {
            log_error("stranger_not_refused", "limit_ms=%d", LIMIT_MS);
            return false;
        }
        zmq_poll(items, BROKER_PORTS, left_ms);
        refused = 0;
        for (int port = 0; port < BROKER_PORTS; port++) {
            if (!read_monitor(&strangers[port], port))
                return false;
            refused += strangers[port].refused;
        }
    }
    return true;
}

bool strangers_are_refused(void *zmq_context, const struct broker_address *address,
                           const char *server_key)
{
    struct stranger strangers[BROKER_PORTS] = {0};

    for (int port = 0; port < BROKER_PORTS; port++)
        connect_to(&strangers[port], zmq_context, address, port, server_key);
    bool refused = wait_for_refusals(strangers);
    for (int port = 0; port < BROKER_PORTS; port++)
        leave(&strangers[port]);
    return refused;
}

/* ---- claims ---- */

/* True once this word came, whatever else comes; *ret_assigned: under an id that libzmq gave. */
static bool wait_for_word(void *socket, const char *word, bool *ret_assigned)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_MS;
    bool came = false;

    while (!came && clock_monotonic_ms() < end_ms) {
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
        struct frames frames = {0};

        zmq_poll(&item, 1, end_ms - clock_monotonic_ms());
        if (!frames_recv(socket, &frames))
            continue;
        came = frames_equal(&frames, 1, word, strlen(word));
        if (came)
            *ret_assigned =
                frames_size(&frames, 0) == 5 && *(const uint8_t *)frames_data(&frames, 0) == 0;
        frames_clear(&frames);
    }
    return came;
}

bool claims_are_ignored(void *zmq_context, const struct broker_address *address,
                        const char *server_key, void *event_socket, struct zap *zap)
{
    struct certificate guest = {.name = "self-test", .role = BUS__ROLE__ROLE_SERVICE};
    void *claimant = zmq_socket(zmq_context, types[PORT_SUBSCRIBE]);
    char endpoint[300];
    bool assigned = false;

    zmq_curve_keypair(guest.public_key, guest.secret_key);
    zap_guest(zap, &guest);
    zmq_setsockopt(claimant, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(claimant, ZMQ_IPV6, &(int){1}, sizeof(int));
    zmq_setsockopt(claimant, ZMQ_ROUTING_ID, "claim", 5);
    certificate_connect(claimant, &guest, server_key);
    ports_endpoint(address, PORT_SUBSCRIBE, endpoint, sizeof endpoint);
    zmq_connect(claimant, endpoint);
    zmq_send(claimant, guest.public_key, CURVE_TEXT, 0); /* nobody else says this */
    bool came = wait_for_word(event_socket, guest.public_key, &assigned);

    zmq_close(claimant);
    zap_guest_leaves(zap);
    if (!assigned)
        log_error("routing_id_claimed", "port=%d heard=%d", PORT_SUBSCRIBE, came);
    return assigned;
}
