/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - the journals that notification follows
 *
 * What a row tells stands in rule/SERVICE_rules.c; its copies are the names that titles hold, who is signed up where, and who
 * left. An event's copy is stored before it is told.
 */
#include "services/notification/follow.h"

#include "registry_events.pb-c.h"
#include "scheduling_events.pb-c.h"
#include "selection_events.pb-c.h"
#include "services/notification/rule/tell.h"

/* ---- names ---- */

#define KEEP_NAME(service)                                                                         \
    "INSERT INTO notification.named AS n (street, object_id, name, service, revision)"             \
    " VALUES ($1, $2, $3, '" service "', $4) ON CONFLICT (street, object_id) DO UPDATE"            \
    " SET name = excluded.name, revision = excluded.revision WHERE n.revision < excluded.revision"

static const struct db_stmt keep_unit = {
    .name = "keep_unit",
    .sql = KEEP_NAME("registry"),
    .bind = "unit_id, name, revision",
    .of = &registry__unit__descriptor,
};
static const struct db_stmt keep_programme = {
    .name = "keep_programme",
    .sql = KEEP_NAME("selection"),
    .bind = "programme_id, name, revision",
    .of = &selection__programme__descriptor,
};
static const struct db_stmt keep_resource = {
    .name = "keep_resource",
    .sql = KEEP_NAME("selection"),
    .bind = "resource_id, name, revision",
    .of = &selection__resource__descriptor,
};

/* ---- people ---- */

static const struct db_stmt keep_sign_up = {
    .name = "keep_sign_up",
    .sql = "INSERT INTO notification.sign_up AS u (street, sign_up_id, occurrence_id, holder,"
           " status, revision) VALUES ($1, $2, $3, $4, $5, $6)"
           " ON CONFLICT (street, sign_up_id) DO UPDATE SET status = excluded.status,"
           " revision = excluded.revision WHERE u.revision < excluded.revision",
    .bind = "sign_up_id, occurrence_id, person_id, status, revision",
    .of = &scheduling__sign_up__descriptor,
};
static const struct db_stmt keep_departed = {
    .name = "keep_departed",
    .sql = "INSERT INTO notification.departed (street, holder) SELECT $1, $2 WHERE $3 = 'LEFT'"
           " ON CONFLICT (street, holder) DO NOTHING",
    .bind = "person_id, status",
    .of = &registry__person_facts__descriptor,
};

/* ---- before a copy is made anew ---- */

static const struct db_stmt forget_registry_names = {
    .name = "forget_registry_names",
    .sql = "DELETE FROM notification.named WHERE street = $1 AND service = 'registry'",
};
static const struct db_stmt forget_departed = {
    .name = "forget_departed",
    .sql = "DELETE FROM notification.departed WHERE street = $1",
};
static const struct db_stmt forget_selection_names = {
    .name = "forget_selection_names",
    .sql = "DELETE FROM notification.named WHERE street = $1 AND service = 'selection'",
};
static const struct db_stmt forget_sign_ups = {
    .name = "forget_sign_ups",
    .sql = "DELETE FROM notification.sign_up WHERE street = $1",
};

/* ---- journals ---- */

#define TELL .react = tell, .statements = tell_statements

static const struct follow registry_events[] = {
    {&registry__unit_registered__descriptor, "unit", &keep_unit},
    {&registry__unit_updated__descriptor, "unit", &keep_unit},
    {&registry__unit_changed__descriptor, TELL},
    {&registry__agreement_lapsing__descriptor, TELL},
    {&registry__agreement_changed__descriptor, TELL},
    {&registry__person_changed__descriptor, "person", &keep_departed},
    {&registry__role_granted__descriptor, TELL},
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
    {&selection__need_claimed__descriptor, TELL},
    {&selection__claim_changed__descriptor, TELL},
    {&selection__project_started__descriptor, TELL},
    {0},
};

static const struct follow scheduling_events[] = {
    {&scheduling__activity_published__descriptor, TELL},
    {&scheduling__activity_cancelled__descriptor, TELL},
    {&scheduling__occurrence_moved__descriptor, TELL},
    {&scheduling__occurrence_cancelled__descriptor, TELL},
    {&scheduling__booking_cancelled__descriptor, TELL},
    {&scheduling__signed_up__descriptor, "sign_up", &keep_sign_up, TELL},
    {&scheduling__waitlisted__descriptor, "sign_up", &keep_sign_up, TELL},
    {&scheduling__promoted__descriptor, "sign_up", &keep_sign_up, TELL},
    {&scheduling__sign_up_cancelled__descriptor, "sign_up", &keep_sign_up, TELL},
    {0},
};

const struct followed notification_follows[] = {
    {"registry", registry_events, STATEMENTS(&forget_registry_names, &forget_departed)},
    {"selection", selection_events, STATEMENTS(&forget_selection_names)},
    {"scheduling", scheduling_events, STATEMENTS(&forget_sign_ups)},
    {0},
};
