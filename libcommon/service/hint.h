/* SPDX-License-Identifier: Apache-2.0 */
/* hint.h - tells the service's relay that a street's journal has a new head */
#pragma once

#include <stdint.h>

/* On a PUB socket that is connected to the brokers' publish port. A lost hint costs latency, not events. */
void hint_send(void *socket, const char *service, const char *street, int64_t head);
