/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - what the brokers publish under some topics
 *
 * Follows them at the event port of every broker (feed.h), keeps them followed, and reconnects when
 * a broker is silent for 3 s. Each message comes once from every broker that has it, and any may be
 * missing: a caller who needs all of them reads the journal. One thread at a time.
 */
#pragma once

#include "libcommon/base/status.h"
#include "libcommon/bus/feed.h"
#include "libcommon/bus/link.h"

enum { LISTENER_POLL_MAX = LINK_POLL_MAX * BROKERS_MAX };

struct listener;

struct listener_options {
    void *zmq_context;
    const char *brokers; /* "host:port,host:port", the client port of each */
    const char *const
        *prefixes; /* of topics, ends with NULL; copied. Without any it connects nowhere */
    int hwm;       /* messages that may wait from each broker while nobody takes them */
    const struct certificate *own; /* borrowed, like the next */
    struct broker_keys *broker_keys;
};

/* NULL with a log line when brokers cannot be read. Ends with talloc_free, before its ZeroMQ
 * context does. */
struct listener *listener_new(const void *parent, const struct listener_options *options);

/* A message, and the frame that it points into: the caller's to close. Its word is
 *   FEED_PUBLISHED  an event, heartbeat or hint
 *   FEED_FOLLOWED   from now on this broker sends; the body is the journal's last heartbeat there, or empty: what was
 *                   published before, since the last connection, did not come
 *   FEED_LAGGED     this broker dropped something, whichever topic it was of */
struct listener_news {
    zmq_msg_t frame;
    struct feed_message message;
};

/* Takes the next message without waiting, and does what is due. Returns false if there is none. */
bool listener_next(struct listener *listener, struct listener_news *ret);

/* Does any broker let us follow?
 *   OK         one does
 *   NOT_FOUND  none has said so yet
 *   UNAUTHENTICATED, PERMISSION_DENIED …  no broker does, and this one of them said why: to our key or to a prefix.
 *              It is in the log; each is asked again every few seconds */
enum status listener_status(const struct listener *listener) MUST_CHECK;

/* As link_poll. Then call listener_next until it is false. */
size_t listener_poll(const struct listener *listener,
                     zmq_pollitem_t items[static LISTENER_POLL_MAX], long *wait_ms);
