/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mdp.h - frames of Majordomo 0.2 (ZeroMQ RFC 18) around what is passed on
 *
 * Behind the ROUTER's routing id stand [""?] protocol command rest... The RFC dropped the leading
 * empty frame, most implementations send it: both are read, and a peer is answered in its own
 * style.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/bus/frames.h"
#include "libcommon/bus/mdp.h"

/* A peer of a ROUTER, in the style it speaks. */
struct mdp_peer {
    uint8_t id_size; /* bytes */
    uint8_t id[255];
    bool leading_empty;
};

struct mdp_message {
    struct mdp_peer peer;
    uint8_t command;
    size_t rest; /* index of the first frame behind the command; may be frames->count */
};

/* Who sent it, and in which style, whatever the rest is. frames has a routing id and more. */
void mdp_read_peer(struct frames *frames, struct mdp_peer *ret);
/* What stands where the protocol should: for the log, quoted. */
enum { MDP_PROTOCOL_TEXT = 16 };
void mdp_protocol(struct frames *frames, char ret[static MDP_PROTOCOL_TEXT]);
/* False: not this protocol. */
bool mdp_read(struct frames *frames, const char *protocol, struct mdp_message *ret);
/* Starts a message to a peer in its style; what follows the command is the caller's to add. */
void mdp_begin(struct frames *frames, const struct mdp_peer *to, const char *protocol,
               uint8_t command);
