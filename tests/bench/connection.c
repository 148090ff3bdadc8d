/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c - a DEALER to one port of a broker, up before anything is measured */
#include "tests/bench/connection.h"

#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/clock.h"

enum { PATIENCE_MS = 20000, LOOK_MS = 100 };

void *connection_new(const void *parent, void *zmq_context, const char *broker,
                     enum broker_port which, int hwm, const struct certificate *own,
                     const char *broker_key)
{
    const struct link_options options = {.zmq_context = zmq_context,
                                         .type = ZMQ_DEALER,
                                         .hwm = hwm,
                                         .own = own,
                                         .broker_keys = broker_keys_of(parent, broker_key)};
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
    struct broker_address addresses[BROKERS_MAX];

    if (ports_parse(broker, addresses) < 1) {
        fprintf(stderr, "%s is no broker\n", broker);
        exit(EXIT_FAILURE);
    }
    struct link *link = link_new(parent, &options, &addresses[0], which);

    while (!(link_keep(link, clock_monotonic_ms()) & LINK_UP)) {
        zmq_pollitem_t items[LINK_POLL_MAX];
        long wait_ms = LOOK_MS;
        size_t count = link_poll(link, items, &wait_ms);

        zmq_poll(items, (int)count, wait_ms);
        if (clock_monotonic_ms() > until_ms) {
            fprintf(stderr, "cannot connect to %s\n", link_name(link));
            exit(EXIT_FAILURE);
        }
    }
    return link_socket(link);
}
