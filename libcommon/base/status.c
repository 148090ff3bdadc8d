/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - the table of status.h, by number */
#include "libcommon/base/status.h"

#include <stddef.h>

static const struct {
    const char *name;
    int http_code;
} statuses[] = {
#define X(name, http) [STATUS_##name] = {#name, http},
    STATUSES(X)
#undef X
};

/* Numbers come from the wire, and the table has holes where gRPC has codes that we never answer. */
static size_t known(enum status status)
{
    size_t number = (size_t)status;

    if (number < sizeof statuses / sizeof statuses[0] && statuses[number].name)
        return number;
    return STATUS_UNKNOWN;
}

const char *status_name(enum status status)
{
    return statuses[known(status)].name;
}

int status_http_code(enum status status)
{
    return statuses[known(status)].http_code;
}
