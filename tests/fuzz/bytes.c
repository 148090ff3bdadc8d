/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c - an input taken apart from its front */
#include "bytes.h"

uint8_t input_byte(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

const uint8_t *input_bytes(struct input *input, size_t size, size_t *ret_size)
{
    const uint8_t *bytes = input->at;
    size_t left = (size_t)(input->end - input->at);

    *ret_size = size < left ? size : left;
    input->at += *ret_size;
    return bytes;
}

void input_frame(struct input *input, struct frames *frames)
{
    size_t size, wanted = input_byte(input);
    const uint8_t *bytes = input_bytes(input, wanted, &size);

    frames_add(frames, bytes, size);
}

void input_frames(struct input *input, struct frames *frames, size_t most)
{
    size_t count = input_byte(input) % (most + 1);

    for (size_t i = 0; i < count; i++)
        input_frame(input, frames);
}
