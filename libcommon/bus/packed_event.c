/* SPDX-License-Identifier: Apache-2.0 */
/* packed_event.c - just enough protobuf to find a number; field numbers are those of the
 * contract */
#include "libcommon/bus/packed_event.h"

#include <string.h>

static bool read_varint(struct bytes *in, uint64_t *ret)
{
    uint64_t value = 0;

    for (int shift = 0; in->at < in->end && shift < 64; shift += 7) {
        uint8_t byte = *in->at++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    return false;
}

bool packed_next_field(struct bytes *in, uint64_t *ret_number, struct bytes *ret)
{
    uint64_t tag, size;

    if (!read_varint(in, &tag) || (tag & 7) != 2 || !read_varint(in, &size) ||
        size > (uint64_t)(in->end - in->at))
        return false;
    *ret_number = tag >> 3;
    *ret = (struct bytes){in->at, in->at + size};
    in->at += size;
    return true;
}

/* 20 digits; -1 if it is not that. */
static int64_t read_sequence(struct bytes text)
{
    uint64_t seq = 0;

    if (text.end - text.at != 20)
        return -1;
    for (; text.at < text.end; text.at++) {
        if (*text.at < '0' || *text.at > '9' || seq > INT64_MAX / 10 - 1)
            return -1;
        seq = seq * 10 + (uint64_t)(*text.at - '0');
    }
    return (int64_t)seq;
}

int64_t packed_event_seq(struct bytes event)
{
    enum { ATTRIBUTES = 5, KEY = 1, VALUE = 2, CE_STRING = 3 };
    static const char key[] = "sequence";
    uint64_t number;

    for (struct bytes entry; packed_next_field(&event, &number, &entry);) {
        struct bytes part[3] = {0}, text;

        if (number != ATTRIBUTES)
            continue;
        for (struct bytes field; packed_next_field(&entry, &number, &field);)
            if (number == KEY || number == VALUE)
                part[number] = field;
        if (part[KEY].end - part[KEY].at != sizeof key - 1 ||
            memcmp(part[KEY].at, key, sizeof key - 1) != 0)
            continue;
        if (!packed_next_field(&part[VALUE], &number, &text) || number != CE_STRING)
            return -1;
        int64_t seq = read_sequence(text);

        return seq > 0 ? seq : -1;
    }
    return -1;
}

int64_t packed_page_check(struct bytes page, int64_t after, int64_t *ret_first)
{
    struct bytes event;
    uint64_t number;
    int64_t count = 0, first = after + 1;

    while (page.at < page.end) {
        if (!packed_next_field(&page, &number, &event) || number != 1)
            return -1;
        int64_t seq = packed_event_seq(event);

        if (count == 0 && seq > first)
            first = seq;
        if (seq != first + count)
            return -1;
        count++;
    }
    *ret_first = first;
    return count;
}
