/* SPDX-License-Identifier: Apache-2.0 */
/* raw_peer.c - the client's half of the CURVE handshake (RFC 26), as a story in four messages */
#include "tests/broker/raw_peer.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <sodium.h>
#include <zmq.h>

#include "tests/broker/bed.h"

enum { KEY = 32, NONCE = 24, MAC = 16, COOKIE = 96, METADATA_MAX = 400 };

struct raw {
    int fd;
    uint8_t own[KEY], own_secret[KEY], server[KEY]; /* for long */
    uint8_t c[KEY], c_secret[KEY], s[KEY];          /* of this connection */
    uint8_t cookie[COOKIE];
};

static bool say(const struct raw *raw, const void *bytes, size_t size)
{
    return send(raw->fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool hear(const struct raw *raw, void *bytes, size_t size)
{
    return recv(raw->fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

/* A command's frame: flags 4, or 6 with a long size. */
static bool command(const struct raw *raw, const uint8_t *body, size_t size)
{
    uint8_t front[9] = {size > 255 ? 6 : 4, (uint8_t)size};

    if (size > 255) {
        memset(front + 1, 0, 8);
        front[7] = (uint8_t)(size >> 8);
        front[8] = (uint8_t)size;
    }
    return say(raw, front, size > 255 ? 9 : 2) && say(raw, body, size);
}

static void nonce_of(uint8_t nonce[static NONCE], const char *prefix, const uint8_t *rest)
{
    size_t length = strlen(prefix);

    memcpy(nonce, prefix, length); /* NOLINT(bugprone-not-null-terminated-result): bytes, no text */
    memcpy(nonce + length, rest, NONCE - length);
}

static bool greet(const struct raw *raw)
{
    uint8_t ours[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};
    uint8_t theirs[64];

    return say(raw, ours, sizeof ours) && hear(raw, theirs, sizeof theirs);
}

static bool hello(struct raw *raw)
{
    static const uint8_t count[8] = {0, 0, 0, 0, 0, 0, 0, 1}, zeros[64];
    uint8_t body[200] = "\x05HELLO\x01", nonce[NONCE];

    crypto_box_keypair(raw->c, raw->c_secret);
    memcpy(body + 80, raw->c, KEY);
    memcpy(body + 112, count, sizeof count);
    nonce_of(nonce, "CurveZMQHELLO---", count);
    return crypto_box_easy(body + 120, zeros, sizeof zeros, nonce, raw->server, raw->c_secret) ==
               0 &&
           command(raw, body, sizeof body);
}

static bool welcome(struct raw *raw)
{
    uint8_t body[2 + 168], plain[KEY + COOKIE], nonce[NONCE];

    if (!hear(raw, body, sizeof body) || memcmp(body + 2, "\x07WELCOME", 8) != 0)
        return false;
    nonce_of(nonce, "WELCOME-", body + 10);
    if (crypto_box_open_easy(plain, body + 26, sizeof plain + MAC, nonce, raw->server,
                             raw->c_secret) != 0)
        return false;
    memcpy(raw->s, plain, KEY);
    memcpy(raw->cookie, plain + KEY, COOKIE);
    return true;
}

static size_t property(uint8_t *at, const char *name, const void *value, size_t size)
{
    size_t length = strlen(name);

    at[0] = (uint8_t)length;
    memcpy(at + 1, name, length); /* NOLINT(bugprone-not-null-terminated-result): counted */
    memset(at + 1 + length, 0, 3);
    at[4 + length] = (uint8_t)size;
    memcpy(at + 5 + length, value, size);
    return 5 + length + size;
}

static bool initiate(struct raw *raw, const void *id, size_t id_size)
{
    static const uint8_t count[8] = {0, 0, 0, 0, 0, 0, 0, 2};
    uint8_t body[9 + COOKIE + 8 + MAC + KEY + 96 + METADATA_MAX] = "\x08INITIATE";
    uint8_t plain[KEY + 96 + METADATA_MAX], vouch[2 * KEY], nonce[NONCE], *at = plain;

    memcpy(vouch, raw->c, KEY);
    memcpy(vouch + KEY, raw->server, KEY);
    memcpy(at, raw->own, KEY);
    randombytes_buf(at + KEY, 16);
    nonce_of(nonce, "VOUCH---", at + KEY);
    if (crypto_box_easy(at + KEY + 16, vouch, sizeof vouch, nonce, raw->s, raw->own_secret) != 0)
        return false;
    at += KEY + 96;
    at += property(at, "Socket-Type", "DEALER", 6);
    at += property(at, "Identity", id, id_size);
    memcpy(body + 9, raw->cookie, COOKIE);
    memcpy(body + 9 + COOKIE, count, sizeof count);
    nonce_of(nonce, "CurveZMQINITIATE", count);
    size_t size = (size_t)(at - plain);

    return crypto_box_easy(body + 9 + COOKIE + 8, plain, size, nonce, raw->s, raw->c_secret) == 0 &&
           command(raw, body, 9 + COOKIE + 8 + MAC + size);
}

/* READY when it is let in; an ERROR, or nothing and the end, when not. */
static bool ready(const struct raw *raw)
{
    uint8_t front[2 + 6];

    return hear(raw, front, sizeof front) && memcmp(front + 2, "\x05READY", 6) == 0;
}

int raw_peer(int port, const struct certificate *own, const char *server_key, const void *id,
             size_t id_size)
{
    struct timeval limit = {.tv_sec = 5};
    struct raw raw = {.fd = bed_tcp(port)};

    assert_true(id_size <= 255);
    zmq_z85_decode(raw.own, own->public_key);
    zmq_z85_decode(raw.own_secret, own->secret_key);
    zmq_z85_decode(raw.server, server_key);
    if (raw.fd == -1)
        return -1;
    setsockopt(raw.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (greet(&raw) && hello(&raw) && welcome(&raw) && initiate(&raw, id, id_size) && ready(&raw))
        return raw.fd;
    close(raw.fd);
    return -1;
}
