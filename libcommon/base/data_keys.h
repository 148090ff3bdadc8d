/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data_keys.h - the keys of a service's personal data: what is stored is sealed by them, what is
 * derived from it and stored is hashed with them, never without
 *
 * A file of 32-byte keys, each 64 hex digits, one a line; the first is number 1. The newest seals
 * and hashes, and its number is stored beside what it made; all of them open and compare. So a key
 * is only ever appended (data_keys_append, `jusha keys renew`), at most 255, and goes away no
 * sooner than the last thing that it made.
 *
 * The file is looked at again while the service runs, when it changed: a new key counts within two
 * seconds. Keys are taken up to the first line that is none; that one is refused by its number in
 * the log and in jusha_data_key_refused_line, and the keys that were read before go on. So they do
 * where a line that was there is another one now. Digits without a line's end between them, as
 * `cat` leaves them, are as many keys as they are times 64.
 *
 * Keys are kept in memory that is not swapped. Any thread, after data_keys_start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/settings.h"
#include "libcommon/base/status.h"

enum { DATA_KEY_BYTES = 32, DATA_KEYS_MAX = 255 };

struct data_key {
    uint8_t seal[DATA_KEY_BYTES]; /* as in the file */
    uint8_t hash[DATA_KEY_BYTES]; /* derived from it: one key, one purpose */
};

/* `data_key`, the path of the file. */
extern const struct setting data_key_settings[];

/* Reads the keys. False, logged: there is no such file, or no key in its first line. */
bool data_keys_start(void);

/* The number of the key that seals and hashes now, 1 to 255. */
int data_keys_newest(void);

/* Stays as it is until the process ends. NULL: there is no key of this number (yet). */
const struct data_key *data_keys_find(int number);

/* Appends a random key to the file, on a line of its own, and makes it with mode 600 if there is
 * none. UNAVAILABLE, with errno: it cannot be written. RESOURCE_EXHAUSTED: it has 255. */
enum status data_keys_append(const char *path) MUST_CHECK;
