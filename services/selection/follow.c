/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - what project selection takes from the registry: communities and units
 *
 * What follows of their ends stands in ends.c.
 */
#include "services/selection/follow.h"

#include "libcommon/service/following/registry_rows.h"
#include "registry_community.pb-c.h"
#include "registry_unit.pb-c.h"
#include "services/selection/contract.h"
#include "services/selection/ends.h"

STATEMENT(copy_community,
          .sql = "INSERT INTO selection.community (street, community_id, name, status, revision)"
                 " VALUES (:street, :community_id, :name, :status, :revision)"
                 " ON CONFLICT (street, community_id) DO UPDATE"
                 " SET name = excluded.name, status = excluded.status,"
                 " revision = excluded.revision WHERE community.revision < excluded.revision",
          .of = &registry__community__descriptor);
STATEMENT(copy_unit,
          .sql = "INSERT INTO selection.unit (street, unit_id, name, kind, status, revision)"
                 " VALUES (:street, :unit_id, :name, :kind, :status, :revision)"
                 " ON CONFLICT (street, unit_id) DO UPDATE"
                 " SET name = excluded.name, kind = excluded.kind, status = excluded.status,"
                 " revision = excluded.revision WHERE unit.revision < excluded.revision",
          .of = &registry__unit__descriptor);
STATEMENT(forget_communities, .sql = "DELETE FROM selection.community WHERE street = :street");
STATEMENT(forget_units, .sql = "DELETE FROM selection.unit WHERE street = :street");

static const struct follow registry_events[] = {
    FOLLOW_COMMUNITIES(&copy_community, ends_react),
    FOLLOW_UNITS(&copy_unit, ends_react),
    {0},
};

const struct followed selection_follows[] = {
    {"registry", registry_events, FORGET(&forget_communities, &forget_units)},
    {0},
};
