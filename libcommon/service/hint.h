/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint.h - tells a service's relay, and who follows the service, that a street's journal has a new head
 *
 * One hint says all that a batch added. It is only a hint: a lost one costs latency, not events.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HINT_TOPIC = 160 /* bytes, with the NUL */ };

/* On a PUB socket that is connected to the brokers' publish port. */
void hint_send(void *socket, const char *service, const char *street, int64_t head);

/* On a SUB socket that is connected to their subscribe port: hints of this service, of all streets. */
void hint_subscribe(void *socket, const char *service);
/* Takes the next one without waiting, "!registry/xiasha" and its head; passes over what is none. False: none there. */
bool hint_recv(void *socket, char ret_topic[static HINT_TOPIC], int64_t *ret_head);
