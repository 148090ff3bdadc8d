/* SPDX-License-Identifier: Apache-2.0 */
/* test_bookings.c - what is special about bookings, each alone; those of an activity:
 * test_booked_dates.c */
#include <string.h>

#include "bed_scheduling.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "life_cycle_walk.h"
#include "services/scheduling/booking/booking.h"

/* From one time to another of a day, for `owner` (", 'unitId': '…'"). */
static char *booking(struct bed *bed, const char *resource, int days, const char *from,
                     const char *until, const char *owner)
{
    return bed_json(bed, "{'booking': {'resourceId': '%s', 'startTime': '%s', 'endTime': '%s'%s}}",
                    resource, bed_instant(bed, days, from), bed_instant(bed, days, until), owner);
}

static char *owner(struct bed *bed, const char *field, const char *id)
{
    return mem_printf(bed->slot.parent, ", '%s': '%s'", field, id);
}

static char *cancel(struct bed *bed, const char *id, int revision)
{
    return bed_json(bed,
                    "{'bookingId': '%s', 'action': 'CANCEL', 'reason': '不用了',"
                    " 'revision': %d}",
                    id, revision);
}

static void names_the_booking_that_is_in_the_way(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *first =
        bed_make(bed, "BookResource", booking(bed, resource, 3, "09:00:00", "11:00:00", ""));
    struct call *call = bed_run(
        bed, bed_call(bed, "BookResource", booking(bed, resource, 3, "10:00:00", "12:00:00", "")));

    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "booking.start_time", "booked");
    assert_non_null(strstr(call->message, first));
    bed_assert_param(call, "rival", first);
    bed_assert_param(call, "from", bed_instant(bed, 3, "09:00:00"));
    bed_assert_param(call, "until", bed_instant(bed, 3, "11:00:00"));
    bed_free(call);
    /* the end is not included, other resources and other days are free */
    bed_ok(bed, "BookResource", booking(bed, resource, 3, "11:00:00", "12:00:00", ""));
    bed_ok(bed, "BookResource", booking(bed, resource, 4, "09:00:00", "11:00:00", ""));
    bed_ok(
        bed, "BookResource",
        booking(bed, bed_resource(bed, "{'everyone': true}", ""), 3, "09:00:00", "11:00:00", ""));
    /* and so is what was given back */
    bed_ok(bed, "ChangeBooking", cancel(bed, first, 1));
    bed_ok(bed, "BookResource", booking(bed, resource, 3, "09:00:00", "11:00:00", ""));
    bed_assert_journal(bed, 6);
}

static void lets_no_two_stand_even_behind_the_service(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    char *first =
        bed_make(bed, "BookResource", booking(bed, resource, 3, "09:00:00", "11:00:00", ""));
    char *second =
        bed_make(bed, "BookResource", booking(bed, resource, 3, "11:00:00", "12:00:00", ""));
    char *sql = mem_printf(bed->slot.parent,
                           "UPDATE scheduling.booking SET start_time = start_time"
                           " - interval '1 minute' WHERE booking_id = '%s'",
                           second);
    PGresult *result = PQexec(bed->admin, sql);

    assert_string_equal(PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME), "booking_overlap");
    PQclear(result);
    bed_ok(bed, "ChangeBooking", cancel(bed, first, 1));
    bed_sql(bed, "%s", sql);
}

/* Entries of indexes of bookings that were read, as the server counts them when a session ends. */
static long entries_read(struct bed *bed)
{
    return bed_number(bed, "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
                           " WHERE schemaname = 'scheduling' AND relname = 'booking'");
}

/* Books by a session of its own; how many entries that read. */
static long entries_to_book(struct bed *bed, const char *json)
{
    struct db_slot slot = bed_slot(bed);
    struct call *call = bed_call(bed, "BookResource", json);
    const long before = entries_read(bed);
    const int64_t end_ms = clock_monotonic_ms() + 60000;

    batch_run(&slot, &call, 1);
    assert_int_equal(call->status, STATUS_OK);
    bed_free(call);
    talloc_free(slot.db);
    long read = 0;
    while ((read = entries_read(bed) - before) == 0)
        assert_true(clock_monotonic_ms() < end_ms);
    return read;
}

static void walks_past_no_booking_that_was_cancelled(void **state)
{
    enum { CANCELLED = 3000 };
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true, 'oftenTimes': 2, 'oftenDays': 7}", "");

    bed_ok(bed, "BookResource", booking(bed, resource, 3, "09:00:00", "11:00:00", ""));
    bed_sql(bed,
            "INSERT INTO scheduling.booking SELECT street, gen_random_uuid(), resource_id,"
            " community_id, unit_id, groups, occurrence_id, start_time + n * interval '1 second',"
            " end_time + n * interval '1 second', purpose, conditions, conditions_version,"
            " 'CANCELLED', create_time, update_time, revision FROM scheduling.booking,"
            " generate_series(1, %d) n WHERE street = '%s' AND resource_id = '%s'",
            CANCELLED, bed->street, resource);
    long read = entries_to_book(bed, booking(bed, resource, 3, "14:00:00", "15:00:00", ""));
    assert_in_range(read, 1, 100);
}

static void refuses_what_is_no_time_or_past(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");

    bed_refused(bed, "BookResource", booking(bed, resource, 3, "09:00:00", "09:00:00", ""),
                STATUS_INVALID_ARGUMENT, "booking.end_time", "order");
    bed_refused(bed, "BookResource", booking(bed, resource, -1, "09:00:00", "10:00:00", ""),
                STATUS_FAILED_PRECONDITION, "booking.start_time", "past");
    bed_refused(bed, "BookResource",
                booking(bed, "019336a0-0000-7000-8000-000000000000", 3, "09:00:00", "10:00:00", ""),
                STATUS_NOT_FOUND, "booking.resource_id", "exists");
    bed_refused(bed, "BookResource",
                booking(bed, resource, 3, "09:00:00", "10:00:00",
                        mem_printf(bed->slot.parent, ", 'unitId': '%s', 'communityId': '%s'",
                                   bed_unit(bed), bed_community(bed))),
                STATUS_INVALID_ARGUMENT, "booking.unit_id", "one_owner");
    bed_refused(bed, "BookResource",
                booking(bed, resource, 3, "09:00:00", "10:00:00",
                        owner(bed, "unitId", "019336a0-0000-7000-8000-000000000000")),
                STATUS_NOT_FOUND, "booking.unit_id", "exists");
    bed_sql(bed, "UPDATE scheduling.resource SET status = 'PAUSED' WHERE resource_id = '%s'",
            resource);
    bed_refused(bed, "BookResource", booking(bed, resource, 3, "09:00:00", "10:00:00", ""),
                STATUS_FAILED_PRECONDITION, "booking.resource_id", "resource_status");
    bed_assert_journal(bed, 0);
}

static void holds_the_owners_conditions_and_freezes_them(void **state)
{
    struct bed *bed = *state;
    char *toge = bed_community(bed), *other = bed_community(bed);
    char *court = bed_resource(
        bed,
        mem_printf(bed->slot.parent,
                   "{'communityIds': ['%s'], 'noticeMinutes': 2880, 'longestMinutes': 120,"
                   " 'oftenTimes': 1, 'oftenDays': 7, 'duty': '活动后清扫'}",
                   toge),
        "{'windows': [{'rrule': 'FREQ=DAILY', 'from': '08:00', 'until': '20:00'}]}");
    const struct {
        const char *community, *from, *until, *field, *rule;
        int days;
    } bad[] = {
        {other, "09:00:00", "11:00:00", "booking.resource_id", "conditions.who", 30},
        {"", "09:00:00", "11:00:00", "booking.resource_id", "conditions.who", 30},
        {toge, "09:00:00", "11:00:00", "booking.start_time", "conditions.notice", 1},
        {toge, "09:00:00", "11:00:01", "booking.end_time", "conditions.longest", 30},
        {toge, "07:59:59", "09:00:00", "booking.start_time", "conditions.opening", 30},
        {toge, "19:00:00", "20:00:01", "booking.start_time", "conditions.opening", 30},
        {toge, "14:00:00", "15:00:00", "booking.start_time", "conditions.often", 16},
    };

    char *id =
        bed_make(bed, "BookResource",
                 booking(bed, court, 10, "18:00:00", "20:00:00", owner(bed, "communityId", toge)));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        bed_refused(bed, "BookResource",
                    booking(bed, court, bad[i].days, bad[i].from, bad[i].until,
                            owner(bed, "communityId", bad[i].community)),
                    STATUS_FAILED_PRECONDITION, bad[i].field, bad[i].rule);
    bed_ok(bed, "BookResource",
           booking(bed, court, 17, "18:00:00", "20:00:00", owner(bed, "communityId", toge)));
    bed_sql(bed, "UPDATE scheduling.resource SET conditions = '{}' WHERE resource_id = '%s'",
            court);
    assert_string_equal(bed_column(bed, "booking", id, "conditions ->> 'duty'"), "活动后清扫");
    assert_string_equal(bed_column(bed, "booking", id, "conditions_version"), "3");
}

static void books_no_farther_ahead_than_may_be(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");

    bed_ok(bed, "BookResource", booking(bed, resource, 729, "09:00:00", "10:00:00", ""));
    bed_refused(bed, "BookResource", booking(bed, resource, 733, "09:00:00", "10:00:00", ""),
                STATUS_FAILED_PRECONDITION, "booking.start_time", "ahead");
    bed_refused(bed, "BookResource", booking(bed, resource, 83000, "09:00:00", "10:00:00", ""),
                STATUS_INVALID_ARGUMENT, "booking.start_time", "range");
    bed_refused(bed, "BookResource",
                bed_json(bed,
                         "{'booking': {'resourceId': '%s', 'startTime': '%s',"
                         " 'endTime': '2199-12-31T23:59:59Z'}}",
                         resource, bed_instant(bed, 3, "09:00:00")),
                STATUS_FAILED_PRECONDITION, "booking.end_time", "ahead");
}

/* Twenty windows that an older version took, the dearest that there were. */
static void is_not_held_up_by_what_windows_say(void **state)
{
    static const char window[] = "{'rrule': 'FREQ=DAILY;COUNT=1000;BYDAY=MO;BYMONTH=2',"
                                 " 'from': '00:00', 'until': '24:00'}";
    struct bed *bed = *state;
    char *windows = mem_text(bed->slot.parent, window);

    for (int i = 1; i < 20; i++)
        windows = mem_printf(bed->slot.parent, "%s, %s", windows, window);
    char *resource = bed_resource(bed, "{'everyone': true}",
                                  mem_printf(bed->slot.parent, "{'windows': [%s]}", windows));
    const int64_t began_ms = clock_monotonic_ms();
    bed_refused(bed, "BookResource", booking(bed, resource, 700, "09:00:00", "10:00:00", ""),
                STATUS_FAILED_PRECONDITION, "booking.start_time", "conditions.opening");
    assert_in_range(clock_monotonic_ms() - began_ms, 0, 5000);
}

/* However many uses there are, as many are read as the conditions name. */
static void counts_uses_among_thousands(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true, 'oftenTimes': 3, 'oftenDays': 7}", "");

    bed_sql(
        bed,
        "INSERT INTO scheduling.booking SELECT '%s', gen_random_uuid(), '%s', NULL, NULL, '{}',"
        " NULL, t, t + '1 minute', '', NULL, 1, 'BOOKED', now(), now(), 1"
        " FROM generate_series(now() + '20 days', now() + '20 days 5000 minutes', '1 minute') t",
        bed->street, resource);
    bed_refused(bed, "BookResource", booking(bed, resource, 25, "09:00:00", "10:00:00", ""),
                STATUS_FAILED_PRECONDITION, "booking.start_time", "conditions.often");
    bed_refused(bed, "BookResource", booking(bed, resource, 18, "09:00:00", "10:00:00", ""),
                STATUS_FAILED_PRECONDITION, "booking.start_time", "conditions.often");
    bed_ok(bed, "BookResource", booking(bed, resource, 10, "09:00:00", "10:00:00", ""));
    bed_ok(bed, "BookResource", booking(bed, resource, 10, "10:00:00", "11:00:00", ""));
    bed_ok(bed, "BookResource", booking(bed, resource, 40, "09:00:00", "10:00:00", ""));
}

static void lets_unit_contacts_book_for_their_own_unit_only(void **state)
{
    struct bed *bed = *state;
    char *own = bed_unit(bed), *sibling = bed_unit(bed);
    char *resource = bed_resource(bed, "{'everyone': true}", "");

    bed_grant(bed, "contact-1", "UNIT_CONTACT", NULL, own);
    bed_outcome_for(bed, "contact-1", "BookResource",
                    booking(bed, resource, 3, "09:00:00", "10:00:00", owner(bed, "unitId", own)),
                    STATUS_OK, "", "");
    bed_outcome_for(
        bed, "contact-1", "BookResource",
        booking(bed, resource, 4, "09:00:00", "10:00:00", owner(bed, "unitId", sibling)),
        STATUS_PERMISSION_DENIED, "booking.unit_id", "reach");
    char *theirs =
        bed_make(bed, "BookResource",
                 booking(bed, resource, 4, "09:00:00", "10:00:00", owner(bed, "unitId", sibling)));
    bed_outcome_for(bed, "contact-1", "ChangeBooking", cancel(bed, theirs, 1), STATUS_NOT_FOUND,
                    "booking_id", "exists");
}

static void lists_bookings_in_order_of_time(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    int64_t last = 0;

    for (int days = 5; days > 0; days--)
        bed_ok(bed, "BookResource", booking(bed, resource, days, "09:00:00", "10:00:00", ""));
    struct call *call = bed_run(
        bed, bed_call(bed, "ListBookings",
                      bed_json(bed, "{'resourceId': '%s', 'status': 'BOOKED', 'fromTime': '%s'}",
                               resource, bed_instant(bed, 2, "00:00:00"))));
    const Scheduling__ListBookingsResponse *page = call->response;
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(page->n_bookings, 4);
    for (size_t i = 0; i < page->n_bookings; i++) {
        assert_true(page->bookings[i]->start_time->seconds > last);
        last = page->bookings[i]->start_time->seconds;
    }
    bed_free(call);
}

static size_t bookings_between(struct bed *bed, const char *from, const char *until,
                               const char *resource)
{
    struct call *call = bed_run(
        bed, bed_call(bed, "ListBookings",
                      bed_json(bed, "{'fromTime': '%s', 'untilTime': '%s'%s}",
                               bed_instant(bed, 3, from), bed_instant(bed, 3, until), resource)));

    bed_assert_outcome(call, STATUS_OK, "", "");
    size_t count = ((const Scheduling__ListBookingsResponse *)call->response)->n_bookings;
    bed_free(call);
    return count;
}

static void lists_what_overlaps_a_time_whenever_it_began(void **state)
{
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");
    const char *of_it = bed_json(bed, ", 'resourceId': '%s'", resource);

    assert_int_equal(bookings_between(bed, "10:00:00", "12:00:00", ""), 0);
    bed_ok(bed, "BookResource", booking(bed, resource, 3, "08:00:00", "20:00:00", ""));
    bed_ok(bed, "BookResource", booking(bed, resource, 3, "06:00:00", "07:00:00", ""));
    for (int i = 0; i < 2; i++) {
        const char *which = i ? of_it : "";
        assert_int_equal(bookings_between(bed, "10:00:00", "12:00:00", which), 1);
        assert_int_equal(bookings_between(bed, "20:00:00", "21:00:00", which), 0);
        assert_int_equal(bookings_between(bed, "07:00:00", "08:00:00", which), 0);
        assert_int_equal(bookings_between(bed, "06:59:00", "08:01:00", which), 2);
    }
}

static void walks_the_life_cycle(void **state)
{
    static const struct changing bookings = {&booking_life_cycle, "booking", "ChangeBooking",
                                             "booking_id"};
    struct bed *bed = *state;
    char *resource = bed_resource(bed, "{'everyone': true}", "");

    walk_life_cycle(
        bed, &bookings,
        bed_make(bed, "BookResource", booking(bed, resource, 3, "09:00:00", "10:00:00", "")));
}

static void forgets_resources_before_they_are_copied_anew(void **state)
{
    const struct bed_caller operator= {BUS__ROLE__ROLE_OPERATOR, "operator", ""};
    struct bed *bed = *state;

    bed_resource(bed, "{'everyone': true}", "");
    bed_sql(bed, "INSERT INTO scheduling.follower VALUES ('%s', 'selection', 7, 7)", bed->street);
    struct call *call = bed_run(bed, bed_call_by(bed, operator, bed->street, "Rebuild", NULL,
                                                 "{\"service\": \"selection\"}"));
    bed_assert_outcome(call, STATUS_OK, "", "");
    bed_free(call);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM scheduling.resource WHERE street = '%s'",
                                bed->street),
                     0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(names_the_booking_that_is_in_the_way),
        TEST(lets_no_two_stand_even_behind_the_service),
        TEST(walks_past_no_booking_that_was_cancelled),
        TEST(refuses_what_is_no_time_or_past),
        TEST(holds_the_owners_conditions_and_freezes_them),
        TEST(books_no_farther_ahead_than_may_be),
        TEST(is_not_held_up_by_what_windows_say),
        TEST(counts_uses_among_thousands),
        TEST(lets_unit_contacts_book_for_their_own_unit_only),
        TEST(lists_bookings_in_order_of_time),
        TEST(lists_what_overlaps_a_time_whenever_it_began),
        TEST(forgets_resources_before_they_are_copied_anew),
        TEST(walks_the_life_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
