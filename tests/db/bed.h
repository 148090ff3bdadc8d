/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bed.h - the registry's methods on a real PostgreSQL, without the bus
 *
 * Calls are made of the frames that a broker would send, so they take the whole path from bytes to
 * reply. Needs what ops/lib/with-database exports. Each test has a street of its own.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/service/batch.h"
#include "libcommon/service/call.h"
#include "libcommon/service/query.h"

struct bed {
    struct db_slot slot; /* role registry */
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
void bed_free(struct call *call);

/* Runs one call and returns it. */
struct call *bed_run(struct bed *bed, struct call *call);

/* Runs and frees it; the outcome must be this, on this field and rule ("" for none). */
void bed_ok(struct bed *bed, const char *method, const char *json);
void bed_refused(struct bed *bed, const char *method, const char *json, enum status status,
                 const char *field, const char *rule);

/* A number from the database, seen by the superuser; format makes the SQL. */
long bed_number(struct bed *bed, const char *format, ...) PRINTF(2, 3);

/* A new unit's id; fails the test if it is refused. Lives as long as the bed. */
char *bed_unit(struct bed *bed, const char *name);

/* The street's journal holds 1..n without a gap, and n is this. */
void bed_assert_journal(struct bed *bed, long events);
