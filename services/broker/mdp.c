/* SPDX-License-Identifier: Apache-2.0 */
/* mdp.c - read and write what stands before the body of a Majordomo message */
#include <string.h>

#include "services/broker/mdp.h"

bool mdp_read(struct frames *frames, const char *protocol, struct mdp_message *ret)
{
    size_t at = 1;

    if (frames->count < 3 || frames_size(frames, 0) == 0 ||
        frames_size(frames, 0) > sizeof ret->peer.id)
        return false;
    bool leading_empty = frames_size(frames, at) == 0;
    if (leading_empty)
        at++;
    if (frames->count < at + 2 || !frames_equal(frames, at, protocol, strlen(protocol)) ||
        frames_size(frames, at + 1) != 1)
        return false;

    ret->peer.leading_empty = leading_empty;
    ret->peer.id_size = (uint8_t)frames_size(frames, 0);
    memcpy(ret->peer.id, frames_data(frames, 0), ret->peer.id_size);
    ret->command = *(const uint8_t *)frames_data(frames, at + 1);
    ret->rest = at + 2;
    return true;
}

void mdp_begin(struct frames *frames, const struct mdp_peer *to, const char *protocol,
               uint8_t command)
{
    frames_add(frames, to->id, to->id_size);
    if (to->leading_empty)
        frames_add(frames, "", 0);
    frames_add_text(frames, protocol);
    frames_add(frames, &command, 1);
}
