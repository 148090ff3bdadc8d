/* SPDX-License-Identifier: Apache-2.0 */
/* packed_event.c - just enough protobuf to find a number and an id; field numbers are those of the
 * contract */
#include "libcommon/bus/packed_event.h"

#include <string.h>

/* Kinds of fields on the wire: https://protobuf.dev/programming-guides/encoding */
enum { VARINT = 0, FIXED64 = 1, PREFIXED = 2, FIXED32 = 5 };

enum { EVENTS = 1 }; /* of a ReadResponse */

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

/* Behind the value of a field of this kind. False: it is cut off, or of a kind that no field
 * has. */
static bool take_value(struct bytes *in, uint64_t kind, struct bytes *ret)
{
    uint64_t size;

    switch (kind) {
    case VARINT:
        return read_varint(in, &size);
    case FIXED64:
        size = 8;
        break;
    case PREFIXED:
        if (!read_varint(in, &size))
            return false;
        break;
    case FIXED32:
        size = 4;
        break;
    default:
        return false;
    }
    if (size > (uint64_t)(in->end - in->at))
        return false;
    *ret = (struct bytes){in->at, in->at + size};
    in->at += size;
    return true;
}

/* The next length-prefixed field: all that leads to an event's number is of that kind, others are
 * passed over. False: none is left, and *in is at its end, or at what is no field. */
static bool next_field(struct bytes *in, uint64_t *ret_number, struct bytes *ret)
{
    struct bytes rest = *in;
    uint64_t tag;

    while (read_varint(&rest, &tag) && take_value(&rest, tag & 7, ret)) {
        *in = rest;
        *ret_number = tag >> 3;
        if ((tag & 7) == PREFIXED)
            return true;
    }
    return false;
}

bool packed_next_event(struct bytes *page, struct bytes *ret)
{
    uint64_t number;

    while (next_field(page, &number, ret))
        if (number == EVENTS)
            return true;
    return false;
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

    for (struct bytes entry; next_field(&event, &number, &entry);) {
        struct bytes part[3] = {0}, text;

        if (number != ATTRIBUTES)
            continue;
        for (struct bytes field; next_field(&entry, &number, &field);)
            if (number == KEY || number == VALUE)
                part[number] = field;
        if (part[KEY].at && equals(part[KEY], key) && next_field(&part[VALUE], &number, &text) &&
            number == CE_STRING)
            return text;
    }
    return (struct bytes){0};
}

struct point packed_event_point(struct bytes event)
{
    int64_t seq = read_sequence(find_attribute(event, "sequence"));
    struct point point = {.seq = seq > 0 ? seq : -1};
    uint64_t number;

    for (struct bytes field; next_field(&event, &number, &field);)
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
    int64_t count = 0, first = after + 1;

    while (packed_next_event(&page, &event)) {
        const struct point point = packed_event_point(event);

        if (count == 0 && point.seq > first)
            first = point.seq;
        if (point.seq != first + count)
            return -1;
        count++;
        *ret_first = first;
        *ret_last = point;
    }
    return page.at == page.end ? count : -1;
}
