/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - personal data at rest: phone numbers are stored sealed, each bound to its street and
 * person
 *
 * XChaCha20-Poly1305 (libsodium) with a random nonce; street and id are authenticated with it, so
 * that a sealed text copied into another row does not open there. The keys stand in a file, one a
 * line, each 32 bytes as 64 hex digits: the last one seals, all of them open. To replace a key,
 * append a line and start again; a line never goes away as long as something is sealed by it. At
 * most 255 lines.
 *
 * A sealed text is hex, which columns store by decode(…, 'hex'): number of the key's line (one
 * byte), nonce (24), ciphertext and tag. Any thread, after seal_start.
 */
#pragma once

#include <stdbool.h>

#include "libcommon/base/settings.h"
#include "libcommon/base/status.h"

/* `data_key`, the path of the file. */
extern const struct setting seal_settings[];

/* Reads the keys. False, logged: there is no such file, or it is not what it should be. */
bool seal_start(void);

/* A sealed copy under parent; "" stays "". */
char *seal_text(const void *parent, const char *text, const char *street, const char *id);

/* *ret_text is a copy under parent. INTERNAL: sealed for something else, by a key that is not
 * there, or damaged. */
enum status seal_open(const void *parent, const char *sealed, const char *street, const char *id,
                      char **ret_text) MUST_CHECK;
