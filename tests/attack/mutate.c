/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate.c - valid messages of every port, broken by dice: bytes, lengths, frames, flags
 *
 * One of sixteen goes out as it is, so that the state behind the parsers is reached, too.
 */
/* NOLINTBEGIN(bugprone-not-null-terminated-result): bytes, no texts */
#include <string.h>

#include "bus_delivery.pb-c.h"
#include "bus_envelope.pb-c.h"
#include "libcommon/base/id.h"
#include "libcommon/bus/mdp.h"
#include "tests/attack/attack.h"

enum { ROOM = 4096, SEED_BYTES = 1024, MUTATIONS_MAX = 4 };

/* A message that is being broken. */
struct clay {
    size_t count;
    struct {
        uint8_t data[ROOM];
        size_t size;
    } frame[ATTACK_FRAMES_MAX];
};

static void add(struct clay *clay, const void *data, size_t size)
{
    memcpy(clay->frame[clay->count].data, data, size);
    clay->frame[clay->count++].size = size;
}

static void add_text(struct clay *clay, const char *text)
{
    add(clay, text, strlen(text));
}

/* ---- seeds ---- */

static size_t pack_header(const struct attack *attack, uint64_t n, uint8_t *ret)
{
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    Bus__Position position = BUS__POSITION__INIT, *after[] = {&position};
    char id[ID_CHARS + 1];

    id_new(id);
    memcpy(id + ID_CHARS - strlen(OWN_ID_END), OWN_ID_END, strlen(OWN_ID_END));
    header.request_id = id;
    header.street = (char *)attack->home;
    header.method = (char *)"jusha.registry.v1.RegistryService/ListUnits";
    header.timeout_ms = n % 3000;
    header.actor = n % 3 ? (char *)"" : id;
    position.service = (char *)"registry";
    position.seq = 1;
    header.after = after;
    header.n_after = n % 4 == 0;
    return bus__request_header__pack(&header, ret);
}

static void make_request(const struct attack *attack, uint64_t n, struct clay *clay)
{
    static const char *const services[] = {"registry@", "echo@", "selection@", "nobody@"};
    uint8_t packed[SEED_BYTES];
    char address[128];

    snprintf(address, sizeof address, "%s%s", services[n % 4], attack->home);
    if (n % 5 == 0)
        add_text(clay, "");
    add_text(clay, MDP_CLIENT);
    add_text(clay, "\1");
    add_text(clay, n % 7 ? address : "mmi.status");
    size_t size = pack_header(attack, n, packed);

    if (n % 6 == 0) { /* one body frame */
        uint8_t request[SEED_BYTES] = {0x0a, (uint8_t)(size | 0x80), (uint8_t)(size >> 7)};
        memcpy(request + 3, packed, size);
        add(clay, request, size + 3);
        return;
    }
    add(clay, packed, size);
    add(clay, "\x08\x32", 2);
}

static void make_work(const struct attack *attack, uint64_t n, struct clay *clay)
{
    static const char commands[] = "\1\1\4\3\4\5\6";
    Bus__Answer answer = BUS__ANSWER__INIT;
    uint8_t packed[SEED_BYTES], ticket[16] = "0123456789abcde";
    char command = commands[n % (sizeof commands - 1)];

    add_text(clay, MDP_WORKER);
    add(clay, &command, 1);
    if (command == MDP_WORKER_READY) {
        add_text(clay, n % 2 ? attack->certificate.name : "registry@harbour");
        if (n % 3)
            add_text(clay, "16");
    } else if (command == MDP_WORKER_FINAL || command == MDP_WORKER_PARTIAL) {
        answer.ticket = (ProtobufCBinaryData){sizeof ticket, ticket};
        answer.header = (ProtobufCBinaryData){5, (uint8_t *)"\x0a\x03"
                                                            "abc"};
        if (n % 2) {
            add(clay, packed, bus__answer__pack(&answer, packed));
            return;
        }
        add(clay, ticket, sizeof ticket);
        add_text(clay, "");
        add_text(clay, "\x0a\x01x");
        add_text(clay, "y");
    }
}

static void make_publication(const struct attack *attack, uint64_t n, struct clay *clay)
{
    static const char *const topics[] = {"/registry/UnitRegistered", "/registry/", ""};
    uint8_t frame[SEED_BYTES];
    int size = n % 4 ? snprintf((char *)frame, sizeof frame, "%s%s",
                                n % 2 ? attack->home : "!registry/", topics[n % 3])
                     : snprintf((char *)frame, sizeof frame, "?%s", attack->certificate.name);

    memcpy(frame + size, "\0\x0a\x04type\x12\x03url", 12);
    add(clay, frame, (size_t)size + 12);
}

static void make_follow(const struct attack *attack, uint64_t n, struct clay *clay)
{
    uint8_t frame[SEED_BYTES];
    int size =
        snprintf((char *)frame, sizeof frame, "%c%s/registry/", (char)(1 + n % 3), attack->home);

    if (n % 3 == 0) {
        memcpy(frame + size, "\0UnitRegistered\0UnitUpdated", 27);
        size += 27;
    }
    add(clay, frame, n % 3 == 2 ? 1 : (size_t)size);
}

static void (*const seeds[BROKER_PORTS])(const struct attack *, uint64_t, struct clay *) = {
    [PORT_CLIENT] = make_request,
    [PORT_WORKER] = make_work,
    [PORT_PUBLISH] = make_publication,
    [PORT_SUBSCRIBE] = make_follow,
};

/* ---- mutations ---- */

static void change_byte(uint8_t *data, size_t size, uint64_t dice)
{
    static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff, '@', '/', ' '};
    size_t at = size ? (dice >> 8) % size : 0;

    if (size == 0)
        return;
    if (dice % 3 == 0)
        data[at] = edges[(dice >> 40) % sizeof edges];
    else
        data[at] ^= (uint8_t)(1 << (dice >> 40) % 8);
}

/* A piece of the frame once more, behind itself: nesting, repeated fields, long texts. */
static void repeat(uint8_t *data, size_t *size, uint64_t dice)
{
    size_t piece = *size ? 1 + (dice >> 8) % *size : 0;
    unsigned times = 1 + (dice >> 40) % 64;

    for (; piece && times > 0 && *size + piece <= ROOM; times--) {
        memmove(data + *size, data + *size - piece, piece);
        *size += piece;
    }
}

static void drop_frame(struct clay *clay, size_t at)
{
    clay->count--;
    memmove(&clay->frame[at], &clay->frame[at + 1], (clay->count - at) * sizeof clay->frame[0]);
}

static void mutate(struct clay *clay, uint64_t dice)
{
    size_t at = (dice >> 16) % clay->count;
    uint8_t *data = clay->frame[at].data;
    size_t *size = &clay->frame[at].size;

    switch (dice % 8) {
    case 0:
    case 1:
    case 2:
        change_byte(data, *size, dice >> 3);
        break;
    case 3:
        *size = *size ? (dice >> 24) % *size : 0;
        break;
    case 4:
        repeat(data, size, dice >> 3);
        break;
    case 5:
        if (clay->count > 1)
            drop_frame(clay, at);
        break;
    case 6:
        if (clay->count < ATTACK_FRAMES_MAX)
            clay->frame[clay->count++] = clay->frame[at];
        break;
    default:
        *size = (dice >> 24) % ROOM; /* whatever lies behind */
    }
}

bool say_mutated(struct attack *attack, struct zmtp *zmtp, enum broker_port port, uint64_t n)
{
    static struct clay clay;
    uint64_t times = attack_dice(attack) % MUTATIONS_MAX;

    if (zmtp_pending(zmtp) > ATTACK_BYTES_MAX)
        return false;
    attack->has_mutated = true;
    clay.count = 0;
    seeds[port](attack, attack_dice(attack) >> 8, &clay);
    for (uint64_t i = 0; i <= times && n % 16; i++)
        mutate(&clay, attack_dice(attack));
    for (size_t i = 0; i < clay.count; i++) {
        uint64_t dice = attack_dice(attack);
        int flags = i + 1 < clay.count ? ZMTP_MORE : 0;

        if (dice % 8192 == 0)
            flags = (int)(dice >> 16) % 8; /* more, command, and what is neither */
        zmtp_send(zmtp, flags, clay.frame[i].data, clay.frame[i].size);
    }
    attack->tally.sent++;
    return true;
}
/* NOLINTEND(bugprone-not-null-terminated-result) */
