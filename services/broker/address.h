/* SPDX-License-Identifier: Apache-2.0 */
/* address.h - a service name on the bus: "registry" or "registry@xiasha" */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SERVICE_NAME = 64, STREET_SLUG = 32, ADDRESS_NAME = SERVICE_NAME + 1 + STREET_SLUG };

struct address {
    char service[SERVICE_NAME + 1]; /* 1-64 of a-z, 0-9, '.', '_', '-', as in certificates */
    char street[STREET_SLUG + 1];   /* a slug, or "" */
};

/* False: not a name. */
bool address_parse(const void *data, size_t size, struct address *ret);
void address_format(const char *service, const char *street, char ret[static ADDRESS_NAME + 1]);
