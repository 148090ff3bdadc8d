/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.h - a body of our contract, in two frames (header, payload) or in one (Request, Reply)
 *
 * Libraries that know only one body frame send a Request and get a Reply; all others send and get
 * the two parts as frames of their own.
 */
#pragma once

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "libcommon/bus/frames.h"

/* The parts of the body that begins at frame `at`, where they stand. False: it is neither. */
bool body_open(struct frames *frames, size_t at, ProtobufCBinaryData *ret_header,
               ProtobufCBinaryData *ret_payload);
/* Adds the parts as two frames, or as one. */
void body_add(struct frames *frames, bool in_one, ProtobufCBinaryData header,
              ProtobufCBinaryData payload);

enum { BODY_ID = 64 /* bytes of a request_id that is echoed, whatever it is */ };

/* The request_id of a packed RequestHeader, as it was sent, also when the rest of it is no good; ""
 * if there is none that a reply could carry. */
void body_request_id(ProtobufCBinaryData header, char ret[static BODY_ID + 1]);
/* The same of a body of any shape, and of a message that only looks like a request: the first frame
 * from `at` on that holds an id. */
void body_find_id(struct frames *frames, size_t at, char ret[static BODY_ID + 1]);
