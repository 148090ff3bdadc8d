/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.h - what one step of the core wants done: messages to send and notes for the log
 *
 * Whoever takes a message's frames (frames_send) leaves them empty; outbox_clear clears the others.
 */
#pragma once

#include "libcommon/base/log.h"
#include "libcommon/bus/certificate.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/ports.h"
#include "services/broker/held.h"

struct outbox_message {
    struct outbox_message *prev, *next;
    enum broker_port port; /* PORT_CLIENT or PORT_WORKER */
    struct frames frames;  /* first the routing id */
    struct held_account
        *untaken; /* of the caller that it goes to; NULL: nobody known. Good until the next tick */
};

struct outbox_note {
    struct outbox_note *prev, *next;
    enum log_level level;
    const char *event;  /* constant in snake_case */
    const char *fields; /* key=value pairs, safe to log as they are */
};

struct outbox {
    struct outbox_message *messages; /* in order */
    struct outbox_note *notes;
    char severed[CURVE_TEXT + 1]; /* key whose connections have to end; "": none */
};

struct outbox *outbox_create(const void *parent);
void outbox_clear(struct outbox *outbox);
void outbox_destroy(struct outbox **outbox);

/* A new message at the end, to be filled. */
struct outbox_message *outbox_message(struct outbox *outbox, enum broker_port port);
/* Ends the connections of this key. */
void outbox_sever(struct outbox *outbox, const char *public_key);
void outbox_note(struct outbox *outbox, enum log_level level, const char *event, const char *format,
                 ...) PRINTF(4, 5);
