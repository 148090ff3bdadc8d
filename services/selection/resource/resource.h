/* SPDX-License-Identifier: Apache-2.0 */
/* resource.h - what all methods about resources share, in tables like those of programme.h */
#pragma once

#include "selection_resource.pb-c.h"
#include "services/selection/contract.h"

extern const struct rule resource_rules[];         /* what its owner may change */
extern const struct rule resource_offered_rules[]; /* with the owner */
extern const struct life_cycle resource_life_cycle;
extern const struct db_stmt resource_select;
extern const struct object resource_object;
extern const struct db_stmt place_of_resource; /* whose it is */
/* Whom its conditions name: they gain what the owner gives. */
extern const char *const resource_users[];

/* What the rules of its windows must be beside valid: INVALID_ARGUMENT. NULL: always open. */
enum status resource_check_opening(struct call *call, const Selection__Opening *opening) MUST_CHECK;
/* And that none of them is over: FAILED_PRECONDITION. */
enum status resource_check_ends(struct call *call, const Selection__Opening *opening) MUST_CHECK;

/* Queued: all whom the conditions name take part. */
void resource_check_users(struct call *call, const Selection__Resource *resource);
/* Keeps opening and conditions under the resource's conditions_version. */
void resource_keep_version(struct call *call, const Selection__Resource *resource);
