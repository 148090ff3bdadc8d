/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id.c - UUIDv7: a moment and a counter that only grow, and text <-> bytes
 *
 * The newest moment and counter are kept under a lock. A clock that steps back a little, or a
 * counter that ran out within its millisecond, does not matter: the moment kept here stays or moves
 * on by itself. A clock that is set back is followed, as the order of ids is worth less than their
 * moment: services refuse a request_id that is minutes ahead of them. Where the order is worth
 * more, id_new_above counts on from the last one. The 48 random bits keep processes apart, and a
 * forked child from its parent.
 */
#include "libcommon/base/id.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"

enum { COUNTER_BITS = 26, COUNTER_MAX = (1 << COUNTER_BITS) - 1, VERSION = 7 };
enum { STEP_BACK_MAX_MS = 60000 }; /* well below what services take, 5 minutes */

struct stamp {
    int64_t ms;
    uint32_t counter;
};

struct entropy {
    uint8_t tail[6];       /* last 48 bits of an id */
    uint32_t counter_seed; /* first counter of a new millisecond */
} __attribute__((packed));

static void fill(struct entropy *entropy)
{
    if (getentropy(entropy, sizeof *entropy) != 0) {
        log_error("no_entropy", "action=abort");
        abort();
    }
}

/* A millisecond starts at a random counter below half of the range, so that ids cannot be guessed
 * from their neighbours and 33 million remain. */
static struct stamp next_stamp(uint32_t seed)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct stamp newest;
    int64_t now_ms = clock_unix_us() / 1000;

    pthread_mutex_lock(&lock);
    if (now_ms > newest.ms || now_ms < newest.ms - STEP_BACK_MAX_MS)
        newest = (struct stamp){now_ms, seed & (COUNTER_MAX >> 1)};
    else if (newest.counter < COUNTER_MAX)
        newest.counter++;
    else
        newest = (struct stamp){newest.ms + 1, seed & (COUNTER_MAX >> 1)};
    struct stamp stamp = newest;
    pthread_mutex_unlock(&lock);
    return stamp;
}

static void write_id(struct stamp stamp, const struct entropy *entropy,
                     char id[static ID_CHARS + 1])
{
    uint8_t bytes[16];

    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(stamp.ms >> (40 - 8 * i));
    bytes[6] = (uint8_t)(VERSION << 4 | stamp.counter >> 22);
    bytes[7] = (uint8_t)(stamp.counter >> 14);
    bytes[8] = (uint8_t)(0x80 | (stamp.counter >> 8 & 0x3F)); /* variant 10 */
    bytes[9] = (uint8_t)stamp.counter;
    memcpy(bytes + 10, entropy->tail, sizeof entropy->tail);
    id_format(bytes, id);
}

void id_new(char id[static ID_CHARS + 1])
{
    struct entropy entropy;

    fill(&entropy);
    write_id(next_stamp(entropy.counter_seed), &entropy, id);
}

/* Of a UUIDv7. */
static struct stamp stamp_of(const char *text)
{
    uint8_t bytes[16] = {0};

    (void)!id_parse(text, bytes);
    return (struct stamp){
        .ms = id_unix_ms(text),
        .counter = (uint32_t)(bytes[6] & 0x0F) << 22 | (uint32_t)bytes[7] << 14 |
                   (uint32_t)(bytes[8] & 0x3F) << 8 | bytes[9],
    };
}

void id_new_above(const char *floor, char id[static ID_CHARS + 1])
{
    struct entropy entropy;

    id_new(id);
    if (strcmp(id, floor) > 0 || id_unix_ms(floor) < 0)
        return;
    struct stamp stamp = stamp_of(floor);
    if (stamp.counter++ == COUNTER_MAX)
        stamp = (struct stamp){stamp.ms + 1, 0};
    fill(&entropy);
    write_id(stamp, &entropy, id);
}

int64_t id_unix_ms(const char *text)
{
    uint8_t bytes[16];
    int64_t ms = 0;

    if (id_parse(text, bytes) != 0 || bytes[6] >> 4 != VERSION || bytes[8] >> 6 != 2)
        return -1;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | bytes[i];
    return ms;
}

static bool is_dash_before(int byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void id_format(const uint8_t bytes[static 16], char id[static ID_CHARS + 1])
{
    static const char hex[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        if (is_dash_before(i))
            *id++ = '-';
        *id++ = hex[bytes[i] >> 4];
        *id++ = hex[bytes[i] & 15];
    }
    *id = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20; /* to lower case */
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int id_parse(const char *text, uint8_t bytes[static 16])
{
    uint8_t parsed[16];

    for (int i = 0; i < 16; i++) {
        if (is_dash_before(i) && *text++ != '-')
            return -1;
        int high = hex_value(text[0]);
        int low = high < 0 ? -1 : hex_value(text[1]); /* never past the text's end */
        if (low < 0)
            return -1;
        parsed[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text != '\0')
        return -1;
    memcpy(bytes, parsed, sizeof parsed);
    return 0;
}
