/* SPDX-License-Identifier: Apache-2.0 */
/* mdp.c - read and write what stands before the body of a Majordomo message */
#include <string.h>

#include "services/broker/route/mdp.h"

void mdp_read_peer(struct frames *frames, struct mdp_peer *ret)
{
    size_t size = frames_size(frames, 0);

    ret->leading_empty = frames->count > 1 && frames_size(frames, 1) == 0;
    ret->id_size = (uint8_t)(size < sizeof ret->id ? size : sizeof ret->id);
    memcpy(ret->id, frames_data(frames, 0), ret->id_size);
}

void mdp_protocol(struct frames *frames, char ret[static MDP_PROTOCOL_TEXT])
{
    size_t at = frames->count > 1 && frames_size(frames, 1) == 0 ? 2 : 1;
    size_t size = at < frames->count ? frames_size(frames, at) : 0;

    if (size >= MDP_PROTOCOL_TEXT)
        size = MDP_PROTOCOL_TEXT - 1;
    if (size > 0)
        memcpy(ret, frames_data(frames, at), size);
    ret[size] = '\0';
}

bool mdp_read(struct frames *frames, const char *protocol, struct mdp_message *ret)
{
    size_t at;

    if (frames->count < 3 || frames_size(frames, 0) == 0 ||
        frames_size(frames, 0) > sizeof ret->peer.id)
        return false;
    mdp_read_peer(frames, &ret->peer);
    at = ret->peer.leading_empty ? 2 : 1;
    if (frames->count < at + 2 || !frames_equal(frames, at, protocol, strlen(protocol)) ||
        frames_size(frames, at + 1) != 1)
        return false;
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
