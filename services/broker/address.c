/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - "service@street" taken apart and put together */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/text.h"
#include "services/broker/address.h"

static bool is_service_name(const char *text)
{
    return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(text);
}

bool address_parse(const void *data, size_t size, struct address *ret)
{
    char text[ADDRESS_NAME + 1];

    if (size == 0 || size > ADDRESS_NAME || memchr(data, 0, size))
        return false;
    memcpy(text, data, size);
    text[size] = 0;

    char *street = strchr(text, '@');
    if (street)
        *street++ = 0;
    if (!is_service_name(text) || strlen(text) > SERVICE_NAME || (street && !text_is_slug(street)))
        return false;
    snprintf(ret->service, sizeof ret->service, "%s", text);
    snprintf(ret->street, sizeof ret->street, "%s", street ? street : "");
    return true;
}

void address_format(const char *service, const char *street, char ret[static ADDRESS_NAME + 1])
{
    snprintf(ret, ADDRESS_NAME + 1, "%s%s%s", service, street[0] ? "@" : "", street);
}
