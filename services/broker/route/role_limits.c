/* SPDX-License-Identifier: Apache-2.0 */
/* role_limits.c - the table of role_limits.h */
#include "services/broker/route/role_limits.h"

#include <assert.h>

static const struct limits person = {.per_second = 20, .burst = 100, .unanswered = 64, .kib = 4096};

static const struct limits by_role[] = {
    [BUS__ROLE__ROLE_UNSPECIFIED] = {5, 20, 16, 1024},
    [BUS__ROLE__ROLE_OPERATOR] = {0, 0, 4096, 8192},
    [BUS__ROLE__ROLE_SERVICE] = {0, 0, 4096, 8192},
    [BUS__ROLE__ROLE_GATEWAY] = {0, 0, 8192, 16384},
    [BUS__ROLE__ROLE_STREET_STAFF] = {2000, 4000, 2048, 8192},
    [BUS__ROLE__ROLE_COMMUNITY_STAFF] = {50, 250, 128, 4096},
    [BUS__ROLE__ROLE_UNIT_CONTACT] = {20, 100, 64, 4096},
    [BUS__ROLE__ROLE_VOLUNTEER] = {20, 100, 64, 4096},
    [BUS__ROLE__ROLE_SHOP] = {20, 100, 64, 4096},
    [BUS__ROLE__ROLE_INTEGRATOR] = {500, 1000, 1024, 8192},
    [BUS__ROLE__ROLE_WORKER] = {20, 100, 64, 4096},
};
static_assert(sizeof by_role / sizeof *by_role == BUS__ROLE__VALUES, "a row for each role");

const struct limits *limits_of(Bus__Role role)
{
    return &by_role[(unsigned)role < BUS__ROLE__VALUES ? role : BUS__ROLE__ROLE_UNSPECIFIED];
}

const struct limits *limits_of_actor(void)
{
    return &person;
}
