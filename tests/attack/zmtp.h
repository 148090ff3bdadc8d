/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zmtp.h - a peer of ZMTP 3 with CURVE (ZeroMQ RFC 23, 26) on a plain socket, which may do what
 * libzmq's never do
 *
 * It claims any routing id, stops in the middle of the handshake, sends frames of any flags and
 * bytes, reads nothing, or writes a byte at a time. It never leaves the machine. Nothing here waits
 * but zmtp_wait and zmtp_shake_hands:
 *
 *     zmtp_open -> zmtp_run (until the stage is ZMTP_OPEN) -> zmtp_send … zmtp_run … zmtp_next -> zmtp_close
 *
 * One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/bus/certificate.h"

enum {
    ZMTP_KEY = 32,
    ZMTP_FRAMES_MAX = 64,           /* of a received message; more end the connection */
    ZMTP_PENDING_MAX = 1024 * 1024, /* bytes that wait for the socket; zmtp_send refuses beyond */
};

/* What a connection waits for. */
enum zmtp_stage {
    ZMTP_GREETING, /* the other's greeting; ours is out */
    ZMTP_HELLO,    /* WELCOME; HELLO is out */
    ZMTP_INITIATE, /* READY; INITIATE is out */
    ZMTP_OPEN,     /* messages */
    ZMTP_REFUSED,  /* the other said ERROR: this key may not come in */
    ZMTP_ENDED,    /* the connection is gone, or spoke no ZMTP */
};

struct zmtp_keys {
    uint8_t public_key[ZMTP_KEY], secret_key[ZMTP_KEY];
};

/* False: the certificate has no such keys. */
bool zmtp_keys_of(const struct certificate *certificate, struct zmtp_keys *ret);

/* Where to, as whom, and how far. What it points to must live until the connection is open. */
struct zmtp_way {
    const char
        *address; /* IPv4, of this machine or of an enclosure of ops/faults; NULL: 127.0.0.1 */
    int port;
    const struct zmtp_keys *own;
    const uint8_t *server_key;
    const char *socket_type; /* "DEALER" */
    const void *identity;    /* the routing id that it claims */
    size_t identity_size;    /* 0: none */
    enum zmtp_stage
        stay_at;     /* goes no further than to this stage, though it could; 0: to the end */
    const char *raw; /* says this and no ZMTP at all; "" is silence; NULL: ZMTP */
    size_t drip;     /* bytes that one zmtp_run writes at most; 0: all that the socket takes */
};

struct zmtp;

/* NULL: nobody listens, no descriptor is left, or this address is none that may be attacked. */
struct zmtp *zmtp_open(const void *parent, const struct zmtp_way *way);
/* At once; what waits to be written is lost. *zmtp may be NULL. */
void zmtp_close(struct zmtp **zmtp);

/* Writes what waits and, if `reads`, reads what came, as far as it goes without waiting. */
enum zmtp_stage zmtp_run(struct zmtp *zmtp, bool reads);
/* Waits until it is open. False: it never will be, or not within wait_ms. */
bool zmtp_shake_hands(struct zmtp *zmtp, int64_t wait_ms);
enum zmtp_stage zmtp_stage(const struct zmtp *zmtp);
/* Bytes that the socket has not taken yet. */
size_t zmtp_pending(const struct zmtp *zmtp);

/* One encrypted frame. False: not open, or too much waits already. */
enum { ZMTP_MORE = 0x01, ZMTP_COMMAND = 0x02 };
bool zmtp_send(struct zmtp *zmtp, int flags, const void *data, size_t size);
/* Bytes as they are, at any stage. */
void zmtp_write(struct zmtp *zmtp, const void *bytes, size_t size);

struct zmtp_message {
    size_t count;
    struct {
        const uint8_t *data;
        size_t size;
    } frame[ZMTP_FRAMES_MAX];
};

/* The next message that was read; valid until the next call about this connection. PING is
 * answered, other commands are passed over. */
bool zmtp_next(struct zmtp *zmtp, struct zmtp_message *ret);

/* Waits until one of them (NULLs are passed over) can be read or, if it has something to write,
 * written. */
void zmtp_wait(struct zmtp *const *zmtps, size_t count, int wait_ms);
