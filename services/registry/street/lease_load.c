/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease_load.c - LeaseLoad: one load of the street at a time
 *
 * A load compares what is there with its files and adds what is missing, so two at once would add
 * it twice. Who has the lease? nobody, or this load -> one row. It expires by itself: a load that
 * was killed is in nobody's way for long. No event: nothing of the street has changed.
 */
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "registry_methods.h"
#include "services/registry/street/street.h"

enum { SECONDS_MAX = 300 };

STATEMENT(select_foreign_lease,
          .sql = "SELECT holder, until_time, until_time > :now AS runs FROM registry.load_lease"
                 " WHERE street = :street AND lease_id <> :lease_id",
          .of = &registry__lease_load_request__descriptor);
STATEMENT(store_lease,
          .sql = "INSERT INTO registry.load_lease (street, lease_id, holder, until_time)"
                 " VALUES (:street, :lease_id, :actor,"
                 " :now::timestamptz + make_interval(secs => :seconds::integer))"
                 " ON CONFLICT (street) DO UPDATE SET lease_id = excluded.lease_id,"
                 " holder = excluded.holder, until_time = excluded.until_time",
          .of = &registry__lease_load_request__descriptor);

static enum status refuse_leased(struct call *call, const PGresult *rows)
{
    char until[CLOCK_TEXT] = "";

    (void)clock_format(column_unix_us(rows, 0, PQfnumber(rows, "until_time")) / 1000000, 0, until);
    const char *holder = column_text(call, rows, 0, PQfnumber(rows, "holder"));
    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "lease_id", "leased",
                     "%s is loading data into the street, until %s at the latest unless it goes on",
                     holder, until);
    (void)!call_add_param(call, (struct violation_param){"holder", .text = holder});
    return call_add_param(call, (struct violation_param){"until", .text = mem_text(call, until)});
}

static enum status lease_load(struct call *call)
{
    const Registry__LeaseLoadRequest *request = call->request;
    Registry__LeaseLoadResponse *response = call->response;
    const PGresult *rows;

    enum status status = db_query(call, &select_foreign_lease, &request->base, &rows);
    if (status != STATUS_OK)
        return status;
    if (PQntuples(rows) > 0 && column_int(rows, 0, PQfnumber(rows, "runs")))
        return refuse_leased(call, rows);
    if (PQntuples(rows) > 0 && request->renews)
        return call_fail(call, STATUS_FAILED_PRECONDITION, "lease_id", "lease_lost",
                         "it expired, and another load ran since");
    db_do(call, &store_lease, &request->base);
    response->until_time =
        timestamp_new(call, (call->now->seconds + request->seconds) * INT64_C(1000000));
    return STATUS_OK;
}

const struct method registry_lease_load = {
    .may = MAY_LOAD,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(lease_id), RULE_INT(seconds, 0, SECONDS_MAX), RULE_ANY(renews)),
    .command = lease_load,
};
