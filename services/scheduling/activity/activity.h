/* SPDX-License-Identifier: Apache-2.0 */
/*
 * activity.h - what all methods about activities share: field rules, life cycle,
 * references
 */
#pragma once

#include "scheduling_activity.pb-c.h"
#include "services/scheduling/scheduling.h"

/* Where it takes place is said once, when it is made. */
extern const struct rule activity_rules[], activity_created_rules[];
extern const struct life_cycle activity_life_cycle;
extern const struct db_stmt activity_select;
extern const struct object activity_object;
extern const struct db_stmt place_of_activity; /* of requests with an activity_id */

/* What its fields must be to each other: INVALID_ARGUMENT on "activity.schedule.rrule"
 * ("no_dates"), "activity.schedule.first_start_local" ("first_of_rule"). */
enum status activity_check_schedule(struct call *call,
                                    const Scheduling__Schedule *schedule) MUST_CHECK;
/* And on "activity.sign_up_closes_minutes" ("order"). */
enum status activity_check_sign_up(struct call *call,
                                   const Scheduling__Activity *activity) MUST_CHECK;

/* Of a query's WHERE: who may not yet see it does not. */
#define ACTIVITY_IS_SEEN                                                                           \
    "(status <> 'DRAFT' OR :reach_street OR community_id = ANY(:reach_communities::uuid[])"        \
    " OR unit_ids && :reach_units::uuid[])"

/* Queued by who makes or changes an activity; a reference that is nobody's any more is the
 * refusal. */
extern const struct db_stmt activity_community, activity_units, activity_resource, activity_groups;

/* Of a statement: what the registry says of its community today, on a field of the request. */
#define ACTIVITY_SPEAKS_FOR_GROUPS(field)                                                          \
    .sql = "SELECT 1 WHERE :groups::text[] <@ coalesce((SELECT groups FROM scheduling.community"   \
           " WHERE street = :street AND community_id = nullif(:community_id, '')::uuid),"          \
           " :groups::text[])",                                                                    \
    .of = &scheduling__activity__descriptor,                                                       \
    .one_row = {STATUS_FAILED_PRECONDITION, field, "groups",                                       \
                "the registry does not say that its community speaks for all of these groups"}

/* Of unit_ids those have agreed that did before, and those that the actor may answer for. */
void activity_ask_organisers(struct call *call, Scheduling__Activity *activity);

/* ActivityChanged, by START or COMPLETE. */
enum status activity_say_changed(struct call *call, Scheduling__Activity *activity,
                                 Scheduling__ActivityAction action, const char *reason) MUST_CHECK;

/* Its occurrences that are still to come, in order. Binds activity_id and update_time, which is
 * now. */
extern const struct db_stmt activity_rest;
