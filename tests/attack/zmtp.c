/* SPDX-License-Identifier: Apache-2.0 */
/* zmtp.c - greeting, frames and the course of the handshake; zmtp_curve.c has the boxes */
/* NOLINTBEGIN(bugprone-not-null-terminated-result): bytes, no texts */
#include "tests/attack/zmtp.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "tests/attack/zmtp_curve.h"

enum { GREETING = 64, IN_MAX = 1024 * 1024, READ = 64 * 1024, WAIT_FOR_MAX = 1024 };
enum { FLAG_MORE = 0x01, FLAG_LONG = 0x02, FLAG_COMMAND = 0x04 };

/* Bytes that wait: from..to of data. */
struct bytes {
    uint8_t *data;
    size_t from, to, room;
};

struct zmtp {
    struct zmtp_way way;
    struct curve curve;
    int fd;
    enum zmtp_stage stage;
    struct bytes in, out;
    size_t frames; /* of the message that is being read, where they lie in `in` */
    struct {
        size_t at, size;
    } frame[ZMTP_FRAMES_MAX];
    size_t scanned; /* of `in`: how far frames were taken apart */
};

bool zmtp_keys_of(const struct certificate *certificate, struct zmtp_keys *ret)
{
    return zmq_z85_decode(ret->public_key, certificate->public_key) &&
           zmq_z85_decode(ret->secret_key, certificate->secret_key);
}

/* ---- bytes ---- */

/* Room for so many more at the end. */
static uint8_t *reserve(struct zmtp *zmtp, struct bytes *bytes, size_t size)
{
    if (bytes->room - bytes->to < size) {
        bytes->room = 2 * (bytes->to + size);
        bytes->data = mem_check(talloc_realloc_size(zmtp, bytes->data, bytes->room));
    }
    return bytes->data + bytes->to;
}

/* Drops what is done with. */
static void compact(struct bytes *bytes)
{
    if (bytes->from == 0)
        return;
    memmove(bytes->data, bytes->data + bytes->from, bytes->to - bytes->from);
    bytes->to -= bytes->from;
    bytes->from = 0;
}

/* What a frame begins with; returns its bytes. */
static size_t frame_head(uint8_t ret[static 9], int flags, size_t size)
{
    uint64_t large = htobe64(size);

    if (size <= UINT8_MAX) {
        ret[0] = (uint8_t)flags;
        ret[1] = (uint8_t)size;
        return 2;
    }
    ret[0] = (uint8_t)(flags | FLAG_LONG);
    memcpy(ret + 1, &large, sizeof large);
    return 9;
}

void zmtp_write(struct zmtp *zmtp, const void *bytes, size_t size)
{
    memcpy(reserve(zmtp, &zmtp->out, size), bytes, size);
    zmtp->out.to += size;
}

static void write_command(struct zmtp *zmtp, const void *body, size_t size)
{
    uint8_t head[9] = {0};
    size_t head_size = frame_head(head, FLAG_COMMAND, size);

    zmtp_write(zmtp, head, head_size);
    zmtp_write(zmtp, body, size);
}

bool zmtp_send(struct zmtp *zmtp, int flags, const void *data, size_t size)
{
    uint8_t head[9] = {0};

    if (zmtp->stage != ZMTP_OPEN || zmtp_pending(zmtp) > ZMTP_PENDING_MAX)
        return false;
    zmtp_write(zmtp, head, frame_head(head, 0, size + CURVE_MESSAGE));
    curve_seal(&zmtp->curve, (uint8_t)flags, data, size,
               reserve(zmtp, &zmtp->out, size + CURVE_MESSAGE));
    zmtp->out.to += size + CURVE_MESSAGE;
    return true;
}

/* ---- handshake ---- */

static void write_greeting(struct zmtp *zmtp)
{
    uint8_t greeting[GREETING] = {0xff, [9] = 0x7f, [10] = 3}; /* ZMTP 3.0 */

    memcpy(greeting + 12, "CURVE", 5);
    zmtp_write(zmtp, greeting, sizeof greeting);
}

static size_t add_property(uint8_t *at, const char *name, const void *value, size_t size)
{
    uint32_t large = htonl((uint32_t)size);
    size_t length = strlen(name);

    *at++ = (uint8_t)length;
    memcpy(at, name, length);
    memcpy(at + length, &large, sizeof large);
    memcpy(at + length + sizeof large, value, size);
    return 1 + length + sizeof large + size;
}

static size_t make_metadata(const struct zmtp_way *way, uint8_t ret[static CURVE_METADATA_MAX])
{
    size_t size = add_property(ret, "Socket-Type", way->socket_type, strlen(way->socket_type));

    if (way->identity_size)
        size += add_property(ret + size, "Identity", way->identity, way->identity_size);
    return size;
}

static bool stays(const struct zmtp *zmtp)
{
    return zmtp->way.stay_at && zmtp->stage == zmtp->way.stay_at;
}

static void take_greeting(struct zmtp *zmtp, const uint8_t *greeting)
{
    uint8_t hello[CURVE_HELLO];

    if (greeting[0] != 0xff || greeting[9] != 0x7f || memcmp(greeting + 12, "CURVE", 6) != 0) {
        zmtp->stage = ZMTP_ENDED;
        return;
    }
    curve_hello(&zmtp->curve, hello);
    write_command(zmtp, hello, sizeof hello);
    zmtp->stage = ZMTP_HELLO;
}

/* A command before the connection is open. */
static void take_command(struct zmtp *zmtp, const uint8_t *command, size_t size)
{
    uint8_t metadata[CURVE_METADATA_MAX], initiate[CURVE_INITIATE_MAX];

    if (size >= 6 && memcmp(command, "\5ERROR", 6) == 0) {
        zmtp->stage = ZMTP_REFUSED;
    } else if (zmtp->stage == ZMTP_HELLO) {
        size = curve_initiate(&zmtp->curve, command, size, metadata,
                              make_metadata(&zmtp->way, metadata), initiate);
        write_command(zmtp, initiate, size);
        zmtp->stage = size ? ZMTP_INITIATE : ZMTP_ENDED;
    } else {
        zmtp->stage = curve_is_ready(&zmtp->curve, command, size) ? ZMTP_OPEN : ZMTP_ENDED;
    }
}

/* The frame at `at` of `in`: where its body lies. False: not all of it is there yet, or the
 * connection has ended. */
static bool find_frame(struct zmtp *zmtp, size_t at, size_t *ret_body, size_t *ret_size)
{
    const uint8_t *data = zmtp->in.data + at;
    size_t there = zmtp->in.to - at;
    uint64_t size;

    if (there < 2 || (data[0] & FLAG_LONG && there < 9))
        return false;
    if (data[0] & FLAG_LONG) {
        memcpy(&size, data + 1, sizeof size);
        size = be64toh(size);
    } else {
        size = data[1];
    }
    size_t head = data[0] & FLAG_LONG ? 9 : 2;

    if (size > IN_MAX)
        zmtp->stage = ZMTP_ENDED;
    if (size > IN_MAX || there - head < size)
        return false;
    *ret_body = at + head;
    *ret_size = size;
    return true;
}

static void shake_hands(struct zmtp *zmtp)
{
    struct bytes *in = &zmtp->in;
    size_t body, size;

    if (zmtp->stage == ZMTP_OPEN || zmtp->way.raw)
        return;
    if (zmtp->stage == ZMTP_GREETING && in->to - in->from >= GREETING && !stays(zmtp)) {
        take_greeting(zmtp, in->data + in->from);
        in->from += GREETING;
    }
    while (zmtp->stage != ZMTP_GREETING && zmtp->stage < ZMTP_OPEN && !stays(zmtp) &&
           find_frame(zmtp, in->from, &body, &size)) {
        take_command(zmtp, in->data + body, size);
        in->from = body + size;
    }
    zmtp->scanned = in->from;
}

/* ---- the connection ---- */

/* The machine itself, and the networks that ops/faults makes within it
 * (tests/faults/namespaces.py). */
static bool may_be_attacked(struct in_addr address)
{
    uint32_t number = ntohl(address.s_addr);

    return number >> 24 == 127 || number >> 16 == (10 << 8 | 77);
}

struct zmtp *zmtp_open(const void *parent, const struct zmtp_way *way)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)way->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (way->address && inet_pton(AF_INET, way->address, &address.sin_addr) != 1)
        return NULL;
    if (!may_be_attacked(address.sin_addr))
        return NULL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd == -1)
        return NULL;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1 && errno != EINPROGRESS) {
        close(fd);
        return NULL;
    }
    struct zmtp *zmtp = mem_new(parent, struct zmtp);

    zmtp->way = *way;
    zmtp->fd = fd;
    curve_begin(&zmtp->curve, way->own, way->server_key);
    if (way->raw)
        zmtp_write(zmtp, way->raw, strlen(way->raw));
    else
        write_greeting(zmtp);
    return zmtp;
}

void zmtp_close(struct zmtp **zmtp)
{
    if (!*zmtp)
        return;
    close((*zmtp)->fd);
    talloc_free(*zmtp);
    *zmtp = NULL;
}

static bool may_pass(ssize_t done)
{
    return done == -1 && (errno == EAGAIN || errno == EINTR || errno == EINPROGRESS);
}

/* False: the connection is gone. So with read_in. */
static bool write_out(struct zmtp *zmtp)
{
    struct bytes *out = &zmtp->out;
    size_t end = out->to;
    bool goes_on = true;

    if (zmtp->way.drip && end - out->from > zmtp->way.drip)
        end = out->from + zmtp->way.drip;
    while (out->from < end) {
        ssize_t done = send(zmtp->fd, out->data + out->from, end - out->from, MSG_NOSIGNAL);

        if (done == -1) {
            goes_on = may_pass(done);
            break;
        }
        out->from += (size_t)done;
    }
    compact(out);
    return goes_on;
}

/* What was given is gone now: the rest moves to the beginning, and with it what is known of where
 * it lies. */
static void forget_given(struct zmtp *zmtp)
{
    size_t by = zmtp->in.from;

    for (size_t i = 0; i < zmtp->frames; i++)
        zmtp->frame[i].at -= by;
    zmtp->scanned -= by;
    compact(&zmtp->in);
}

static bool read_in(struct zmtp *zmtp)
{
    struct bytes *in = &zmtp->in;

    forget_given(zmtp);

    while (in->to - in->from < IN_MAX + 9) {
        ssize_t done = recv(zmtp->fd, reserve(zmtp, in, READ), READ, 0);

        if (done <= 0)
            return may_pass(done);
        in->to += (size_t)done;
    }
    return true;
}

enum zmtp_stage zmtp_run(struct zmtp *zmtp, bool reads)
{
    bool goes_on = true;

    if (zmtp->stage > ZMTP_OPEN)
        return zmtp->stage;
    if (reads) {
        goes_on = read_in(zmtp);
        shake_hands(zmtp); /* what came before an end, too: it may say why */
    }
    if (zmtp->stage <= ZMTP_OPEN && (!goes_on || !write_out(zmtp)))
        zmtp->stage = ZMTP_ENDED;
    return zmtp->stage;
}

enum zmtp_stage zmtp_stage(const struct zmtp *zmtp)
{
    return zmtp->stage;
}

size_t zmtp_pending(const struct zmtp *zmtp)
{
    return zmtp->out.to - zmtp->out.from;
}

/* ---- messages ---- */

/* PING: name, two bytes of time to live, then what PONG repeats. */
static void answer_ping(struct zmtp *zmtp, const uint8_t *command, size_t size)
{
    uint8_t pong[5 + 16] = "\4PONG";

    if (size < 7 || size > 7 + 16 || memcmp(command, "\4PING", 5) != 0)
        return;
    memcpy(pong + 5, command + 7, size - 7);
    zmtp_send(zmtp, ZMTP_COMMAND, pong, 5 + size - 7);
}

static void give(struct zmtp *zmtp, struct zmtp_message *ret)
{
    ret->count = zmtp->frames;
    for (size_t i = 0; i < zmtp->frames; i++) {
        ret->frame[i].data = zmtp->in.data + zmtp->frame[i].at;
        ret->frame[i].size = zmtp->frame[i].size;
    }
    zmtp->in.from = zmtp->scanned; /* gone with the next call */
    zmtp->frames = 0;
}

bool zmtp_next(struct zmtp *zmtp, struct zmtp_message *ret)
{
    struct bytes *in = &zmtp->in;
    size_t body, size, plain_size;
    uint8_t flags;

    while (find_frame(zmtp, zmtp->scanned, &body, &size)) {
        const uint8_t *plain =
            curve_unseal(&zmtp->curve, in->data + body, size, &flags, &plain_size);

        zmtp->scanned = body + size;
        if (!plain || zmtp->frames == ZMTP_FRAMES_MAX) {
            zmtp->stage = ZMTP_ENDED;
            return false;
        }
        if (flags & ZMTP_COMMAND) {
            answer_ping(zmtp, plain, plain_size);
            continue;
        }
        zmtp->frame[zmtp->frames].at = (size_t)(plain - in->data);
        zmtp->frame[zmtp->frames++].size = plain_size;
        if (!(flags & ZMTP_MORE)) {
            give(zmtp, ret);
            return true;
        }
    }
    return false;
}

void zmtp_wait(struct zmtp *const *zmtps, size_t count, int wait_ms)
{
    struct pollfd fds[WAIT_FOR_MAX];
    nfds_t used = 0;

    for (size_t i = 0; i < count && used < WAIT_FOR_MAX; i++)
        if (zmtps[i] && zmtps[i]->stage <= ZMTP_OPEN)
            fds[used++] = (struct pollfd){
                .fd = zmtps[i]->fd,
                .events = (short)(POLLIN | (zmtp_pending(zmtps[i]) ? POLLOUT : 0)),
            };
    poll(fds, used, wait_ms);
}

bool zmtp_shake_hands(struct zmtp *zmtp, int64_t wait_ms)
{
    int64_t end_ms = clock_monotonic_ms() + wait_ms;

    while (zmtp_run(zmtp, true) < ZMTP_OPEN && clock_monotonic_ms() < end_ms)
        zmtp_wait(&zmtp, 1, 100);
    return zmtp->stage == ZMTP_OPEN;
}
/* NOLINTEND(bugprone-not-null-terminated-result) */
