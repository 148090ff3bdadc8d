/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role_limits.h - how much of one broker a certificate may take, by its role
 *
 * A person needs little at a time, an office's programs more; what speaks for many (a gateway) is
 * not limited by itself but each person that it speaks for is. All of it counts per certificate,
 * however many connections it has, and per broker.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "bus_caller.pb-c.h"

struct limits {
    uint32_t per_second; /* messages in the long run; 0: no limit */
    uint32_t burst;      /* ... and at once */
    uint32_t unanswered; /* requests */
    uint32_t kib; /* of unanswered requests, and as much of answers that were not taken yet */
};

/* A role that is not known has what ROLE_UNSPECIFIED has. */
const struct limits *limits_of(Bus__Role role);
/* Of one person for whom a gateway asks: rate only. */
const struct limits *limits_of_actor(void);

enum {
    REQUEST_BYTES_MAX =
        24 * 1024 * 1024, /* of all unanswered requests; each counts its own record, too */
};
