/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_answers.c - an answer is kept as long as its id may be asked again, and not for ever
 *
 * An id says when it was made, so a command with an old one is a command of that day. Services tidy
 * up by keep_request_partitions() at the start and every hour; here it is called as they call it.
 */
#include "bed_registry.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/data_keys.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/batch/partitions.h"
#include "tests/data_key.h"

/* 64 times the digit. */
#define EIGHT(digit) digit digit digit digit digit digit digit digit
#define KEY_LINE(digit) EIGHT(EIGHT(digit)) "\n"

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

/* Who has the table must not find out what was asked by trying. */
static void keeps_a_hash_that_needs_the_data_key(struct bed *bed, const struct call *call)
{
    crypto_generichash_state state;
    uint8_t hash[sizeof call->hash];
    char hex[2 * sizeof hash + 1];

    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const uint8_t *)call->endpoint->name,
                              strlen(call->endpoint->name) + 1);
    crypto_generichash_update(&state, (const uint8_t *)call->actor, strlen(call->actor) + 1);
    crypto_generichash_update(&state, call->payload.data, call->payload.len);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.request WHERE request_id = '%s'",
                                call->header->request_id),
                     1);
    assert_int_equal(
        bed_number(bed, "SELECT count(*) FROM registry.request WHERE encode(hash, 'hex') = '%s'",
                   hex),
        0);
}

static void knows_a_request_again_when_the_data_key_was_renewed(void **state)
{
    struct bed *bed = *state;
    char id[ID_CHARS + 1];
    int file;

    id_new(id);
    assert_true(data_key_start_with(KEY_LINE("1"), &file));
    struct call *first = ask(bed, "before the new key", id);
    bed_assert_outcome(first, STATUS_OK, "", "");
    assert_int_equal(first->hash_key, 1);
    keeps_a_hash_that_needs_the_data_key(bed, first);
    dprintf(file, "%s", KEY_LINE("2"));
    assert_non_null(data_keys_find(2));

    struct call *again = ask(bed, "before the new key", id);
    bed_assert_outcome(again, STATUS_OK, "", "");
    assert_true(again->replayed);
    struct call *other = ask(bed, "another", id);
    bed_assert_outcome(other, STATUS_ABORTED, "request_id", "reused");
    bed_free(first);
    bed_free(again);
    bed_free(other);
}

/* Another copy of the service has read it, this one not yet. */
static void decides_nothing_without_the_data_key_of_the_answer(void **state)
{
    struct bed *bed = *state;
    char id[ID_CHARS + 1];

    id_new(id);
    assert_true(data_key_start_with(KEY_LINE("1") KEY_LINE("2"), NULL));
    struct call *first = ask(bed, "under the second key", id);
    bed_assert_outcome(first, STATUS_OK, "", "");
    assert_true(data_key_start_with(KEY_LINE("1"), NULL));
    struct call *again = ask(bed, "under the second key", id);
    bed_assert_outcome(again, STATUS_UNAVAILABLE, "", "data_key");
    bed_free(first);
    bed_free(again);
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

/* ---- weeks that are old ---- */

/* An answer of so many days ago. */
static char *answer_of_day(struct bed *bed, int days)
{
    char *id = id_of_past(bed, days * DAY_MS);

    bed_sql(bed,
            "INSERT INTO registry.request (street, request_id, hash, hash_key, reply, seq)"
            " VALUES ('%s', '%s', '', 1, '', 1)",
            bed->street, id);
    return id;
}

/* The week of so many days ago, as it was made then. */
static void make_week(struct bed *bed, int days)
{
    char *begins = mem_printf(bed->slot.parent,
                              "date_bin('7 days', now() - interval '%d days', 'epoch')", days);

    bed_sql(bed,
            "BEGIN; SET LOCAL ROLE registry_owner; SET LOCAL search_path = registry;"
            " SET LOCAL timezone = 'UTC'; DO $$ BEGIN EXECUTE format('CREATE TABLE request_%%s"
            " PARTITION OF request FOR VALUES FROM (%%L) TO (%%L)', to_char(%s, 'YYYYMMDD'),"
            " uuid_from(%s), uuid_from(%s + interval '7 days')); END $$; COMMIT",
            begins, begins, begins);
}

/* Weeks that end before all that a request of now may name; with answers of no other test. */
static void begin_with_weeks(struct bed *bed, const int *days, size_t count)
{
    bed_sql(bed, "DELETE FROM registry.request; DELETE FROM registry.upkeep");
    tidy_up();
    for (size_t i = 0; i < count; i++)
        make_week(bed, days[i]);
}

static long weeks(struct bed *bed)
{
    return bed_number(bed, "SELECT count(*) FROM pg_inherits WHERE inhparent ="
                           " 'registry.request'::regclass");
}

static void drops_a_week_that_is_empty(void **state)
{
    static const int old[] = {60, 70, 400};
    struct bed *bed = *state;

    begin_with_weeks(bed, old, 3);
    long before = weeks(bed);
    tidy_up();
    assert_int_equal(weeks(bed), before - 3);
}

/* For all that the server knows its clock was set ahead a moment ago. */
static void keeps_an_old_week_until_other_days_say_that_it_is(void **state)
{
    static const int old[] = {70};
    struct bed *bed = *state;

    begin_with_weeks(bed, old, 1);
    char *id = answer_of_day(bed, 70);
    tidy_up();
    assert_int_equal(answers(bed, id), 1);
    for (int days = 1; days <= 13; days++)
        answer_of_day(bed, days);
    answer_of_day(bed, 13);
    tidy_up();
    assert_int_equal(answers(bed, id), 1); /* thirteen days */
    answer_of_day(bed, 14);
    tidy_up();
    assert_int_equal(answers(bed, id), 0);
}

/* Days that lie less than a month behind it say nothing: its ids may be asked for then. */
static void counts_days_from_when_nobody_may_ask_any_more(void **state)
{
    static const int old[] = {45};
    struct bed *bed = *state;

    begin_with_weeks(bed, old, 1);
    char *id = answer_of_day(bed, 45);
    for (int days = 1; days <= 28; days++)
        answer_of_day(bed, days);
    tidy_up();
    assert_int_equal(answers(bed, id), 1);
}

static void drops_one_week_with_answers_a_day(void **state)
{
    static const int old[] = {70, 80, 90};
    struct bed *bed = *state;
    char *ids[3];

    begin_with_weeks(bed, old, 3);
    for (int i = 0; i < 3; i++)
        ids[i] = answer_of_day(bed, old[i]);
    for (int days = 1; days <= 20; days++)
        answer_of_day(bed, days);
    for (int left = 2; left >= 0; left--) {
        tidy_up();
        tidy_up();
        for (int i = 0; i < 3; i++)
            assert_int_equal(answers(bed, ids[i]), i < left); /* the oldest first */
        bed_sql(bed, "UPDATE registry.upkeep SET at = at - interval '1 day'");
    }
}

/* A clock that was ahead has left answers there: they may be asked for when their time comes. */
static void keeps_answers_of_the_future(void **state)
{
    static const int future[] = {-40, -60};
    struct bed *bed = *state;

    begin_with_weeks(bed, future, 2);
    long before = weeks(bed);
    char *id = answer_of_day(bed, -40);
    tidy_up();
    assert_int_equal(answers(bed, id), 1);
    assert_int_equal(weeks(bed), before - 1); /* the empty one went */
}

/* ---- a week that is missing ---- */

static void drop_weeks(struct bed *bed)
{
    bed_sql(bed, "DO $$ DECLARE week regclass; BEGIN FOR week IN SELECT inhrelid FROM pg_inherits"
                 " WHERE inhparent = 'registry.request'::regclass LOOP"
                 " EXECUTE format('DROP TABLE %%s', week); END LOOP; END $$");
}

/* As after a leap of the time: a machine that was suspended for a month. */
static void makes_the_week_that_an_answer_needs(void **state)
{
    struct bed *bed = *state;
    char *id = id_of_past(bed, 0);

    drop_weeks(bed);
    struct call *first = ask(bed, "after a leap", id), *again = ask(bed, "after a leap", id);
    bed_assert_outcome(first, STATUS_OK, "", "");
    bed_assert_outcome(again, STATUS_OK, "", "");
    assert_true(again->replayed);
    assert_false(partitions_are_missing());
    bed_free(first);
    bed_free(again);
}

static void knows_when_it_cannot_make_it(void **state)
{
    struct bed *bed = *state;

    drop_weeks(bed);
    bed_sql(bed, "REVOKE EXECUTE ON FUNCTION registry.keep_request_partitions() FROM registry");
    struct call *call = ask(bed, "unlucky", NULL);
    bed_assert_outcome(call, STATUS_UNAVAILABLE, "", "database");
    assert_true(partitions_are_missing());
    bed_free(call);
    bed_sql(bed, "GRANT EXECUTE ON FUNCTION registry.keep_request_partitions() TO registry");
    call = ask(bed, "lucky", NULL);
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_false(partitions_are_missing());
    bed_free(call);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(gives_the_first_answer_as_long_as_it_promises),
        TEST(refuses_an_id_whose_answer_may_be_gone),
        TEST(drops_a_week_that_is_empty),
        TEST(keeps_an_old_week_until_other_days_say_that_it_is),
        TEST(counts_days_from_when_nobody_may_ask_any_more),
        TEST(drops_one_week_with_answers_a_day),
        TEST(keeps_answers_of_the_future),
        TEST(makes_the_week_that_an_answer_needs),
        TEST(knows_when_it_cannot_make_it),
        TEST(knows_a_request_again_when_the_data_key_was_renewed), /* these change the keys */
        TEST(decides_nothing_without_the_data_key_of_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
