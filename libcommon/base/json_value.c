/* SPDX-License-Identifier: Apache-2.0 */
/* json_value.c - single values out of JSON, each with its range; and how reading fails */
#include "libcommon/base/json_value.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/json_shape.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"

struct json_spot json_enter(const struct json_spot *outer, const char *name)
{
    return (struct json_spot){outer->reader, outer, name, -1, outer->depth};
}

/* Keys come from outside and are valid UTF-8: what is cut must stay so. */
static int shown_bytes(const char *name)
{
    size_t bytes = strnlen(name, 100);

    while (bytes > 0 && ((uint8_t)name[bytes] & 0xC0) == 0x80)
        bytes--;
    return (int)bytes;
}

static char *path_of(const struct json_spot *spot)
{
    const void *parent = spot->reader->parent;

    if (!spot->name)
        return mem_text(parent, "");
    char *outer = path_of(spot->outer);
    char *path = mem_printf(parent, "%s%s%.*s", outer, *outer ? "." : "", shown_bytes(spot->name),
                            spot->name);
    return spot->index < 0 ? path : mem_printf(parent, "%s[%ld]", path, spot->index);
}

bool json_fail(const struct json_spot *spot, const char *rule, const char *message)
{
    const char *path = path_of(spot);

    (void)violation_add(spot->reader->parent, spot->reader->violations, path, rule, "%s %s",
                        *path ? path : "the message", message);
    return false;
}

static bool fail_range(const struct json_spot *spot)
{
    return json_fail(spot, "range", "is too large or too small");
}

static bool read_digits(const struct json_spot *spot, const char *digits, uint64_t *ret)
{
    if (!*digits || digits[strspn(digits, "0123456789")] != '\0')
        return json_fail(spot, "type", "must be a whole number");
    errno = 0;
    *ret = strtoull(digits, NULL, 10);
    return errno == 0 || fail_range(spot);
}

/* A JSON number or string as sign and magnitude; 1e3 and 5.0 are whole numbers too. */
static bool read_magnitude(const struct json_spot *spot, const json_t *json, bool *ret_negative,
                           uint64_t *ret)
{
    double amount = json_is_real(json) ? fabs(json_real_value(json)) : 0;
    const char *text = json_string_value(json);

    if (json_is_integer(json)) {
        json_int_t value = json_integer_value(json);
        *ret_negative = value < 0;
        *ret = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        return true;
    }
    if (text) {
        *ret_negative = *text == '-';
        return read_digits(spot, text + *ret_negative, ret);
    }
    if (!json_is_real(json))
        return json_fail(spot, "type", "must be a whole number");
    if (amount >= 0x1p64)
        return fail_range(spot);
    if ((double)(uint64_t)amount != amount)
        return json_fail(spot, "type", "must be a whole number");
    *ret_negative = json_real_value(json) < 0;
    *ret = (uint64_t)amount;
    return true;
}

bool json_read_integer(const struct json_spot *spot, const json_t *json, ProtobufCType type,
                       void *element)
{
    const struct json_integer *integer = &json_integers[type];
    bool negative = false;
    uint64_t magnitude = 0;

    if (!read_magnitude(spot, json, &negative, &magnitude))
        return false;
    if (magnitude > (negative ? integer->most_below_zero : integer->most))
        return fail_range(spot);
    uint64_t value = negative ? 0 - magnitude : magnitude; /* two's complement */
    if (integer->bytes == 4)
        *(uint32_t *)element = (uint32_t)value;
    else
        *(uint64_t *)element = value;
    return true;
}

static bool read_real_text(const struct json_spot *spot, const char *text, double *ret)
{
    static const struct {
        const char *text;
        double value;
    } names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    char *end = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].text) == 0) {
            *ret = names[i].value;
            return true;
        }
    if (!*text || text[strspn(text, "+-.0123456789eE")] != '\0')
        return json_fail(spot, "type", "must be a number");
    *ret = strtod(text, &end);
    if (*end != '\0')
        return json_fail(spot, "type", "must be a number");
    return !isinf(*ret) || fail_range(spot);
}

bool json_read_real(const struct json_spot *spot, const json_t *json, ProtobufCType type,
                    void *element)
{
    double value = json_number_value(json);

    if (json_is_string(json) && !read_real_text(spot, json_string_value(json), &value))
        return false;
    if (!json_is_string(json) && !json_is_number(json))
        return json_fail(spot, "type", "must be a number");
    if (type == PROTOBUF_C_TYPE_DOUBLE) {
        *(double *)element = value;
        return true;
    }
    if (isfinite(value) && fabs(value) > (double)FLT_MAX)
        return fail_range(spot);
    *(float *)element = (float)value;
    return true;
}

bool json_read_bool(const struct json_spot *spot, const json_t *json, void *element)
{
    if (!json_is_boolean(json))
        return json_fail(spot, "type", "must be true or false");
    *(protobuf_c_boolean *)element = json_is_true(json);
    return true;
}

bool json_read_enum(const struct json_spot *spot, const json_t *json,
                    const ProtobufCEnumDescriptor *type, void *element)
{
    int value = -1;

    if (json_is_string(json))
        value = types_enum_value(type, json_string_value(json));
    if (value == -1 && json_is_string(json) && spot->reader->lenient)
        value = 0;
    if (!json_is_string(json) && !json_read_integer(spot, json, PROTOBUF_C_TYPE_INT32, &value))
        return false;
    if (!protobuf_c_enum_descriptor_get_value(type, value))
        return json_fail(spot, "enum", "is a value that nobody defined");
    *(int *)element = value;
    return true;
}

bool json_read_text(const struct json_spot *spot, const json_t *json, const char **ret)
{
    const char *text = json_string_value(json);

    if (!text)
        return json_fail(spot, "type", "must be text");
    if (strlen(text) != json_string_length(json))
        return json_fail(spot, "utf8", "holds a NUL character");
    *ret = text;
    return true;
}

bool json_read_string(const struct json_spot *spot, const json_t *json, void *element)
{
    const char *text = "";

    if (!json_read_text(spot, json, &text))
        return false;
    *(char **)element = mem_text(spot->reader->memory, text);
    return true;
}

bool json_read_base64(const struct json_spot *spot, const json_t *json, void *element)
{
    ProtobufCBinaryData *bytes = element;
    const char *text = "";

    if (!json_read_text(spot, json, &text))
        return false;
    size_t length = strlen(text), room = length / 4 * 3 + 3;
    bool url_safe = strpbrk(text, "-_"), padded = length > 0 && text[length - 1] == '=';
    int variant =
        url_safe ? padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING
        : padded ? sodium_base64_VARIANT_ORIGINAL
                 : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    bytes->data = mem_bytes(spot->reader->memory, room);
    if (sodium_base642bin(bytes->data, room, text, length, NULL, &bytes->len, NULL, variant) != 0)
        return json_fail(spot, "base64", "is not base64");
    return true;
}
