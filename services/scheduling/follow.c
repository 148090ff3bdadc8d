/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - what scheduling takes from the registry (communities, units, people) and from
 * selection (resources)
 *
 * Copies are kept of the few fields that the rules here look at. What follows of ends stands in
 * ends.c.
 */
#include "libcommon/service/following/registry_rows.h"
#include "registry_community.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_unit.pb-c.h"
#include "selection_events.pb-c.h"
#include "selection_resource.pb-c.h"
#include "services/scheduling/occurrence/rezone.h"
#include "services/scheduling/scheduling.h"

/* ---- copies ---- */

STATEMENT(copy_community,
          .sql = "INSERT INTO scheduling.community (street, community_id, status, revision, groups)"
                 " VALUES (:street, :community_id, :status, :revision, :groups)"
                 " ON CONFLICT (street, community_id) DO UPDATE"
                 " SET status = excluded.status, revision = excluded.revision,"
                 " groups = excluded.groups WHERE community.revision < excluded.revision",
          .of = &registry__community__descriptor);
STATEMENT(
    copy_unit,
    .sql = "INSERT INTO scheduling.unit (street, unit_id, status, revision, groups)"
           " VALUES (:street, :unit_id, :status, :revision, :groups) ON CONFLICT (street, unit_id)"
           " DO UPDATE SET status = excluded.status, revision = excluded.revision,"
           " groups = excluded.groups WHERE unit.revision < excluded.revision",
    .of = &registry__unit__descriptor);
STATEMENT(copy_person,
          .sql = "INSERT INTO scheduling.person (street, person_id, unit_id, status, revision)"
                 " VALUES (:street, :person_id, nullif(:unit_id, '')::uuid, :status, :revision)"
                 " ON CONFLICT (street, person_id) DO UPDATE"
                 " SET unit_id = excluded.unit_id, status = excluded.status,"
                 " revision = excluded.revision WHERE person.revision < excluded.revision",
          .of = &registry__person_facts__descriptor);
STATEMENT(copy_resource,
          .sql = "INSERT INTO scheduling.resource (street, resource_id, community_id, unit_id,"
                 " opening, conditions, conditions_version, status, revision)"
                 " VALUES (:street, :resource_id, nullif(:community_id, '')::uuid,"
                 " nullif(:unit_id, '')::uuid, :opening, :conditions, :conditions_version,"
                 " :status, :revision) ON CONFLICT (street, resource_id) DO UPDATE"
                 " SET community_id = excluded.community_id, unit_id = excluded.unit_id,"
                 " opening = excluded.opening, conditions = excluded.conditions,"
                 " conditions_version = excluded.conditions_version, status = excluded.status,"
                 " revision = excluded.revision WHERE resource.revision < excluded.revision",
          .of = &selection__resource__descriptor);

STATEMENT(forget_communities, .sql = "DELETE FROM scheduling.community WHERE street = :street");
STATEMENT(forget_units, .sql = "DELETE FROM scheduling.unit WHERE street = :street");
STATEMENT(forget_people, .sql = "DELETE FROM scheduling.person WHERE street = :street");
STATEMENT(forget_resources, .sql = "DELETE FROM scheduling.resource WHERE street = :street");

/* ---- the journals ---- */

static const struct follow registry_events[] = {
    {&registry__street_updated__descriptor, .react = occurrences_zone_changed},
    FOLLOW_COMMUNITIES(&copy_community, ends_react),
    FOLLOW_UNITS(&copy_unit, ends_react),
    {&registry__person_registered__descriptor, "person", &copy_person},
    {&registry__person_updated__descriptor, "person", &copy_person},
    {&registry__person_changed__descriptor, "person", &copy_person, ends_react},
    {0},
};

static const struct follow selection_events[] = {
    {&selection__resource_offered__descriptor, "resource", &copy_resource},
    {&selection__resource_updated__descriptor, "resource", &copy_resource},
    {&selection__resource_changed__descriptor, "resource", &copy_resource, ends_react},
    {0},
};

const struct followed scheduling_follows[] = {
    {"registry", registry_events, FORGET(&forget_communities, &forget_units, &forget_people)},
    {"selection", selection_events, FORGET(&forget_resources)},
    {0},
};
