/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c - personal data at rest, sealed by libsodium */
#include "services/registry/person/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "libcommon/base/data_keys.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

enum {
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD_BYTES = 1 + NONCE_BYTES, /* before the ciphertext */
};

static_assert(DATA_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a data key seals");

/* What a sealed text belongs to. */
static char *owner_of(const void *parent, const char *street, const char *id)
{
    return mem_printf(parent, "%s/%s", street, id);
}

char *seal_text(const void *parent, const char *text, const char *street, const char *id)
{
    char *owner = owner_of(parent, street, id);
    size_t length = strlen(text), size = HEAD_BYTES + length + TAG_BYTES;
    uint8_t *sealed = mem_bytes(owner, size);
    char *hex = mem_bytes(parent, 2 * size + 1);

    hex[0] = '\0';
    if (length > 0) {
        int newest = data_keys_newest();
        sealed[0] = (uint8_t)newest;
        randombytes_buf(sealed + 1, NONCE_BYTES);
        crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + HEAD_BYTES, NULL, (const uint8_t *)text,
                                                   length, (const uint8_t *)owner, strlen(owner),
                                                   NULL, sealed + 1, data_keys_find(newest)->seal);
        sodium_bin2hex(hex, 2 * size + 1, sealed, size);
    }
    talloc_free(owner);
    return hex;
}

/* -1 if it does not open. */
static int open_bytes(const uint8_t *sealed, size_t size, const char *owner, char *text)
{
    const struct data_key *key = size < HEAD_BYTES + TAG_BYTES ? NULL : data_keys_find(sealed[0]);

    if (!key)
        return -1;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
        (uint8_t *)text, NULL, NULL, sealed + HEAD_BYTES, size - HEAD_BYTES, (const uint8_t *)owner,
        strlen(owner), sealed + 1, key->seal);
}

enum status seal_open(const void *parent, const char *sealed, const char *street, const char *id,
                      char **ret_text)
{
    char *owner = owner_of(parent, street, id);
    size_t digits = strlen(sealed), size = 0;
    uint8_t *bytes = mem_bytes(owner, digits / 2 + 1);
    char *text = mem_array(parent, char, digits / 2 + 1); /* zeros: longer than what is in it */

    int opened = sodium_hex2bin(bytes, digits / 2 + 1, sealed, digits, NULL, &size, NULL);
    if (opened == 0 && size > 0)
        opened = open_bytes(bytes, size, owner, text);
    talloc_free(owner);
    if (opened != 0) {
        log_error("unsealing_failed", "street=%s id=%s", street, id);
        return STATUS_INTERNAL;
    }
    *ret_text = text;
    return STATUS_OK;
}
