/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zmtp_curve.h - the commands of a CURVE client (ZeroMQ RFC 26): HELLO, INITIATE, MESSAGE
 *
 *   curve_hello -> (WELCOME) curve_initiate -> (READY) curve_is_ready -> curve_seal, curve_unseal
 */
#pragma once

#include "tests/attack/zmtp.h"

enum {
    CURVE_HELLO = 200,
    CURVE_WELCOME = 168,
    CURVE_COOKIE = 96,
    CURVE_METADATA_MAX = 512,
    CURVE_INITIATE_MAX = 257 + CURVE_METADATA_MAX,
    CURVE_MESSAGE = 8 + 8 + 16 + 1, /* what MESSAGE adds to a frame: name, nonce, MAC, flags */
};

struct curve {
    const struct zmtp_keys *own;
    const uint8_t *server_key;
    struct zmtp_keys transient;
    uint8_t server_transient[ZMTP_KEY];
    uint8_t session[ZMTP_KEY]; /* of both transient keys */
    uint64_t nonce;            /* the last one of ours */
};

void curve_begin(struct curve *curve, const struct zmtp_keys *own, const uint8_t *server_key);
void curve_hello(struct curve *curve, uint8_t ret[static CURVE_HELLO]);
/* Reads WELCOME and makes INITIATE; its size, 0 when WELCOME is none. */
size_t curve_initiate(struct curve *curve, const uint8_t *welcome, size_t size,
                      const uint8_t *metadata, size_t metadata_size,
                      uint8_t ret[static CURVE_INITIATE_MAX]);
bool curve_is_ready(struct curve *curve, const uint8_t *command, size_t size);
/* ret has room for size + CURVE_MESSAGE bytes. */
void curve_seal(struct curve *curve, uint8_t flags, const void *data, size_t size, uint8_t *ret);
/* In place: flags and data of a MESSAGE. NULL: it is none of this session. */
const uint8_t *curve_unseal(struct curve *curve, uint8_t *message, size_t size, uint8_t *ret_flags,
                            size_t *ret_size);
