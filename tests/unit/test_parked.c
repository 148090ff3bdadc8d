/* SPDX-License-Identifier: Apache-2.0 */
/* test_parked.c - how many may wait for a followed journal, and how long */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/following/followers.h"
#include "libcommon/service/worker/parked.h"
#include "services/selection/contract.h"
#include "services/selection/selection.h"

enum { CREDIT = 256, ONE_CALLER = 16, APPLIED = 7 };

static int up(void **state)
{
    struct parked *parked = mem_new(NULL, struct parked);

    parked->positions = positions_new(parked);
    parked->room = CREDIT;
    positions_set(parked->positions, "a", "registry", APPLIED);
    *state = parked;
    return 0;
}

static int down(void **state)
{
    talloc_free(*state);
    return 0;
}

/* A call that waits for this position of the registry's journal. */
static struct call *new_call(struct parked *parked, const char *street, const char *actor,
                             int64_t seq)
{
    struct call *call = mem_new(parked, struct call);
    Bus__Caller *caller = mem_new(call, Bus__Caller);
    Bus__RequestHeader *header = mem_new(call, Bus__RequestHeader);
    Bus__Position *position = mem_new(call, Bus__Position);

    *caller = (Bus__Caller)BUS__CALLER__INIT;
    *header = (Bus__RequestHeader)BUS__REQUEST_HEADER__INIT;
    *position = (Bus__Position)BUS__POSITION__INIT;
    caller->name = (char *)"gateway";
    caller->role = BUS__ROLE__ROLE_GATEWAY;
    position->service = (char *)"registry";
    position->seq = seq;
    header->after = mem_array(call, Bus__Position *, 1);
    header->after[0] = position;
    header->n_after = 1;
    call->caller = caller;
    call->header = header;
    call->street = street;
    call->actor = mem_text(call, actor);
    call->began = clock_monotonic_ms();
    call->deadline = call->began + 60000;
    return call;
}

static int park(struct parked *parked, const char *street, const char *actor, int count)
{
    int kept = 0;

    for (int i = 0; i < count; i++) {
        struct call *call = new_call(parked, street, actor, APPLIED + 1);
        bool keeps = parked_keeps(parked, call);
        assert_int_equal(call->status, keeps ? STATUS_OK : STATUS_UNAVAILABLE);
        kept += keeps;
    }
    return kept;
}

static int count_of(const struct call *list, enum status status)
{
    int count = 0;

    for (; list; list = list->next)
        count += list->status == status;
    return count;
}

static void lets_go_on_what_is_applied(void **state)
{
    struct call *call = new_call(*state, "a", "x", APPLIED);

    assert_false(parked_keeps(*state, call));
    assert_int_equal(call->status, STATUS_OK);
}

static void ninety_nine_find_room_beside_a_greedy_one(void **state)
{
    struct parked *parked = *state;

    assert_int_equal(park(parked, "a", "greedy", 40), ONE_CALLER);
    for (int i = 0; i < 99; i++)
        assert_int_equal(park(parked, "a", mem_printf(parked, "honest %d", i), 1), 1);
    positions_set(parked->positions, "a", "registry", APPLIED + 1);
    assert_int_equal(count_of(parked_take(parked, false), STATUS_OK), ONE_CALLER + 99);
    assert_null(parked->calls);
}

static void streets_find_room_beside_a_crowded_one(void **state)
{
    struct parked *parked = *state;
    int kept = 0;

    for (int i = 0; i < CREDIT; i++)
        kept += park(parked, "a", mem_printf(parked, "one of many %d", i), 1);
    assert_int_equal(kept, CREDIT / 2);
    assert_int_equal(park(parked, "b", "x", ONE_CALLER), ONE_CALLER);
}

static void holds_so_many_bytes(void **state)
{
    enum { LARGE = 250 * 1024 };
    struct parked *parked = *state;
    int kept = 0;

    for (int i = 0; i < CREDIT / 2; i++) {
        struct call *call = new_call(parked, "a", mem_printf(parked, "one of many %d", i), 9);
        call->payload.len = LARGE;
        kept += parked_keeps(parked, call);
    }
    assert_int_equal(kept, 16 * 1024 * 1024 / LARGE);
}

static void gives_back_what_those_who_wait_hold(void **state)
{
    struct parked *parked = *state;

    assert_int_equal(parked_credit(parked, 0), 0);
    park(parked, "a", "x", 1);
    assert_int_equal(parked_credit(parked, 0), 32);
    assert_int_equal(parked_credit(parked, 1), 0);
    for (int i = 0; i < 32; i++)
        park(parked, "a", mem_printf(parked, "%d", i), 1);
    assert_int_equal(parked_credit(parked, 0), 64);
}

static void nobody_waits_beyond_5_s_or_his_deadline_or_the_end(void **state)
{
    struct parked *parked = *state;
    struct call *late = new_call(parked, "a", "x", 9), *old = new_call(parked, "a", "x", 9);

    assert_true(parked_keeps(parked, late) && parked_keeps(parked, old));
    park(parked, "a", "y", 3);
    late->deadline = clock_monotonic_ms() - 1;
    old->began -= 5001;
    const struct call *taken = parked_take(parked, false);
    assert_ptr_equal(taken, late);
    assert_int_equal(late->status, STATUS_DEADLINE_EXCEEDED);
    assert_ptr_equal(taken->next, old);
    assert_int_equal(old->status, STATUS_UNAVAILABLE);
    assert_null(old->next);
    assert_int_equal(count_of(parked_take(parked, true), STATUS_UNAVAILABLE), 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        TEST(lets_go_on_what_is_applied),
        TEST(ninety_nine_find_room_beside_a_greedy_one),
        TEST(streets_find_room_beside_a_crowded_one),
        TEST(holds_so_many_bytes),
        TEST(gives_back_what_those_who_wait_hold),
        TEST(nobody_waits_beyond_5_s_or_his_deadline_or_the_end),
    };

    followers_start(&selection_service);
    return cmocka_run_group_tests_name("parked", tests, NULL, NULL);
}
