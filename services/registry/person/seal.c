/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c - personal data at rest, sealed by libsodium */
#include "services/registry/person/seal.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

enum {
    KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD_BYTES = 1 + NONCE_BYTES, /* before the ciphertext */
    LINE_BYTES = 256,
    KEYS_MAX = 255,
};

static const char *data_key;

const struct setting seal_settings[] = {
    {"data_key", SETTING_TEXT, &data_key, NULL, 1, 4000, "",
     "path of the file with the keys of personal data, 64 hex digits a line, the newest last"},
    {0},
};

static uint8_t keys[KEYS_MAX][KEY_BYTES]; /* the first line's is number 1 */
static int key_count;

/* ---- keys ---- */

static bool read_key(const char *line)
{
    const char *end;
    size_t size;

    return key_count < KEYS_MAX &&
           sodium_hex2bin(keys[key_count], KEY_BYTES, line, strlen(line), NULL, &size, &end) == 0 &&
           size == KEY_BYTES && strspn(end, "\r\n") == strlen(end);
}

static bool read_keys(FILE *file)
{
    char line[LINE_BYTES];
    bool good = true;

    for (key_count = 0; good && fgets(line, sizeof line, file); key_count += good)
        good = read_key(line);
    sodium_memzero(line, sizeof line);
    return good && key_count > 0 && !ferror(file);
}

bool seal_start(void)
{
    FILE *file = sodium_init() < 0 ? NULL : fopen(data_key, "re");

    sodium_mlock(keys, sizeof keys); /* not allowed everywhere */
    if (!file) {
        log_error("data_key_missing", "path=%s reason=\"it cannot be read\"", LOG_QUOTED(data_key));
        return false;
    }
    setvbuf(file, NULL, _IONBF, 0); /* no copy in a buffer */
    bool good = read_keys(file);
    fclose(file);
    if (!good)
        log_error("data_key_unfit", "path=%s line=%d reason=\"it must be 64 hex digits\"",
                  LOG_QUOTED(data_key), key_count + 1);
    return good;
}

/* ---- texts ---- */

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
        sealed[0] = (uint8_t)key_count;
        randombytes_buf(sealed + 1, NONCE_BYTES);
        crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + HEAD_BYTES, NULL, (const uint8_t *)text,
                                                   length, (const uint8_t *)owner, strlen(owner),
                                                   NULL, sealed + 1, keys[key_count - 1]);
        sodium_bin2hex(hex, 2 * size + 1, sealed, size);
    }
    talloc_free(owner);
    return hex;
}

/* -1 if it does not open. */
static int open_bytes(const uint8_t *sealed, size_t size, const char *owner, char *text)
{
    if (size < HEAD_BYTES + TAG_BYTES || sealed[0] < 1 || sealed[0] > key_count)
        return -1;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
        (uint8_t *)text, NULL, NULL, sealed + HEAD_BYTES, size - HEAD_BYTES, (const uint8_t *)owner,
        strlen(owner), sealed + 1, keys[sealed[0] - 1]);
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
