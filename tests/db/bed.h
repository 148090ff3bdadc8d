/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed.h - a service's methods on a real PostgreSQL, without the bus
 *
 * Calls are made of the frames that a broker would send, so they take the whole path from bytes to
 * reply. Needs what ops/lib/with-database exports. Each test has a street of its own. Which service
 * it is says the object file that is linked (bed_registry.c, …).
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/service/batch/batch.h"
#include "libcommon/service/batch/query.h"
#include "libcommon/service/call/call.h"
#include "libcommon/service/following/follower.h"
#include "libcommon/service/journal/journal.h"

extern const struct service *const bed_service;

struct bed {
    struct db_slot slot; /* role of the service */
    PGconn *admin;       /* superuser, no pipeline: looks behind row-level security */
    char street[40];
};

int bed_up(void **state);
int bed_down(void **state);

/* A second work thread's connection. */
struct db_slot bed_slot(struct bed *bed);

/* A call as the broker would hand it over, decoded and ready to run (or refused, see its status).
 * method is short: "RegisterUnit". request_id NULL makes a new one. */
struct call *bed_call_as(struct bed *bed, Bus__Role role, const char *street, const char *method,
                         const char *request_id, const char *json);
struct call *bed_call(struct bed *bed, const char *method, const char *json);
/* The same for a gateway's certificate that speaks for the actor. */
struct call *bed_call_for(struct bed *bed, const char *actor, const char *method, const char *json);
/* Any caller: role and name of the certificate, and whom it speaks for ("": itself). */
struct bed_caller {
    Bus__Role role;
    const char *name, *actor;
};
struct call *bed_call_by(struct bed *bed, struct bed_caller caller, const char *street,
                         const char *method, const char *request_id, const char *json);
void bed_free(struct call *call);

/* Runs one call and returns it. */
struct call *bed_run(struct bed *bed, struct call *call);

/* Runs and frees it; the outcome must be this, on this field and rule ("" for none). */
void bed_ok(struct bed *bed, const char *method, const char *json);
void bed_refused(struct bed *bed, const char *method, const char *json, enum status status,
                 const char *field, const char *rule);

/* JSON by format, written with ' for ". Lives as long as the bed, like all texts here. */
char *bed_json(struct bed *bed, const char *format, ...) PRINTF(2, 3);
/* Calls a method that makes something, as street staff; the new object's id, the first field of the
 * first. */
char *bed_make(struct bed *bed, const char *method, const char *json);
/* Runs a call of this actor, whose roles are grants; the outcome must be this. */
void bed_outcome_for(struct bed *bed, const char *actor, const char *method, const char *json,
                     enum status status, const char *field, const char *rule);

/* The outcome of a call that was run: OK, "", ""; or a refusal on this field and rule. */
void bed_assert_outcome(const struct call *call, enum status status, const char *field,
                        const char *rule);
/* The first violation of the reply has this parameter. */
void bed_assert_param(struct call *call, const char *key, const char *value);

/* Runs SQL as the superuser, behind row-level security. */
void bed_sql(struct bed *bed, const char *format, ...) PRINTF(2, 3);
/* Grants a role for a year around today; community and unit are ids or NULL. Lives in the service's
 * role_grant. */
void bed_grant(struct bed *bed, const char *holder, const char *role, const char *community,
               const char *unit);

/* Applies events of another service's journal, numbered from the street's position on, as the
 * steward would: NULL-ended list of packed-able events. Returns what follower_apply does. */
enum status bed_follow(struct bed *bed, const char *service, const ProtobufCMessage *const *events);
/* The same event as the journal would give it. Lives as long as the bed. */
Journal__CloudEvent *bed_cloud_event(struct bed *bed, int64_t seq, const ProtobufCMessage *data);
/* Fires what is due. */
void bed_fire_timers(struct bed *bed);

/* A number from the database, seen by the superuser; format makes the SQL. */
long bed_number(struct bed *bed, const char *format, ...) PRINTF(2, 3);

/* The same of a text. Lives as long as the bed. */
char *bed_text(struct bed *bed, const char *format, ...) PRINTF(2, 3);
/* How far the service has applied another one's journal. */
struct follower_position bed_follower_position(struct bed *bed, const char *service);

/* How many events of this type of the service's own the street's journal holds: "NeedChanged". */
long bed_events(struct bed *bed, const char *type);
/* The street's journal of the service holds 1..n without a gap, and n is this. */
void bed_assert_journal(struct bed *bed, long events);
