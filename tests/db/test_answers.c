/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_answers.c - an answer is kept as long as its id may be asked again, and not for ever
 *
 * An id says when it was made, so a command with an old one is a command of that day. Services tidy
 * up by keep_request_partitions() at the start and every hour; here it is called as they call it.
 */
#include "bed_registry.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

/* A UUIDv7 made so long ago; lives as long as the bed. */
static char *id_of_past(struct bed *bed, int64_t age_ms)
{
    unsigned long long unix_ms = (unsigned long long)(clock_unix_us() / 1000 - age_ms);
    char now[ID_CHARS + 1];

    id_new(now);
    return mem_printf(bed->slot.parent, "%08llx-%04llx%s", unix_ms >> 16, unix_ms & 0xffff,
                      now + strlen("01234567-0123"));
}

static void tidy_up(void)
{
    PGconn *registry = PQconnectdb("user=registry");
    PGresult *result = PQexec(registry, "SELECT registry.keep_request_partitions()");

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s", PQresultErrorMessage(result));
    PQclear(result);
    PQfinish(registry);
}

static struct call *ask(struct bed *bed, const char *name, const char *id)
{
    return bed_run(bed,
                   bed_call_as(bed, BUS__ROLE__ROLE_STREET_STAFF, bed->street, "RegisterUnit", id,
                               bed_json(bed, "{'unit': {'name': '%s', 'kind': 'BANK'}}", name)));
}

static void gives_the_first_answer_as_long_as_it_promises(void **state)
{
    static const int64_t ages_ms[] = {0, 7 * DAY_MS, 29 * DAY_MS, 30 * DAY_MS - HOUR_MS};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof ages_ms / sizeof *ages_ms; i++) {
        char *id = id_of_past(bed, ages_ms[i]),
             *name = mem_printf(bed->slot.parent, "of day %zu", i);
        struct call *first = ask(bed, name, id);
        bed_assert_outcome(first, STATUS_OK, "", "");
        tidy_up();
        struct call *again = ask(bed, name, id);
        bed_assert_outcome(again, STATUS_OK, "", "");
        assert_true(again->replayed);
        assert_int_equal(again->reply.len, first->reply.len);
        assert_memory_equal(again->reply.data, first->reply.data, first->reply.len);
        bed_free(first);
        bed_free(again);
    }
    bed_assert_journal(bed, 1 + sizeof ages_ms / sizeof *ages_ms);
}

static void refuses_an_id_whose_answer_may_be_gone(void **state)
{
    struct bed *bed = *state;
    char *id = id_of_past(bed, 30 * DAY_MS + HOUR_MS);

    struct call *call = ask(bed, "late", id);
    bed_assert_outcome(call, STATUS_INVALID_ARGUMENT, "request_id", "age");
    bed_free(call);
}

static long answers(struct bed *bed, const char *id)
{
    return bed_number(bed, "SELECT count(*) FROM registry.request WHERE request_id = '%s'", id);
}

/* The week of 45 days ago, as it was made then, with an answer in it. */
static void keep_as_of_old(struct bed *bed, const char *id)
{
    static const char week[] = "date_bin('7 days', now() - interval '45 days', 'epoch')";
    const char *const owner = "SET LOCAL ROLE registry_owner; SET LOCAL search_path = registry;"
                              " SET LOCAL timezone = 'UTC';";

    bed_sql(bed,
            "BEGIN; %s DO $$ BEGIN EXECUTE format('CREATE TABLE request_%%s PARTITION OF request"
            " FOR VALUES FROM (%%L) TO (%%L)', to_char(%s, 'YYYYMMDD'), uuid_from(%s),"
            " uuid_from(%s + interval '7 days')); END $$; COMMIT",
            owner, week, week, week);
    bed_sql(bed,
            "INSERT INTO registry.request (street, request_id, hash, hash_key, reply, seq)"
            " VALUES ('%s', '%s', '', 1, '', 1)",
            bed->street, id);
}

static void forgets_what_nobody_may_ask_again(void **state)
{
    struct bed *bed = *state;
    char *id = id_of_past(bed, 45 * DAY_MS);

    tidy_up();
    keep_as_of_old(bed, id);
    assert_int_equal(answers(bed, id), 1);
    tidy_up();
    assert_int_equal(answers(bed, id), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(gives_the_first_answer_as_long_as_it_promises),
        TEST(refuses_an_id_whose_answer_may_be_gone),
        TEST(forgets_what_nobody_may_ask_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
