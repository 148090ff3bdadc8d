/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h - an input taken apart from its front; behind its end there are zeros */
#pragma once

#include "libcommon/bus/frames.h"
#include "target.h"

struct input {
    const uint8_t *at, *end;
};

uint8_t input_byte(struct input *input);

/* The next `size` bytes, or what is left of them. */
const uint8_t *input_bytes(struct input *input, size_t size, size_t *ret_size);

/* A frame: its size in one byte, and its bytes. */
void input_frame(struct input *input, struct frames *frames);

/* Up to `most` frames: their number in one byte, and the frames. */
void input_frames(struct input *input, struct frames *frames, size_t most);
