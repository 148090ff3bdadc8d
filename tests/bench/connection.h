/* SPDX-License-Identifier: Apache-2.0 */
/* connection.h - a DEALER to one port of a broker, up before anything is measured */
#pragma once

#include "libcommon/bus/link.h"

/* broker: "host:port", its client port; of several the first. hwm 0: any number of messages. own
 * and broker_key are borrowed as long as parent lives. Ends the process when it does not come up
 * within 20 s. */
void *connection_new(const void *parent, void *zmq_context, const char *broker,
                     enum broker_port which, int hwm, const struct certificate *own,
                     const char *broker_key);
