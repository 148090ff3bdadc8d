/* SPDX-License-Identifier: Apache-2.0 */
/* violation.h - which fields of a request broke which rule; becomes type.v1.Violation in the
 * reply */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/status.h"

enum { VIOLATIONS_MAX = 16, VIOLATION_PARAMS = 4 };

struct violation_param {
    const char *key; /* constant: "min", "max"; NULL: unused */
    int64_t value;
    const char *text; /* instead of the value: an id, a time, a constant; NULL */
};

struct violation {
    const char *field;   /* path from the request's top: "unit.name", "unit_ids[3]" */
    const char *rule;    /* constant: "length" */
    const char *message; /* one line */
    struct violation_param params[VIOLATION_PARAMS];
};

/* Violations beyond VIOLATIONS_MAX are dropped silently: 16 are enough to begin with. */
struct violations {
    size_t count;
    struct violation item[VIOLATIONS_MAX];
};

/* Texts are copied under parent, rule is not. Returns the new item to add params to, never NULL. */
struct violation *violation_add(const void *parent, struct violations *violations,
                                const char *field, const char *rule, const char *format, ...)
    PRINTF(5, 6);
