/* SPDX-License-Identifier: Apache-2.0 */
/* dial.c - sockets that connect to brokers */
#include "libcommon/bus/dial.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "libcommon/base/log.h"

enum { ANSWER_BYTES_MAX = 1024 * 1024 };

static const struct {
    int option, value;
} limits[] = {
    {ZMQ_HEARTBEAT_IVL, 1000}, /* of ZMTP: finds connections that died without a word */
    {ZMQ_HEARTBEAT_TIMEOUT, 3000},
    /* A SYN that nothing answers is sent again after 1 s, then 2, 4, 8, …: a link that is mended
     * would be found by the next one only. A new try begins with the short waits again. */
    {ZMQ_CONNECT_TIMEOUT, 2000},
    {ZMQ_HANDSHAKE_IVL, 5000},
    {ZMQ_RECONNECT_IVL, 100},
    {ZMQ_RECONNECT_IVL_MAX, 1000},
};

static void set_int(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

void *dial_new(void *zmq_context, int type, int hwm, int linger_ms, const struct certificate *own,
               const char *broker_key)
{
    void *socket = zmq_socket(zmq_context, type);
    int64_t most = ANSWER_BYTES_MAX;

    if (!socket)
        abort(); /* the context is closed or out of sockets: nothing goes on */
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        set_int(socket, limits[i].option, limits[i].value);
    set_int(socket, ZMQ_SNDHWM, hwm);
    set_int(socket, ZMQ_RCVHWM, hwm);
    set_int(socket, ZMQ_LINGER, linger_ms);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
    certificate_connect(socket, own, broker_key);
    return socket;
}

bool dial(void *socket, const char *endpoint)
{
    set_int(socket, ZMQ_IPV6, strchr(endpoint, '[') != NULL);
    return zmq_connect(socket, endpoint) == 0;
}

void dial_all(void *socket, const char *brokers, enum broker_port which)
{
    struct broker_address addresses[BROKERS_MAX];
    int count = ports_parse(brokers, addresses);
    char endpoint[300];

    for (int i = 0; i < count; i++) {
        ports_endpoint(&addresses[i], which, endpoint, sizeof endpoint);
        if (!dial(socket, endpoint))
            log_error("connect_failed", "endpoint=%s reason=%s", endpoint,
                      zmq_strerror(zmq_errno()));
    }
}
