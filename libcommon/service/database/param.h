/* SPDX-License-Identifier: Apache-2.0 */
/* param.h - the value of a parameter of a statement */
#pragma once

#include <stdbool.h>

/* As libpq takes it; what data points at is borrowed. */
struct db_param {
    const char *data; /* NULL is NULL */
    int size;         /* of binary data, bytes */
    bool binary;
    const char *name; /* of what a sender gives beside the message */
};

/* (const struct db_param[]){NAMED(local, param_text(start)), …}: the value of the parameter
 * :local */
#define NAMED(parameter, value) db_named(#parameter, value)
static inline struct db_param db_named(const char *name, struct db_param value)
{
    value.name = name;
    return value;
}
