/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_keys.h - the public keys by which a program knows the brokers: one, or two while they
 * change it
 *
 * broker.key has the present key (curve/public-key), and beside it the next one, made ahead
 * (curve/next-key), or the last one until some day (curve/last-key, metadata/last-until). A broker
 * has one of them; whose handshake does not succeed tries the other one. The file is read again
 * when it changed, so that no program has to be started again for it; what cannot be read leaves
 * the keys as they were. Any thread.
 */
#pragma once

#include "libcommon/bus/certificate.h"

enum { BROKER_KEYS_MAX = 2 };

struct broker_keys;

/* Those of this file. NULL with a log line if it cannot be read. Ends with talloc_free, after all
 * that use it. */
struct broker_keys *broker_keys_open(const void *parent, const char *path);
/* One key, of no file. */
struct broker_keys *broker_keys_of(const void *parent, const char *public_key);

/* How many there are now, 1 or 2. */
size_t broker_keys_count(struct broker_keys *keys);
/* The key of this try: 0 is the present one, 1 the other one if there is one, and so on by
 * turns. */
void broker_keys_pick(struct broker_keys *keys, unsigned try, char ret[static CURVE_TEXT + 1]);
