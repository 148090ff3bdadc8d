/* SPDX-License-Identifier: Apache-2.0 */
/* test_work.c - who waits for whom between the bus thread and the work threads */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/worker/work.h"

static const struct db_stmt some_statement = {.name = "some"};
static const struct method command_row = {.may = MAY_READ}, query_row = {.query = &some_statement};
static const struct endpoint command = {.row = &command_row}, query = {.row = &query_row};

struct bed {
    void *memory;
    struct work *work;
    int pushed;
};

static int up(void **state)
{
    struct bed *bed = mem_new(NULL, struct bed);

    bed->memory = bed;
    bed->work = work_new(bed);
    *state = bed;
    return 0;
}

static int down(void **state)
{
    talloc_free(*state);
    return 0;
}

/* `name` is the certificate's, or "gateway/actor". Its place in the order of pushes is kept in
 * `began`. */
static void push(struct bed *bed, const struct endpoint *endpoint, const char *street,
                 const char *name)
{
    struct call *call = mem_new(bed->memory, struct call);
    Bus__Caller *caller = mem_new(call, Bus__Caller);
    const char *slash = strchr(name, '/');

    *caller = (Bus__Caller)BUS__CALLER__INIT;
    caller->name = slash ? mem_text(call, "gateway") : mem_text(call, name);
    caller->role = slash ? BUS__ROLE__ROLE_GATEWAY : BUS__ROLE__ROLE_STREET_STAFF;
    call->caller = caller;
    call->actor = slash ? mem_text(call, slash + 1) : caller->name;
    call->endpoint = endpoint;
    call->street = mem_text(call, street);
    call->began = bed->pushed++;
    work_push(bed->work, call);
}

static void push_many(struct bed *bed, const struct endpoint *endpoint, const char *street,
                      const char *name, int count)
{
    for (int i = 0; i < count; i++)
        push(bed, endpoint, street, name);
}

static struct work_batch take(struct bed *bed)
{
    struct work_batch batch;

    assert_true(work_take(bed->work, &batch));
    return batch;
}

/* How many of the batch are this actor's; they must be in the order in which they came. */
static size_t of(const struct work_batch *batch, const char *street, const char *actor)
{
    int64_t last = -1;
    size_t count = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct call *call = batch->calls[i];
        if (strcmp(call->actor, actor) != 0 || strcmp(call->street, street) != 0)
            continue;
        assert_true(call->began > last);
        last = call->began;
        count++;
    }
    return count;
}

static void callers_of_a_street_take_turns(void **state)
{
    struct bed *bed = *state;

    push_many(bed, &command, "a", "greedy", 200);
    push(bed, &command, "a", "honest");
    push_many(bed, &command, "a", "other", 40);
    struct work_batch batch = take(bed);
    assert_int_equal(batch.count, BATCH_MAX);
    assert_int_equal(of(&batch, "a", "honest"), 1);
    assert_int_equal(of(&batch, "a", "other"), 31);
    assert_int_equal(of(&batch, "a", "greedy"), 32);
    work_finish(bed->work, &batch);

    push(bed, &command, "a", "late");
    batch = take(bed);
    assert_int_equal(of(&batch, "a", "late"), 1);
    assert_int_equal(of(&batch, "a", "other"), 9);
    assert_int_equal(of(&batch, "a", "greedy"), BATCH_MAX - 10);
    work_finish(bed->work, &batch);
}

static void whoever_a_gateway_speaks_for_is_a_caller(void **state)
{
    struct bed *bed = *state;

    push_many(bed, &command, "a", "gateway/greedy", 200);
    push_many(bed, &command, "a", "gateway/honest", 10);
    struct work_batch batch = take(bed);
    assert_int_equal(of(&batch, "a", "honest"), 10);
    work_finish(bed->work, &batch);
}

static void streets_and_their_callers_take_turns_in_asking(void **state)
{
    struct bed *bed = *state;

    push_many(bed, &query, "a", "greedy", 200);
    push_many(bed, &query, "a", "honest", 3);
    push_many(bed, &query, "b", "greedy", 200);
    push_many(bed, &query, "c", "honest", 8);
    struct work_batch batch = take(bed);
    assert_true(batch.queries);
    assert_int_equal(batch.count, BATCH_MAX);
    assert_int_equal(of(&batch, "a", "honest"), 3);
    assert_int_equal(of(&batch, "c", "honest"), 8);
    assert_in_range(of(&batch, "b", "greedy"), 24, 32);
    work_finish(bed->work, &batch);
}

static void commands_and_queries_take_turns(void **state)
{
    struct bed *bed = *state;

    push_many(bed, &query, "a", "x", 200);
    push_many(bed, &command, "a", "x", 200);
    struct work_batch first = take(bed), second = take(bed);
    assert_true(first.queries != second.queries);
    work_finish(bed->work, &first);
    work_finish(bed->work, &second);
}

static void a_street_has_one_thread_at_a_time(void **state)
{
    struct bed *bed = *state;

    push_many(bed, &command, "a", "x", BATCH_MAX + 1);
    push(bed, &command, "b", "x");
    struct work_batch a = take(bed), b = take(bed);
    assert_int_equal(of(&a, "a", "x"), BATCH_MAX);
    assert_int_equal(of(&b, "b", "x"), 1);
    work_finish(bed->work, &a);
    a = take(bed);
    assert_int_equal(of(&a, "a", "x"), 1);
    work_finish(bed->work, &a);
    work_finish(bed->work, &b);
}

/* ---- whatever comes in which order: each call leaves once ---- */

static size_t collect(struct bed *bed)
{
    size_t count = 0;

    for (struct call *call = work_collect(bed->work); call; call = call->next)
        count++;
    return count;
}

static void loses_and_doubles_nothing(void **state)
{
    static const char *const streets[] = {"a", "b", "c", ""};
    static const char *const names[] = {"x", "y", "gateway/x", "gateway/z", "w"};
    struct bed *bed = *state;
    size_t finished = 0;

    srandom(7);
    for (int round = 0; round < 500; round++) {
        for (long n = random() % 60; n > 0; n--)
            push(bed, random() % 2 ? &query : &command, streets[random() % 4], names[random() % 5]);
        for (long n = random() % 3; n > 0 && finished < (size_t)bed->pushed; n--) {
            struct work_batch batch = take(bed);
            work_finish(bed->work, &batch);
            finished += collect(bed);
        }
        if (round % 100 == 99) {
            work_refuse_queued(bed->work, "database", "the database is away");
            finished += collect(bed);
            assert_int_equal(finished, bed->pushed);
        }
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        TEST(callers_of_a_street_take_turns),
        TEST(whoever_a_gateway_speaks_for_is_a_caller),
        TEST(streets_and_their_callers_take_turns_in_asking),
        TEST(commands_and_queries_take_turns),
        TEST(a_street_has_one_thread_at_a_time),
        TEST(loses_and_doubles_nothing),
    };
    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
