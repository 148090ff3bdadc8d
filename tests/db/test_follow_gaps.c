/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_follow_gaps.c - nothing is left out of a copy: not while it is rebuilt, over a slow
 * database, by an older version, or where the other journal was restored
 */
#include "follow_units.h"

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/call/endpoint.h"
#include "libcommon/service/following/follower.h"
#include "libcommon/service/method/envelope.h"

/* Its reader's own write is not in half a copy, whatever this process believes of positions. */
static void answers_no_query_behind_a_position_that_is_made_anew(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};
    Bus__Position registry = BUS__POSITION__INIT, *after[] = {&registry};

    registry.service = (char *)"registry";
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    bed_free(bed_run(bed, rebuild_call(bed, "registry")));
    for (int64_t applied = 0; applied <= 2; applied++) {
        for (registry.seq = 1; registry.seq <= 2; registry.seq++) {
            struct call *call = bed_call(bed, "ListNeeds", "{}");
            Bus__RequestHeader *header = (Bus__RequestHeader *)call->header;

            header->after = after;
            header->n_after = 1;
            if (registry.seq <= applied)
                bed_assert_outcome(bed_run(bed, call), STATUS_OK, "", "");
            else
                bed_assert_outcome(bed_run(bed, call), STATUS_UNAVAILABLE, "after", "behind");
            bed_free(call);
        }
        if (applied < 2)
            assert_int_equal(follow_units(bed, &units[applied], 1), STATUS_OK);
    }
}

/* ---- a batch that takes long ---- */

static int ran, ran_careful;

static enum status note_run(struct call *call)
{
    ran++;
    ran_careful += call->careful;
    return STATUS_OK;
}

static enum status fail_without_a_trace(struct call *call)
{
    return call_fail(call, STATUS_UNAVAILABLE, "", "database", "not now");
}

static struct call *own_call(struct bed *bed, enum status (*command)(struct call *call))
{
    static const struct event_source source = {.service = "registry"};
    struct method *row = mem_new(bed->slot.parent, struct method);
    struct endpoint *endpoint = mem_new(bed->slot.parent, struct endpoint);

    row->command = command;
    endpoint->row = row;
    endpoint->name = "test";
    endpoint->service = bed_service;
    struct call *call = envelope_own(endpoint, bed->street, ORIGIN_EVENT);
    call->source.event = &source;
    return call;
}

/* Over a slow database the last events of a batch begin late; left out, they would be lost behind a
 * position that has moved past them, or come again for ever. */
static void applies_an_event_however_late_its_turn_comes(void **state)
{
    struct bed *bed = *state;
    struct call *call = own_call(bed, note_run);

    ran = 0;
    call->deadline = clock_monotonic_ms() - 1;
    batch_run(&bed->slot, &call, 1);
    assert_int_equal(call->status, STATUS_OK);
    assert_int_equal(ran, 1);
    bed_free(call);
}

/* The last call moves the position for all: so none before it may be missing. */
static void moves_past_no_event_that_was_not_applied(void **state)
{
    struct bed *bed = *state;
    struct call *calls[] = {own_call(bed, fail_without_a_trace), own_call(bed, note_run)};

    ran = ran_careful = 0;
    batch_run(&bed->slot, calls, 2);
    assert_int_equal(ran, 1); /* not in the pass that trusts the last one */
    assert_int_equal(ran_careful, 1);
    for (int i = 0; i < 2; i++)
        bed_free(calls[i]);
}

/* ---- other versions ---- */

/* Passed over it would be missing from the copy permanently, though the next version reads it. */
static void waits_for_a_version_that_knows_the_value(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};

    units[1].kind = (Registry__UnitKind)99;
    assert_int_equal(follow_units(bed, units, 2), STATUS_UNAVAILABLE);
    assert_int_equal(position(bed, "seq"), 1);
    assert_int_equal(follow_units(bed, &units[1], 1), STATUS_UNAVAILABLE);
    assert_int_equal(position(bed, "seq"), 1);
    bed_assert_journal(bed, 0);                          /* nothing was refused */
    units[1].kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK; /* as that version sees it */
    assert_int_equal(follow_units(bed, &units[1], 1), STATUS_OK);
    assert_int_equal(units_called(bed, "二"), 1);
}

/* ---- a journal that was restored ---- */

static void makes_its_copies_anew_of_another_history(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1),
                              unit_at(UNIT, "三", 2)};

    assert_int_equal(follow_units(bed, units, 3), STATUS_OK);
    assert_int_equal(position(bed, "reacted"), 3);
    struct follower_position at = bed_follower_position(bed, "registry");
    struct follower_position stale = at;
    stale.event_id[0] ^= 1;
    assert_int_equal(follower_start_over(&bed->slot, bed->street, 0, 2, 1, &stale), STATUS_ABORTED);
    assert_int_equal(units_called(bed, "三"), 1);
    assert_int_equal(follower_start_over(&bed->slot, bed->street, 0, 2, 1, &at), STATUS_OK);
    assert_int_equal(units_called(bed, "三") + units_called(bed, "二"), 0);
    assert_int_equal(position(bed, "seq"), 0);
    assert_int_equal(position(bed, "reached"), 2);
    assert_int_equal(position(bed, "reacted"), 1); /* what came behind it is new */
    bed_refused(bed, "RaiseNeed", own_need, STATUS_UNAVAILABLE, "street", "rebuilding");
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    bed_ok(bed, "RaiseNeed", own_need);
}

/* It was being rebuilt when the journal was restored, and is shorter now. */
static void is_whole_where_the_restored_journal_ends(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};

    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    bed_free(bed_run(bed, rebuild_call(bed, "registry")));
    assert_int_equal(follow_units(bed, units, 1), STATUS_OK);
    bed_refused(bed, "RaiseNeed", own_need, STATUS_UNAVAILABLE, "street", "rebuilding");
    struct follower_position at = bed_follower_position(bed, "registry");
    assert_int_equal(follower_end_here(&bed->slot, bed->street, 0, &at), STATUS_OK);
    assert_int_equal(position(bed, "reached"), 1);
    assert_int_equal(position(bed, "reacted"), 1);
    bed_ok(bed, "RaiseNeed", own_need);
}

/* ---- what proves a position ---- */

static bool has_ids(struct bed *bed, const char *event, const char *reacted)
{
    struct follower_position at = bed_follower_position(bed, "registry");

    return strcmp(at.event_id, event) == 0 && strcmp(at.reacted_id, reacted) == 0;
}

static void keeps_what_it_reacted_to_while_copies_are_made_anew(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};

    assert_int_equal(follow_units(bed, units, 2), STATUS_OK);
    const struct follower_position before = bed_follower_position(bed, "registry");
    assert_string_not_equal(before.event_id, "");
    assert_string_equal(before.reacted_id, before.event_id);
    bed_free(bed_run(bed, rebuild_call(bed, "registry")));
    assert_true(has_ids(bed, "", before.event_id));
    assert_int_equal(follow_units(bed, units, 1), STATUS_OK);
    assert_string_equal(bed_follower_position(bed, "registry").reacted_id, before.event_id);
}

/* A version of before knows numbers alone: what it does not move must not tell another history. */
static void knows_no_id_where_an_older_version_moved_on(void **state)
{
    struct bed *bed = *state;
    Registry__Unit units[] = {unit_at(UNIT, "一", 1), unit_at(OTHER_UNIT, "二", 1)};

    assert_int_equal(follow_units(bed, units, 1), STATUS_OK);
    bed_sql(bed, "UPDATE selection.follower SET seq = 5, reached = 5 WHERE street = '%s'",
            bed->street);
    assert_true(has_ids(bed, "", ""));
    assert_int_equal(position(bed, "reacted"), 5);
    assert_int_equal(follow_units(bed, units, 2), STATUS_OK); /* and a newer one takes over */
    assert_int_equal(position(bed, "seq"), 7);
    bed_sql(bed,
            "DELETE FROM selection.follower WHERE street = '%s'; INSERT INTO selection.follower"
            " (street, source, seq, reached) VALUES ('%s', 'registry', 9, 9)",
            bed->street, bed->street);
    assert_int_equal(position(bed, "reacted"), 9); /* a rebuild would repeat reactions */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(answers_no_query_behind_a_position_that_is_made_anew),
        TEST(applies_an_event_however_late_its_turn_comes),
        TEST(moves_past_no_event_that_was_not_applied),
        TEST(waits_for_a_version_that_knows_the_value),
        TEST(makes_its_copies_anew_of_another_history),
        TEST(is_whole_where_the_restored_journal_ends),
        TEST(keeps_what_it_reacted_to_while_copies_are_made_anew),
        TEST(knows_no_id_where_an_older_version_moved_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
