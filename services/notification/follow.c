/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - the journals that notification follows
 *
 * What a row tells stands in rule/SERVICE_rules.c; its copies are the names that titles hold, who
 * is signed up where, and who left. An event's copy is stored before it is told.
 */
#include "services/notification/follow.h"

#include "registry_events.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_unit.pb-c.h"
#include "scheduling_activity.pb-c.h"
#include "scheduling_events.pb-c.h"
#include "scheduling_sign_up.pb-c.h"
#include "selection_events.pb-c.h"
#include "selection_programme.pb-c.h"
#include "selection_resource.pb-c.h"
#include "services/notification/rule/tell.h"

/* ---- names ---- */

#define KEEP_NAME(service, id)                                                                     \
    "INSERT INTO notification.named AS n (street, object_id, name, service, revision)"             \
    " VALUES (:street, :" id ", :name, '" service "', :revision)"                                  \
    " ON CONFLICT (street, object_id) DO UPDATE"                                                   \
    " SET name = excluded.name, revision = excluded.revision WHERE n.revision < excluded.revision"

STATEMENT(keep_unit, .sql = KEEP_NAME("registry", "unit_id"), .of = &registry__unit__descriptor);
STATEMENT(keep_programme, .sql = KEEP_NAME("selection", "programme_id"),
          .of = &selection__programme__descriptor);

/* And whose it is. */
#define KEEP_OWNED(service, id, name, unit_ids, of_street)                                         \
    "INSERT INTO notification.named AS n (street, object_id, name, community_id, unit_ids,"        \
    " of_street, service, revision) VALUES (:street, :" id ", :" name ", :community_id,"           \
    " " unit_ids ", " of_street ", '" service "', :revision)"                                      \
    " ON CONFLICT (street, object_id) DO UPDATE SET name = excluded.name,"                         \
    " community_id = excluded.community_id, unit_ids = excluded.unit_ids,"                         \
    " of_street = excluded.of_street, revision = excluded.revision"                                \
    " WHERE n.revision < excluded.revision"

STATEMENT(keep_resource,
          .sql = KEEP_OWNED("selection", "resource_id", "name", "array_remove(ARRAY[:unit_id], '')",
                            ":community_id = '' AND :unit_id = ''"),
          .of = &selection__resource__descriptor);
STATEMENT(keep_activity,
          .sql = KEEP_OWNED("scheduling", "activity_id", "title", ":unit_ids",
                            ":community_id = ''"),
          .of = &scheduling__activity__descriptor);

/* ---- people ---- */

STATEMENT(keep_sign_up,
          .sql = "INSERT INTO notification.sign_up AS u"
                 " (street, sign_up_id, occurrence_id, holder, status, revision)"
                 " VALUES (:street, :sign_up_id, :occurrence_id, :person_id, :status, :revision)"
                 " ON CONFLICT (street, sign_up_id) DO UPDATE"
                 " SET status = excluded.status, revision = excluded.revision"
                 " WHERE u.revision < excluded.revision",
          .of = &scheduling__sign_up__descriptor);
STATEMENT(keep_departed,
          .sql = "INSERT INTO notification.departed (street, holder) SELECT :street, :person_id"
                 " WHERE :status = 'LEFT' ON CONFLICT (street, holder) DO NOTHING",
          .of = &registry__person_facts__descriptor);

/* ---- before a copy is rebuilt ---- */

STATEMENT(forget_registry_names,
          .sql = "DELETE FROM notification.named WHERE street = :street AND service = 'registry'");
STATEMENT(forget_departed, .sql = "DELETE FROM notification.departed WHERE street = :street");
STATEMENT(forget_selection_names,
          .sql = "DELETE FROM notification.named WHERE street = :street AND service = 'selection'");
STATEMENT(
    forget_activities,
    .sql = "DELETE FROM notification.named WHERE street = :street AND service = 'scheduling'");
STATEMENT(forget_sign_ups, .sql = "DELETE FROM notification.sign_up WHERE street = :street");

/* ---- journals ---- */

#define TELL .react = tell

static const struct follow registry_events[] = {
    {&registry__unit_registered__descriptor, "unit", &keep_unit},
    {&registry__unit_updated__descriptor, "unit", &keep_unit},
    {&registry__unit_changed__descriptor, TELL},
    {&registry__agreement_lapsing__descriptor, TELL},
    {&registry__agreement_changed__descriptor, TELL},
    {&registry__person_changed__descriptor, "person", &keep_departed},
    {&registry__role_granted__descriptor, TELL},
    {&registry__role_grant_changed__descriptor, TELL},
    {&registry__community_changed__descriptor, TELL},
    {0},
};

static const struct follow selection_events[] = {
    {&selection__programme_created__descriptor, "programme", &keep_programme},
    {&selection__programme_updated__descriptor, "programme", &keep_programme},
    {&selection__programme_changed__descriptor, TELL},
    {&selection__tick_sheet_changed__descriptor, TELL},
    {&selection__resource_offered__descriptor, "resource", &keep_resource},
    {&selection__resource_updated__descriptor, "resource", &keep_resource},
    {&selection__need_raised__descriptor, TELL},
    {&selection__need_changed__descriptor, TELL},
    {&selection__need_claimed__descriptor, TELL},
    {&selection__claim_changed__descriptor, TELL},
    {&selection__claim_updated__descriptor, TELL},
    {&selection__claim_declined__descriptor, TELL},
    {&selection__project_started__descriptor, TELL},
    {&selection__project_updated__descriptor, TELL},
    {&selection__project_changed__descriptor, TELL},
    {&selection__project_declined__descriptor, TELL},
    {0},
};

static const struct follow scheduling_events[] = {
    {&scheduling__activity_created__descriptor, "activity", &keep_activity, TELL},
    {&scheduling__activity_updated__descriptor, "activity", &keep_activity, TELL},
    {&scheduling__activity_published__descriptor, "activity", &keep_activity, TELL},
    {&scheduling__activity_answered__descriptor, "activity", &keep_activity, TELL},
    {&scheduling__activity_cancelled__descriptor, "activity", &keep_activity, TELL},
    {&scheduling__occurrence_updated__descriptor, TELL},
    {&scheduling__occurrence_moved__descriptor, TELL},
    {&scheduling__occurrence_cancelled__descriptor, TELL},
    {&scheduling__resource_booked__descriptor, TELL},
    {&scheduling__booking_moved__descriptor, TELL},
    {&scheduling__booking_cancelled__descriptor, TELL},
    {&scheduling__signed_up__descriptor, "sign_up", &keep_sign_up, TELL},
    {&scheduling__waitlisted__descriptor, "sign_up", &keep_sign_up, TELL},
    {&scheduling__promoted__descriptor, "sign_up", &keep_sign_up, TELL},
    {&scheduling__sign_up_cancelled__descriptor, "sign_up", &keep_sign_up, TELL},
    {0},
};

const struct followed notification_follows[] = {
    {"registry", registry_events, FORGET(&forget_registry_names, &forget_departed)},
    {"selection", selection_events, FORGET(&forget_selection_names)},
    {"scheduling", scheduling_events, FORGET(&forget_sign_ups, &forget_activities)},
    {0},
};
