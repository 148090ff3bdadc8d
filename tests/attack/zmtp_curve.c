/* SPDX-License-Identifier: Apache-2.0 */
/* zmtp_curve.c - CURVE by libsodium's boxes; numbers of a nonce are big-endian */
/* NOLINTBEGIN(bugprone-not-null-terminated-result): bytes, no texts */
#include "tests/attack/zmtp_curve.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include <sodium.h>

enum { LONG_NONCE = 16, SHORT_NONCE = 8, MAC = crypto_box_MACBYTES };
static_assert(ZMTP_KEY == crypto_box_PUBLICKEYBYTES, "keys of Curve25519");

/* A nonce: a prefix of 16 bytes and a number, or one of 8 and 16 random bytes. */
struct nonce {
    uint8_t bytes[crypto_box_NONCEBYTES];
};

static struct nonce nonce_of(const char *prefix, const uint8_t *rest)
{
    struct nonce nonce;
    size_t size = strlen(prefix);

    memcpy(nonce.bytes, prefix, size);
    memcpy(nonce.bytes + size, rest, sizeof nonce.bytes - size);
    return nonce;
}

static void next_number(struct curve *curve, uint8_t ret[static SHORT_NONCE])
{
    uint64_t number = htobe64(++curve->nonce);

    memcpy(ret, &number, sizeof number);
}

void curve_begin(struct curve *curve, const struct zmtp_keys *own, const uint8_t *server_key)
{
    *curve = (struct curve){.own = own, .server_key = server_key};
    crypto_box_keypair(curve->transient.public_key, curve->transient.secret_key);
}

/* name, version 1.0, 72 zeros against amplification, key, number, box of 64 zeros */
void curve_hello(struct curve *curve, uint8_t ret[static CURVE_HELLO])
{
    static const uint8_t zeros[64];

    memset(ret, 0, CURVE_HELLO);
    memcpy(ret, "\5HELLO\1\0", 8);
    memcpy(ret + 80, curve->transient.public_key, ZMTP_KEY);
    next_number(curve, ret + 112);
    struct nonce nonce = nonce_of("CurveZMQHELLO---", ret + 112);

    assert(crypto_box_easy(ret + 120, zeros, sizeof zeros, nonce.bytes, curve->server_key,
                           curve->transient.secret_key) == 0);
}

/* Proves to the server that the transient key is of the owner of the other one. */
static void make_vouch(struct curve *curve, uint8_t ret[static LONG_NONCE + 2 * ZMTP_KEY + MAC])
{
    uint8_t keys[2 * ZMTP_KEY];

    memcpy(keys, curve->transient.public_key, ZMTP_KEY);
    memcpy(keys + ZMTP_KEY, curve->server_key, ZMTP_KEY);
    randombytes_buf(ret, LONG_NONCE);
    struct nonce nonce = nonce_of("VOUCH---", ret);

    assert(crypto_box_easy(ret + LONG_NONCE, keys, sizeof keys, nonce.bytes,
                           curve->server_transient, curve->own->secret_key) == 0);
}

/* name, cookie, number, box of key, vouch and metadata */
static size_t make_initiate(struct curve *curve, const uint8_t *cookie, const uint8_t *metadata,
                            size_t metadata_size, uint8_t *ret)
{
    enum { VOUCH = LONG_NONCE + 2 * ZMTP_KEY + MAC };
    uint8_t plain[ZMTP_KEY + VOUCH + CURVE_METADATA_MAX];
    size_t size = ZMTP_KEY + VOUCH + metadata_size;
    uint8_t *at = ret + 9;

    memcpy(plain, curve->own->public_key, ZMTP_KEY);
    make_vouch(curve, plain + ZMTP_KEY);
    memcpy(plain + ZMTP_KEY + VOUCH, metadata, metadata_size);
    memcpy(ret, "\10INITIATE", 9);
    memcpy(at, cookie, CURVE_COOKIE);
    at += CURVE_COOKIE;
    next_number(curve, at);
    struct nonce nonce = nonce_of("CurveZMQINITIATE", at);

    at += SHORT_NONCE;
    assert(crypto_box_easy_afternm(at, plain, size, nonce.bytes, curve->session) == 0);
    return (size_t)(at - ret) + MAC + size;
}

size_t curve_initiate(struct curve *curve, const uint8_t *welcome, size_t size,
                      const uint8_t *metadata, size_t metadata_size,
                      uint8_t ret[static CURVE_INITIATE_MAX])
{
    uint8_t plain[ZMTP_KEY + CURVE_COOKIE];

    if (size != CURVE_WELCOME || memcmp(welcome, "\7WELCOME", 8) != 0)
        return 0;
    struct nonce nonce = nonce_of("WELCOME-", welcome + 8);

    if (crypto_box_open_easy(plain, welcome + 8 + LONG_NONCE, sizeof plain + MAC, nonce.bytes,
                             curve->server_key, curve->transient.secret_key) != 0)
        return 0;
    memcpy(curve->server_transient, plain, ZMTP_KEY);
    if (crypto_box_beforenm(curve->session, curve->server_transient, curve->transient.secret_key) !=
        0)
        return 0;
    return make_initiate(curve, plain + ZMTP_KEY, metadata, metadata_size, ret);
}

bool curve_is_ready(struct curve *curve, const uint8_t *command, size_t size)
{
    enum { HEAD = 6 + SHORT_NONCE };
    uint8_t plain[CURVE_METADATA_MAX];

    if (size < HEAD + MAC || size - HEAD - MAC > sizeof plain || memcmp(command, "\5READY", 6) != 0)
        return false;
    struct nonce nonce = nonce_of("CurveZMQREADY---", command + 6);

    return crypto_box_open_easy_afternm(plain, command + HEAD, size - HEAD, nonce.bytes,
                                        curve->session) == 0;
}

void curve_seal(struct curve *curve, uint8_t flags, const void *data, size_t size, uint8_t *ret)
{
    uint8_t *box = ret + 8 + SHORT_NONCE;

    memcpy(ret, "\7MESSAGE", 8);
    next_number(curve, ret + 8);
    struct nonce nonce = nonce_of("CurveZMQMESSAGEC", ret + 8);

    box[0] = flags; /* libsodium lets both texts be at one place */
    if (size)
        memcpy(box + 1, data, size);
    assert(crypto_box_easy_afternm(box, box, size + 1, nonce.bytes, curve->session) == 0);
}

const uint8_t *curve_unseal(struct curve *curve, uint8_t *message, size_t size, uint8_t *ret_flags,
                            size_t *ret_size)
{
    uint8_t *box = message + 8 + SHORT_NONCE;

    if (size < CURVE_MESSAGE || memcmp(message, "\7MESSAGE", 8) != 0)
        return NULL;
    struct nonce nonce = nonce_of("CurveZMQMESSAGES", message + 8);

    if (crypto_box_open_easy_afternm(box, box, size - 8 - SHORT_NONCE, nonce.bytes,
                                     curve->session) != 0)
        return NULL;
    *ret_flags = box[0];
    *ret_size = size - CURVE_MESSAGE;
    return box + 1;
}
/* NOLINTEND(bugprone-not-null-terminated-result) */
