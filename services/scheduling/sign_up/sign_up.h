/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_up.h - what all methods about sign-ups share: life cycle; leaving, promoting,
 * releasing all
 */
#pragma once

#include "scheduling_sign_up.pb-c.h"
#include "services/scheduling/scheduling.h"

extern const struct life_cycle sign_up_life_cycle;
extern const struct object sign_up_object;

/* Whose contacts reach a sign-up: those of the unit that the person belongs to now. */
#define SIGN_UP_UNIT                                                                               \
    "(SELECT p.unit_id FROM scheduling.person p WHERE p.street = :street"                          \
    " AND p.person_id = sign_up.person_id)"
/* Of a query's WHERE. */
#define SIGN_UP_IS_REACHED                                                                         \
    "(:reach_street OR community_id = ANY(:reach_communities::uuid[])"                             \
    " OR person_id::text = :reach_person OR " SIGN_UP_UNIT " = ANY(:reach_units::uuid[]))"

/* Behind {columns} of a query: in place of where one stood on arrival who came before and still
 * waits, and oneself. Ids of a street rise in the order of arrival. */
#define SIGN_UP_RANK                                                                               \
    ", (CASE WHEN sign_up.status = 'WAITING' THEN (SELECT count(*) FROM scheduling.sign_up w"      \
    " WHERE w.street = :street AND w.occurrence_id = sign_up.occurrence_id"                        \
    " AND w.status = 'WAITING' AND w.sign_up_id <= sign_up.sign_up_id) ELSE 0 END)::integer"       \
    " AS place"

/* Takes the step CANCEL with a loaded sign-up, counts it out of its occurrence, says so, and gives
 * its place to the first who waits. */
enum status sign_up_cancel(struct call *call, Scheduling__SignUp *sign_up,
                           Scheduling__Occurrence *occurrence, const struct why *why) MUST_CHECK;
/* The same where the step is taken. */
enum status sign_up_left(struct call *call, Scheduling__SignUp *sign_up,
                         Scheduling__Occurrence *occurrence, const struct why *why) MUST_CHECK;

/* Gives free places to those who wait, in their order: step and Promoted each. Hundreds at once; a
 * timer does the rest. */
enum status sign_ups_promote(struct call *call, Scheduling__Occurrence *occurrence) MUST_CHECK;
#define PROMOTE_TIMER "promote_sign_ups"
enum status sign_ups_promote_rest(struct call *call) MUST_CHECK;

/* Cancels the sign-ups of a cancelled occurrence, all or the first hundreds; a timer does the
 * rest. */
enum status sign_ups_release(struct call *call, Scheduling__Occurrence *occurrence,
                             const struct why *why) MUST_CHECK;
#define RELEASE_TIMER "release_sign_ups"
enum status sign_ups_release_rest(struct call *call) MUST_CHECK;
