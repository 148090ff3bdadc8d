/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - personal data at rest: phone numbers are stored sealed, each bound to its street and
 * person
 *
 * XChaCha20-Poly1305 (libsodium) with a random nonce; street and id are authenticated with it, so
 * that a sealed text copied into another row does not open there. The newest data key
 * (data_keys.h) seals, all of them open.
 *
 * A sealed text is hex, which columns store by decode(…, 'hex'): number of the key (one byte),
 * nonce (24), ciphertext and tag. Any thread.
 */
#pragma once

#include "libcommon/base/status.h"

/* A sealed copy under parent; "" stays "". */
char *seal_text(const void *parent, const char *text, const char *street, const char *id);

/* *ret_text is a copy under parent. INTERNAL: sealed for something else, by a key that is not
 * there, or damaged. */
enum status seal_open(const void *parent, const char *sealed, const char *street, const char *id,
                      char **ret_text) MUST_CHECK;
