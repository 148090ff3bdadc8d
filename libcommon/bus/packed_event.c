/* SPDX-License-Identifier: Apache-2.0 */
/* packed_event.c - just enough protobuf to find a number and an id; field numbers are those of the
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

enum { ID = 1, ATTRIBUTES = 5, KEY = 1, VALUE = 2, CE_STRING = 3 };

static bool equals(struct bytes text, const char *other)
{
    size_t size = strlen(other);

    return (size_t)(text.end - text.at) == size && memcmp(text.at, other, size) == 0;
}

/* Text of an attribute; empty if there is none. */
static struct bytes find_attribute(struct bytes event, const char *key)
{
    uint64_t number;

    for (struct bytes entry; packed_next_field(&event, &number, &entry);) {
        struct bytes part[3] = {0}, text;

        if (number != ATTRIBUTES)
            continue;
        for (struct bytes field; packed_next_field(&entry, &number, &field);)
            if (number == KEY || number == VALUE)
                part[number] = field;
        if (part[KEY].at && equals(part[KEY], key) &&
            packed_next_field(&part[VALUE], &number, &text) && number == CE_STRING)
            return text;
    }
    return (struct bytes){0};
}

struct point packed_event_point(struct bytes event)
{
    int64_t seq = read_sequence(find_attribute(event, "sequence"));
    struct point point = {.seq = seq > 0 ? seq : -1};
    uint64_t number;

    for (struct bytes field; packed_next_field(&event, &number, &field);)
        if (number == ID && field.end - field.at == ID_CHARS) {
            memcpy(point.event_id, field.at, ID_CHARS);
            break;
        }
    return point;
}

bool packed_event_follows(struct bytes event, const struct point *predecessor)
{
    struct bytes named = find_attribute(event, "predecessor");

    return named.at == named.end || !predecessor->event_id[0] ||
           equals(named, predecessor->event_id);
}

int64_t packed_page_check(struct bytes page, int64_t after, int64_t *ret_first,
                          struct point *ret_last)
{
    struct bytes event;
    uint64_t number;
    int64_t count = 0, first = after + 1;

    while (page.at < page.end) {
        if (!packed_next_field(&page, &number, &event) || number != 1)
            return -1;
        const struct point point = packed_event_point(event);

        if (count == 0 && point.seq > first)
            first = point.seq;
        if (point.seq != first + count)
            return -1;
        count++;
        *ret_first = first;
        *ret_last = point;
    }
    return count;
}
