/* SPDX-License-Identifier: Apache-2.0 */
/* follow.c - what project selection takes from the registry: communities and units */
#include "libcommon/service/following/follow.h"

#include "registry_events.pb-c.h"
#include "services/selection/selection.h"

static const struct db_stmt copy_community = {
    .name = "copy_community",
    .sql = "INSERT INTO selection.community (street, community_id, name, status, revision)"
           " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (street, community_id) DO UPDATE SET"
           " name = excluded.name, status = excluded.status, revision = excluded.revision"
           " WHERE community.revision < excluded.revision",
    .bind = "community_id, name, status, revision",
    .of = &registry__community__descriptor,
};
static const struct db_stmt copy_unit = {
    .name = "copy_unit",
    .sql = "INSERT INTO selection.unit (street, unit_id, name, kind, status, revision)"
           " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (street, unit_id) DO UPDATE SET"
           " name = excluded.name, kind = excluded.kind, status = excluded.status,"
           " revision = excluded.revision WHERE unit.revision < excluded.revision",
    .bind = "unit_id, name, kind, status, revision",
    .of = &registry__unit__descriptor,
};
static const struct db_stmt forget_communities = {
    .name = "forget_communities",
    .sql = "DELETE FROM selection.community WHERE street = $1",
};
static const struct db_stmt forget_units = {
    .name = "forget_units",
    .sql = "DELETE FROM selection.unit WHERE street = $1",
};

static const struct follow registry_events[] = {
    {&registry__community_created__descriptor, "community", &copy_community},
    {&registry__community_updated__descriptor, "community", &copy_community},
    {&registry__community_changed__descriptor, "community", &copy_community},
    {&registry__unit_registered__descriptor, "unit", &copy_unit},
    {&registry__unit_updated__descriptor, "unit", &copy_unit},
    {&registry__unit_changed__descriptor, "unit", &copy_unit},
    {0},
};

const struct followed selection_follows[] = {
    {"registry", registry_events, STATEMENTS(&forget_communities, &forget_units)},
    {0},
};
