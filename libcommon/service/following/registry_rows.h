/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_rows.h - which events of the registry carry a whole community or unit: rows for the
 * follow.c of whoever keeps copies of them
 *
 *   FOLLOW_UNITS(&copy_unit, ends_react),
 *
 * ends: the reaction to a change of status, or NULL.
 *
 * The table of the copy and the fields in it are the service's own.
 */
#pragma once

#include "libcommon/service/following/follow.h"
#include "registry_events.pb-c.h"

/* clang-format off */
#define FOLLOW_COMMUNITIES(copy, ends) \
    {&registry__community_created__descriptor, "community", copy}, \
    {&registry__community_updated__descriptor, "community", copy}, \
    {&registry__community_changed__descriptor, "community", copy, ends}
#define FOLLOW_UNITS(copy, ends) \
    {&registry__unit_registered__descriptor, "unit", copy}, \
    {&registry__unit_updated__descriptor, "unit", copy}, \
    {&registry__unit_changed__descriptor, "unit", copy, ends}
/* clang-format on */
