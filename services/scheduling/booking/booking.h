/* SPDX-License-Identifier: Apache-2.0 */
/*
 * booking.h - what all methods about bookings share: field rules, life cycle; making and
 * ending one
 */
#pragma once

#include "libcommon/base/conditions.h"
#include "scheduling_booking.pb-c.h"
#include "services/scheduling/scheduling.h"

extern const struct rule booking_rules[];
extern const struct life_cycle booking_life_cycle;
extern const struct db_stmt booking_select;
extern const struct object booking_object;

/* ---- booking_check.c: may it be? ---- */

/* Bookings that the same command will make, of which none is stored yet: of one resource, for one
 * community or unit, in order of time. */
struct planned_bookings {
    struct planned_booking {
        const Scheduling__Booking *booking; /* with its id */
        int64_t start;                      /* recurrence_seconds */
    } * item;
    size_t count;
};

/* Asks the copies of selection's resources and the bookings that stand, under the street's lock.
 * What stands against it is added to `violations`, on the request's fields that are named; the
 * one that is in the way is *ret_rival, else "". Nothing against it: the booking has the
 * conditions that hold for it. Waits for the database, twice where the conditions say how often.
 * `activity` is the one that it is for, or NULL: units that agreed to organise it count as those
 * who use it. Whoever owns the resource, or organises with its owner, is not asked to meet
 * conditions. `planned` count as if they stood; they begin before it does. */
enum status booking_check(struct call *call, Scheduling__Booking *booking,
                          const Scheduling__Activity *activity,
                          const struct planned_bookings *planned, const struct use_fields *fields,
                          struct violations *violations, const char **ret_rival) MUST_CHECK;
/* The same of one booking alone: what stands against it refuses the call, as booking_refuse. */
enum status booking_check_or_refuse(struct call *call, Scheduling__Booking *booking,
                                    const Scheduling__Activity *activity,
                                    const struct use_fields *fields) MUST_CHECK;
/* FAILED_PRECONDITION with these violations; NOT_FOUND where there is no such resource. */
enum status booking_refuse(struct call *call, const struct violations *violations) MUST_CHECK;

/* ---- booking.c: making and ending one ---- */

/* Stores a checked booking and says ResourceBooked. The id is made here unless it is set. */
enum status booking_make(struct call *call, Scheduling__Booking *booking) MUST_CHECK;

/* A booking that is to follow its occurrence to another time. */
struct booking_move {
    Scheduling__Booking *booking; /* with its new times; NULL: there is none */
    const Google__Protobuf__Timestamp *previous_start, *previous_end;
    struct violations violations; /* what stands against it */
};
/* Looks whether the booking of the occurrence may be where that is now. What lies within its old
 * time is no new use: it may, whatever the owner asks of new ones. Waits for the database. */
enum status booking_check_move(struct call *call, const Scheduling__Occurrence *occurrence,
                               const struct use_fields *fields,
                               struct booking_move *ret) MUST_CHECK;
/* Stores it and says BookingMoved. */
enum status booking_move(struct call *call, const struct booking_move *move) MUST_CHECK;

/* For an occurrence: its resource, community, times and title, and its activity's groups. */
Scheduling__Booking *booking_for(struct call *call, const Scheduling__Activity *activity,
                                 const Scheduling__Occurrence *occurrence);
/* The same, checked as booking_check_or_refuse and with an id, which the occurrence has now, too.
 * Both are still to be stored: the occurrence, then booking_make. Waits for the activity. */
enum status booking_plan(struct call *call, Scheduling__Occurrence *occurrence,
                         const struct use_fields *fields,
                         Scheduling__Booking **ret_booking) MUST_CHECK;

/* The purpose of the bookings of its dates to come becomes the activity's title: BookingUpdated
 * each. Waits once. */
enum status bookings_rename(struct call *call, const Scheduling__Activity *activity) MUST_CHECK;

/* Ends a booking of which the occurrence knows already: step, BookingCancelled. */
enum status booking_cancel(struct call *call, const char *booking_id,
                           const struct why *why) MUST_CHECK;
/* Says that a booking is cancelled, and takes it from its occurrence, which stays. */
enum status booking_ended(struct call *call, Scheduling__Booking *booking,
                          const struct why *why) MUST_CHECK;
/* Both with one that is loaded; see ending.h. */
enum status booking_end(struct call *call, ProtobufCMessage *message,
                        const struct why *why) MUST_CHECK;
