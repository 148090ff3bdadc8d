/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_peer.h - a peer that speaks ZMTP 3 with CURVE by itself, so that it can claim what libzmq would not let it
 *
 * A routing id that begins with 0, as those that libzmq gives, and connections that never say anything.
 */
#pragma once

#include "libcommon/bus/certificate.h"

/* Connects to 127.0.0.1:port as a DEALER that claims this routing id. Returns its descriptor when it was let in, -1 when
 * not. The socket waits for 5 s at most. */
int raw_peer(int port, const struct certificate *own, const char *server_key, const void *id,
             size_t id_size);
