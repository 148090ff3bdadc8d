/* SPDX-License-Identifier: Apache-2.0 */
/* test_leases.c - one load of a street at a time */
#include "bed_registry.h"

#define ONE "019336a0-0000-7000-8000-000000000001"
#define OTHER "019336a0-0000-7000-8000-000000000002"

static char *lease(struct bed *bed, const char *id, int seconds, const char *renews)
{
    return bed_json(bed, "{\"leaseId\": \"%s\", \"seconds\": %d, \"renews\": %s}", id, seconds,
                    renews);
}

static void let_it_expire(struct bed *bed)
{
    bed_sql(bed,
            "UPDATE registry.load_lease SET until_time = now() - interval '1 s'"
            " WHERE street = '%s'",
            bed->street);
}

static void lends_it_to_one_load_at_a_time(void **state)
{
    struct bed *bed = *state;

    bed_ok(bed, "LeaseLoad", lease(bed, ONE, 60, "false"));
    bed_refused(bed, "LeaseLoad", lease(bed, OTHER, 60, "false"), STATUS_FAILED_PRECONDITION,
                "lease_id", "leased");
    bed_refused(bed, "LeaseLoad", lease(bed, OTHER, 0, "false"), STATUS_FAILED_PRECONDITION,
                "lease_id", "leased"); /* nobody gives back what is another's */
    bed_ok(bed, "LeaseLoad", lease(bed, ONE, 60, "true"));
    bed_ok(bed, "LeaseLoad", lease(bed, ONE, 0, "true"));
    bed_ok(bed, "LeaseLoad", lease(bed, OTHER, 60, "false"));
}

static void takes_it_from_a_load_that_died(void **state)
{
    struct bed *bed = *state;

    bed_ok(bed, "LeaseLoad", lease(bed, ONE, 60, "false"));
    let_it_expire(bed);
    bed_ok(bed, "LeaseLoad", lease(bed, OTHER, 60, "false"));
    bed_refused(bed, "LeaseLoad", lease(bed, ONE, 60, "true"), STATUS_FAILED_PRECONDITION,
                "lease_id", "leased");
    /* also where the other has come to its end: what was seen before is not so any more */
    bed_ok(bed, "LeaseLoad", lease(bed, OTHER, 0, "true"));
    bed_refused(bed, "LeaseLoad", lease(bed, ONE, 60, "true"), STATUS_FAILED_PRECONDITION,
                "lease_id", "lease_lost");
}

static void renews_one_that_expired_where_nobody_came(void **state)
{
    struct bed *bed = *state;

    bed_ok(bed, "LeaseLoad", lease(bed, ONE, 60, "false"));
    let_it_expire(bed);
    bed_ok(bed, "LeaseLoad", lease(bed, ONE, 60, "true"));
    bed_refused(bed, "LeaseLoad", lease(bed, OTHER, 60, "false"), STATUS_FAILED_PRECONDITION,
                "lease_id", "leased");
}

static void says_nothing_in_the_journal(void **state)
{
    struct bed *bed = *state;
    long before =
        bed_number(bed, "SELECT count(*) FROM registry.journal WHERE street = '%s'", bed->street);

    bed_ok(bed, "LeaseLoad", lease(bed, ONE, 60, "false"));
    bed_assert_journal(bed, before);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(lends_it_to_one_load_at_a_time),
        TEST(takes_it_from_a_load_that_died),
        TEST(renews_one_that_expired_where_nobody_came),
        TEST(says_nothing_in_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
