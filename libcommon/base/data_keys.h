/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data_keys.h - the keys of a service's personal data
 *
 * Personal data are stored only sealed by such a key; values derived from them are stored only as a
 * hash made with one.
 *
 * A file of 32-byte keys, each 64 hex digits, one a line; the first is number 1. The newest seals
 * and hashes, and its number is stored beside what it made; all of them open and compare. So keys
 * are only appended (data_keys_append, `jusha keys renew`), up to 255, and a key may go only when
 * everything that it made has gone.
 *
 * While the service runs a changed file is read again: a new key counts within two seconds. Keys
 * are taken up to the first line that is not a key; the log and jusha_data_key_refused_line tell
 * its number. If a key that was read before has changed or is missing, no new key is read, and they
 * tell that key's number. In both cases the keys that were read before stay in use. A line may hold
 * several keys, 64 digits each, as `cat` leaves files without a newline at their end.
 *
 * Keys are kept in memory that is not swapped, where the system allows it. Any thread, after
 * data_keys_start.
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
    uint8_t hash[DATA_KEY_BYTES]; /* derived from seal: one key, one purpose */
};

/* `data_key`, the path of the file. */
extern const struct setting data_key_settings[];

/* Reads the keys. Returns false, and logs why, if there is no such file or no key in its first
 * line. */
bool data_keys_start(void);

/* The number of the key that seals and hashes now, 1 to 255. */
int data_keys_newest(void);

/* The key of this number, borrowed: it stays as it is until the process ends. NULL: there is none
 * (yet). */
const struct data_key *data_keys_find(int number);

/* Appends a random key to the file, on a line of its own, and makes it with mode 600 if there is
 * none. UNAVAILABLE, with errno: the file cannot be written. RESOURCE_EXHAUSTED: it has 255
 * keys. FAILED_PRECONDITION: one of its lines is no key, and keys behind that line would not
 * count. */
enum status data_keys_append(const char *path) MUST_CHECK;

/* How many keys stand in a file, up to the first line that is none. -1 with errno: it cannot be
 * read. */
int data_keys_count(const char *path);
