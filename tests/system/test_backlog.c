/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_backlog.c - a service that has much to catch up with reads what happens now first
 *
 * Selection comes back to many streets that were made while it was away. While it reads them one
 * after the other, people of one street work on: what they just did must not wait for all of these.
 */
#include "libcommon/base/mem.h"
#include "tests/system/bed.h"

enum { STREETS = 1500, ROUNDS = 5 };

/* Streets of the registry as its journal tells of them. By SQL, since what makes the backlog is not
 * tested here. */
static void make_streets(struct bed *bed)
{
    assert_int_equal(
        bed_number(bed,
                   "WITH streams AS (INSERT INTO registry.stream (street)"
                   " SELECT '%s-' || n FROM generate_series(1, %d) n RETURNING 1),"
                   " events AS (INSERT INTO registry.journal SELECT '%s-' || n, 1,"
                   " gen_random_uuid(), type, subject, time, actor, traceparent, data"
                   " FROM registry.journal, generate_series(1, %d) n"
                   " WHERE street = '%s' AND seq = 1 RETURNING 1) SELECT count(*) FROM events",
                   bed->street, STREETS, bed->street, STREETS, bed->street),
        STREETS);
}

static long streets_read(struct bed *bed)
{
    return bed_number(bed, "SELECT count(*) FROM selection.follower WHERE street LIKE '%s-%%'",
                      bed->street);
}

/* Changes something in the registry and asks selection for an answer that knows of it. */
static void work(struct bed *bed, int round)
{
    struct client_reply made, seen;
    const char *json =
        mem_printf(bed->memory, "{\"unit\": {\"name\": \"单位%d\", \"kind\": \"BANK\"}}", round);

    assert_int_equal(bed_call(bed, bed->client, bed->street, "RegisterUnit", json, &made),
                     STATUS_OK);
    const struct client_request request = {
        .service = "selection",
        .street = bed->street,
        .method = bed_method("ListNeeds"),
        .after = (const Bus__Position *const[]){made.header->position},
        .n_after = 1,
        .payload = bed_pack(bed, "ListNeeds", "{}"),
    };
    assert_int_equal(client_call(bed->client, bed->memory, &request, &seen), STATUS_OK);
}

static void reads_what_happens_now_before_its_backlog(void **state)
{
    struct bed *bed = *state;

    work(bed, 0);
    process_kill(&bed->service[SELECTION_SERVICE][0]);
    make_streets(bed);
    bed_start_service(bed, SELECTION_SERVICE, 0);
    for (int round = 1; round <= ROUNDS; round++)
        work(bed, round);
    long read = streets_read(bed);
    report("%ld of %d streets were read meanwhile", read, STREETS);
    assert_true(read < STREETS);
    for (int64_t end_ms = deadline_ms(); streets_read(bed) < STREETS;)
        look_again(end_ms, "the backlog is read, too");
}

/* Nobody else follows, so that there is nothing to take away again but what selection has read. */
static int up(void **state)
{
    int failed = bed_up(state, (struct bed_options){.registries = 1});
    struct bed *bed = *state;

    bed_start_service(bed, SELECTION_SERVICE, 0);
    bed_wait_ready(bed);
    return failed;
}

/* Services of other tests read every journal of the database: these streets shall not keep them. */
static void forget_streets(struct bed *bed)
{
    bed_number(
        bed,
        "WITH made AS (SELECT '%s-' || n AS street FROM generate_series(1, %d) n),"
        " journal AS (DELETE FROM registry.journal j USING made m WHERE j.street = m.street),"
        " stream AS (DELETE FROM registry.stream s USING made m WHERE s.street = m.street),"
        " copy AS (DELETE FROM selection.stream s USING made m WHERE s.street = m.street),"
        " place AS (DELETE FROM selection.follower f USING made m WHERE f.street = m.street)"
        " SELECT 1",
        bed->street, STREETS);
}

static int down(void **state)
{
    struct bed *bed = *state;

    for (size_t service = 0; service < SERVICES; service++) /* else they write on */
        bed->ended_badly += !process_finish(&bed->service[service][0]);
    forget_streets(bed);
    return bed_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(reads_what_happens_now_before_its_backlog),
    };

    return bed_finish(cmocka_run_group_tests_name("backlog", tests, up, down));
}
