/* SPDX-License-Identifier: Apache-2.0 */
/* project.h - what all methods about projects share, in tables like those of programme.h */
#pragma once

#include "selection_project.pb-c.h"
#include "services/selection/need/need.h"

extern const struct rule project_rules[];         /* what may change */
extern const struct rule project_started_rules[]; /* with what is set when it starts */
extern const struct life_cycle project_life_cycle;
extern const struct db_stmt project_select;
extern const struct object project_object;
extern const struct db_stmt place_of_project; /* whose it is */
/* Whom a project names: parties, who may decline. */
extern const char *const project_parties[];

/* Refuse newly named parties that take no part in the street. */
extern const struct db_stmt project_units, project_communities;

/* May it take on the needs of grew_from? What StartProject says of them, on
 * "project.grew_from.need_ids[i]". Waits for each. */
enum status project_check_needs(struct call *call, const Selection__Project *project) MUST_CHECK;
/* Takes a step with those needs of grew_from that are the project's: BEGIN of the open ones, which
 * it takes on; FINISH and REOPEN of those that it took on. */
enum status project_move_needs(struct call *call, const Selection__Project *project,
                               Selection__NeedAction action, const struct why *why) MUST_CHECK;
/* REOPEN of those that it took on from somebody who is no party any more: "party_left". */
enum status project_leave_needs(struct call *call, const Selection__Project *project,
                                const char *reason) MUST_CHECK;
