/* SPDX-License-Identifier: Apache-2.0 */
/* claim.h - what all methods about claims share, in tables like those of programme.h */
#pragma once

#include "selection_claim.pb-c.h"
#include "services/selection/need/need.h"

extern const struct rule claim_rules[];
extern const struct life_cycle claim_life_cycle;
extern const struct db_stmt claim_select;
extern const struct object claim_object;

/* Is it a step of the side that this method is for? Else INVALID_ARGUMENT on "action". */
enum status claim_check_step(struct call *call, int action) MUST_CHECK;

/* Takes a step that the table allows, which is tested for who must still take part
 * (FAILED_PRECONDITION on "claim_id"), moves the need along, and says both. `claim` and `need` are
 * new, the claim with its id; they get the state after the change. Other errors are those of
 * object_change, and PERMISSION_DENIED on "action" where the actor acted for the other side. */
enum status claim_change(struct call *call, const struct change *change, Selection__Claim *claim,
                         Selection__Need *need) MUST_CHECK;
/* The same by the server itself with a loaded claim; `need` is new. */
enum status claim_step(struct call *call, Selection__ClaimAction action, const struct why *why,
                       Selection__Claim *claim, Selection__Need *need) MUST_CHECK;
/* Loads the need that it is about. */
enum status claim_load_need(struct call *call, const Selection__Claim *claim,
                            Selection__Need *need) MUST_CHECK;
