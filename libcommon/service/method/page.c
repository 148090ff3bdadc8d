/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - page tokens */
#include "libcommon/service/method/page.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/service/database/convert.h"

enum {
    PAGE_SIZE_DEFAULT = 50,
    FILTER_BYTES = 8,
    KEY_MAX = 200,
    TOKEN_VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

static void *field_at(const void *message, const ProtobufCMessageDescriptor *type, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(type, name);

    assert(field && "a list has page_size, page_token and next_page_token");
    return (char *)message + field->offset;
}

static char **token_of(const struct call *call)
{
    return field_at(call->request, call->endpoint->request, "page_token");
}

int page_size(const struct call *call)
{
    uint32_t size = *(uint32_t *)field_at(call->request, call->endpoint->request, "page_size");

    return size ? (int)size : PAGE_SIZE_DEFAULT;
}

/* The request's own memory is used to pack it without its page fields; they are put back. */
static void hash_filter(const struct call *call, uint8_t hash[static crypto_generichash_BYTES_MIN])
{
    uint32_t *size = field_at(call->request, call->endpoint->request, "page_size");
    char **token = token_of(call);
    uint32_t kept_size = *size;
    char *kept_token = *token;
    crypto_generichash_state state;

    *size = 0;
    *token = (char *)protobuf_c_empty_string;
    ProtobufCBinaryData filter = wire_pack(call, call->request);
    *size = kept_size;
    *token = kept_token;
    crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES_MIN);
    crypto_generichash_update(&state, (const uint8_t *)call->endpoint->name,
                              strlen(call->endpoint->name) + 1);
    crypto_generichash_update(&state, (const uint8_t *)call->street, strlen(call->street) + 1);
    crypto_generichash_update(&state, filter.data, filter.len);
    crypto_generichash_final(&state, hash, crypto_generichash_BYTES_MIN);
}

static enum status refuse(struct call *call)
{
    return call_fail(call, STATUS_INVALID_ARGUMENT, "page_token", "page_token",
                     "page_token is not one that this list gave for this filter");
}

enum status page_open(struct call *call)
{
    const struct paging *page = &call->endpoint->row->page;
    const char *token = *token_of(call);
    uint8_t bytes[FILTER_BYTES + KEY_MAX + 1], hash[crypto_generichash_BYTES_MIN];
    size_t size;

    call->page_after = page->first;
    if (!token[0])
        return STATUS_OK;
    if (sodium_base642bin(bytes, sizeof bytes - 1, token, strlen(token), NULL, &size, NULL,
                          TOKEN_VARIANT) != 0 ||
        size <= FILTER_BYTES)
        return refuse(call);
    hash_filter(call, hash);
    char *key =
        mem_check(talloc_strndup(call, (const char *)bytes + FILTER_BYTES, size - FILTER_BYTES));
    bool fits = page->first[0] ? text_is_uuid(key) : text_is_slug(key);
    if (memcmp(hash, bytes, FILTER_BYTES) != 0 || !fits)
        return refuse(call);
    call->page_after = key;
    return STATUS_OK;
}

void page_set_next(struct call *call, const PGresult *rows, int last_row)
{
    const char *column = call->endpoint->row->page.key;
    const char *key = column_text(call, rows, last_row, PQfnumber(rows, column));
    uint8_t bytes[FILTER_BYTES + KEY_MAX], hash[crypto_generichash_BYTES_MIN];
    size_t size = FILTER_BYTES + strlen(key);

    assert(size <= sizeof bytes);
    hash_filter(call, hash);
    memcpy(bytes, hash, FILTER_BYTES);
    memcpy(bytes + FILTER_BYTES, key, size - FILTER_BYTES);
    size_t text_size = sodium_base64_encoded_len(size, TOKEN_VARIANT);
    char *token = mem_bytes(call, text_size);
    sodium_bin2base64(token, text_size, bytes, size, TOKEN_VARIANT);
    *(char **)field_at(call->response, call->endpoint->response, "next_page_token") = token;
}
