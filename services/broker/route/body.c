/* SPDX-License-Identifier: Apache-2.0 */
/* body.c - bodies of one and of two frames */
#include <assert.h>
#include <string.h>

#include "libcommon/base/text.h"
#include "libcommon/base/wire.h"
#include "services/broker/route/body.h"

/* Field numbers of Request and Reply, and of RequestHeader. */
enum { HEADER = 1, PAYLOAD = 2, REQUEST_ID = 1 };
enum { TAG = 1, LENGTH_MAX = 5, PREFIXED = 2, HEADER_BYTES_MAX = 16 * 1024 };

bool body_open(struct frames *frames, size_t at, ProtobufCBinaryData *ret_header,
               ProtobufCBinaryData *ret_payload)
{
    if (frames->count == at + 2) {
        *ret_header = frames_bytes(frames, at);
        *ret_payload = frames_bytes(frames, at + 1);
        return true;
    }
    if (frames->count != at + 1)
        return false;
    ProtobufCBinaryData whole = frames_bytes(frames, at);

    *ret_payload = (ProtobufCBinaryData){0};
    (void)wire_find(whole.data, whole.len, PAYLOAD, ret_payload); /* an empty one is not sent */
    return wire_find(whole.data, whole.len, HEADER, ret_header);
}

static uint8_t *write_part(uint8_t *at, int number, ProtobufCBinaryData part)
{
    size_t left = part.len;

    *at++ = (uint8_t)(number << 3 | PREFIXED);
    for (; left > 0x7f; left >>= 7)
        *at++ = (uint8_t)(left | 0x80);
    *at++ = (uint8_t)left;
    if (part.len > 0)
        memcpy(at, part.data, part.len);
    return at + part.len;
}

static size_t part_size(ProtobufCBinaryData part)
{
    size_t size = TAG + 1 + part.len;

    for (size_t left = part.len; left > 0x7f; left >>= 7)
        size++;
    return size;
}

void body_add(struct frames *frames, bool in_one, ProtobufCBinaryData header,
              ProtobufCBinaryData payload)
{
    if (!in_one) {
        frames_add(frames, header.data, header.len);
        frames_add(frames, payload.data, payload.len);
        return;
    }
    uint8_t *start = frames_add_room(frames, part_size(header) + part_size(payload));
    uint8_t *end = write_part(write_part(start, HEADER, header), PAYLOAD, payload);

    assert(end == start + part_size(header) + part_size(payload));
}

void body_request_id(ProtobufCBinaryData header, char ret[static BODY_ID + 1])
{
    ProtobufCBinaryData id;

    ret[0] = '\0';
    if (!wire_find(header.data, header.len, REQUEST_ID, &id) || id.len > BODY_ID ||
        text_characters((const char *)id.data, id.len) < 0)
        return;
    memcpy(ret, id.data, id.len);
    ret[id.len] = '\0';
}

void body_find_id(struct frames *frames, size_t at, char ret[static BODY_ID + 1])
{
    ProtobufCBinaryData inner;

    ret[0] = '\0';
    for (; at < frames->count && !ret[0]; at++) {
        ProtobufCBinaryData frame = frames_bytes(frames, at);

        if (frame.len > HEADER_BYTES_MAX)
            frame.len = HEADER_BYTES_MAX;
        body_request_id(frame, ret);
        if (!text_is_uuid(ret) && wire_find(frame.data, frame.len, HEADER, &inner))
            body_request_id(inner, ret);
        if (!text_is_uuid(ret)) /* a guess: only what is surely an id */
            ret[0] = '\0';
    }
}
