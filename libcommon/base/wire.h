/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - is this a well-formed message of that type?
 *
 * protobuf-c lets pass what a contract forbids: invalid UTF-8, an embedded NUL (it cuts there),
 * enum numbers that nobody defined, a field with another wire type; and it recurses without limit.
 * This walks the bytes by the descriptor before protobuf-c sees them. A Timestamp must lie in the
 * years 1970-2199, whoever sends it, so that all code behind this can count with it. Unknown fields
 * pass (a newer caller may send them) as long as they are well-formed.
 *
 * Data and messages that come in are borrowed, what comes out is under `parent`. Any thread.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/violation.h"

enum { WIRE_DEPTH_MAX = 16, WIRE_ELEMENTS_MAX = 20000 };

/* OK, or INVALID_ARGUMENT with one violation more (its texts under parent): field is the path, rule
 * one of "wire_format" (truncated, bad tag, bad varint, group), "wire_type", "utf8", "nul", "enum",
 * "range" (a Timestamp), "depth", "elements" (more than WIRE_ELEMENTS_MAX fields in all). */
enum status wire_check(const void *parent, const ProtobufCMessageDescriptor *type,
                       const uint8_t *data, size_t size, struct violations *violations) MUST_CHECK;

/* wire_check, then unpack under parent with a counting allocator (40 x size + 64 KiB, at most 12
 * MiB). More than that is "elements" too. *ret_message is written on OK only. The message owns all
 * its parts: talloc_free or talloc_steal of it take everything, its parts are no talloc objects. */
enum status wire_unpack(const void *parent, const ProtobufCMessageDescriptor *type,
                        const uint8_t *data, size_t size, struct violations *violations,
                        ProtobufCMessage **ret_message) MUST_CHECK;

/* The first length-prefixed field of this number at the top of a message, as far as the bytes are
 * well-formed: for what has to be found in a message that is no good. *ret points into data. False:
 * there is none. */
bool wire_find(const uint8_t *data, size_t size, uint32_t number, ProtobufCBinaryData *ret);

/* Packed bytes under parent. */
ProtobufCBinaryData wire_pack(const void *parent, const ProtobufCMessage *message);

/* A deep copy under parent (packed and unpacked again). message is valid. */
void *wire_copy(const void *parent, const ProtobufCMessage *message);

/* A new, empty message under parent. */
void *wire_new(const void *parent, const ProtobufCMessageDescriptor *type);
