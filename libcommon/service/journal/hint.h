/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint.h - tells a service's relay, and who follows the service, that a street's journal has a new
 * head
 *
 * One hint says all that a batch added. It is only a hint: a lost one costs latency, not events.
 * Who publishes says it again when a broker is back (publisher.c), who listens looks at all heads
 * when one is back or dropped something, and once a minute.
 * Topic "!registry/xiasha", body a Hint, in one frame (feed.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

#include "libcommon/base/point.h"
#include "libcommon/bus/listener.h"

enum { HINT_TOPIC = 160 /* bytes, with the NUL */ };

/* Instead of a street: another relay leads now. Hints of before may be missing, or of another
 * history. */
#define HINT_EVERY_STREET ""

/* The frame of a hint; the caller's to send or close. */
void hint_write(zmq_msg_t *frame, const char *service, const char *street,
                const struct point *head);
/* Listens to the hints of these services, of all streets; their names end with NULL. As
 * listener_new: options say the rest. */
struct listener *hint_listen(const void *parent, const struct listener_options *options,
                             const char *const *services);
/* Topic and head of what was published. False: it is no hint of a street. */
bool hint_read(const struct feed_message *message, char ret_topic[static HINT_TOPIC],
               struct point *ret_head);
/* Does this news say that hints may have been lost on the way, so that heads are to be looked
 * at? */
bool hint_may_be_lost(const struct feed_message *message);
