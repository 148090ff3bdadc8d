/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c - the tables of claim.h, and how a claim moves its need */
#include "services/selection/claim/claim.h"

#include <string.h>

#include "libcommon/service/method/authority.h"
#include "services/selection/parties.h"

#define STATUS(name) SELECTION__CLAIM_STATUS__CLAIM_STATUS_##name
#define ACTION(name) SELECTION__CLAIM_ACTION__CLAIM_ACTION_##name
#define NEED_ACTION(name) SELECTION__NEED_ACTION__NEED_ACTION_##name

const struct rule claim_rules[] = {
    RULE_UUID(need_id),
    RULE_UUID(lead_unit_id),
    RULE_UUID_SET(partner_unit_ids, 0, 20),
    RULE_UUID_IF_SET(resource_id),
    RULE_LONG_TEXT(note, 0, 500),
    RULES_END,
};

static const struct db_violation violations[] = {
    {"claim_live_key", STATUS_FAILED_PRECONDITION, "claim.need_id", "claimed",
     "another unit claimed the need first"},
    {"claim_need", STATUS_NOT_FOUND, "claim.need_id", "exists", "no such need in this street"},
    {"claim_resource", STATUS_NOT_FOUND, "claim.resource_id", "exists",
     "no such resource in this street"},
    {"claim_partners", STATUS_INVALID_ARGUMENT, "claim.partner_unit_ids", "duplicate",
     "the lead unit is no partner of itself"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(SUBMITTED), ACTION(APPROVE), STATUS(APPROVED), MAY_REVIEW_CLAIM, false,
     "the asker wants it; the need is IN_PROGRESS"},
    {STATUS(SUBMITTED), ACTION(REFUSE), STATUS(REFUSED), MAY_REVIEW_CLAIM, true,
     "final; the need is OPEN again"},
    {STATUS(APPROVED), ACTION(FINISH), STATUS(DONE), MAY_CLAIM_NEED, false,
     "the units say that it is met; the need is DONE"},
    {STATUS(DONE), ACTION(ACCEPT), STATUS(ACCEPTED), MAY_REVIEW_CLAIM, false,
     "final; the asker says so, too; the need is ACCEPTED"},
    {STATUS(SUBMITTED), ACTION(LEAVE), STATUS(LEFT), MAY_CLAIM_NEED, true,
     "final; the need is OPEN again"},
    {STATUS(APPROVED), ACTION(LEAVE), STATUS(LEFT), MAY_CLAIM_NEED, true,
     "final; the need is OPEN again"},
    {STATUS(APPROVED), ACTION(REVOKE), STATUS(REVOKED), MAY_REVIEW_CLAIM, true,
     "final; the need is OPEN again"},
    {STATUS(DONE), ACTION(REVOKE), STATUS(REVOKED), MAY_REVIEW_CLAIM, true,
     "final; the need is not met, and OPEN again"},
    {0},
};

/* Where a step of the claim takes its need. */
static const Selection__NeedAction need_steps[] = {
    [ACTION(APPROVE)] = NEED_ACTION(BEGIN), [ACTION(REFUSE)] = NEED_ACTION(REOPEN),
    [ACTION(FINISH)] = NEED_ACTION(FINISH), [ACTION(ACCEPT)] = NEED_ACTION(ACCEPT),
    [ACTION(LEAVE)] = NEED_ACTION(REOPEN),  [ACTION(REVOKE)] = NEED_ACTION(REOPEN),
};
_Static_assert(sizeof need_steps / sizeof need_steps[0] == ACTION(REVOKE) + 1,
               "every action of a claim moves its need");

const struct life_cycle claim_life_cycle = {
    .table = transitions,
    .statuses = &selection__claim_status__descriptor,
    .actions = &selection__claim_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(claim_id),
    COLUMN(need_id),
    COLUMN(lead_unit_id),
    COLUMN(partner_unit_ids),
    NULLABLE(resource_id, uuid),
    COLUMN(note),
    COLUMN(status),
    COLUMN(reason),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    COLUMN(claimed_by),
    COLUMN(finished_by),
    {0},
};

OBJECT(claim, selection__claim__descriptor, .noun = "claim", .id = "claim_id",
       .table = "selection.claim", .columns = columns, .violations = violations,
       .life_cycle = &claim_life_cycle);

static bool is_of_side(int action, const struct permission *side)
{
    for (const struct transition *row = transitions; row->action; row++)
        if (row->action == action)
            return row->may == side;
    return false;
}

/* ---- who must still take part ---- */

STATEMENT(units_of_approved_claim,
          STILL_TAKES_PART(claim, UNIT_STILL(lead_unit_id) " AND " UNITS_STILL(partner_unit_ids),
                           "claim_id", "unit_status",
                           "its lead unit or a partner is suspended or withdrawn"));
STATEMENT(lead_of_finished_claim,
          STILL_TAKES_PART(claim, UNIT_STILL(lead_unit_id), "claim_id", "unit_status",
                           "its lead unit is suspended or withdrawn"));
STATEMENT(resource_of_approved_claim,
          PARTY(claim,
                ":resource_id = '' OR EXISTS (SELECT FROM selection.resource"
                " WHERE street = :street AND resource_id = nullif(:resource_id, '')::uuid"
                " AND status <> 'WITHDRAWN')",
                STATUS_FAILED_PRECONDITION, "claim_id", "resource_status",
                "the resource that it offers was withdrawn"));
STATEMENT(asker_of_approved_claim,
          STILL_TAKES_PART(need, UNIT_STILL(unit_id) " AND " COMMUNITY_STILL(community_id),
                           "claim_id", "asker_status",
                           "who raised the need takes no part at present"));

/* Whoever gets out of a claim, or accepts what was done, need not. */
static void check_parties(struct call *call, Selection__ClaimAction action,
                          const Selection__Claim *claim, const Selection__Need *need)
{
    if (action == ACTION(FINISH))
        db_do(call, &lead_of_finished_claim, &claim->base);
    if (action != ACTION(APPROVE))
        return;
    db_do(call, &units_of_approved_claim, &claim->base);
    db_do(call, &resource_of_approved_claim, &claim->base);
    db_do(call, &asker_of_approved_claim, &need->base);
}

/* ---- steps ---- */

enum status claim_load_need(struct call *call, const Selection__Claim *claim, Selection__Need *need)
{
    need->need_id = claim->need_id;
    return object_load(call, &need_object, "claim_id", &need->base);
}

/* A need that is open again has no claim. */
static void part(Selection__ClaimAction action, const struct why *why, Selection__Claim *claim,
                 Selection__Need *need)
{
    if (need_steps[action] != NEED_ACTION(REOPEN))
        return;
    need->claim_id = (char *)"";
    claim->reason = (char *)why->reason;
}

/* Moves the need along with a claim that is stored, and says both. */
static enum status move_need(struct call *call, Selection__ClaimAction action,
                             const struct why *why, Selection__Claim *claim, Selection__Need *need)
{
    Selection__ClaimChanged event = SELECTION__CLAIM_CHANGED__INIT;
    enum status status = object_step(call, &need_object, (int)need_steps[action], &need->base);

    if (status != STATUS_OK)
        return status;
    event.claim = claim;
    event.action = action;
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    event.need = need;
    status = journal_append(call, claim->claim_id, &event.base);
    return status == STATUS_OK ? need_say_changed(call, need_steps[action], why, need) : status;
}

enum status claim_check_step(struct call *call, int action)
{
    if (!is_of_side(action, call->endpoint->row->may))
        return call_fail(call, STATUS_INVALID_ARGUMENT, "action", "one_of",
                         "this is a step of the other side");
    return STATUS_OK;
}

/* The asker's word is not that of who acted for the units. The office may give it all the same, and
 * says why. */
static enum status check_sides(struct call *call, const struct change *change,
                               const Selection__Claim *claim)
{
    static const struct spot everywhere = {"", "", "", BUS__ROLE__ROLE_UNSPECIFIED, ""};

    if ((change->action != ACTION(APPROVE) && change->action != ACTION(ACCEPT)) ||
        (strcmp(call->actor, claim->claimed_by) != 0 &&
         strcmp(call->actor, claim->finished_by) != 0))
        return STATUS_OK;
    if (!authority_may_at(call, MAY_REVIEW_CLAIM, &everywhere))
        return call_fail(call, STATUS_PERMISSION_DENIED, "action", "both_sides",
                         "whoever acted for the units does not answer for the asker");
    if (!change->reason[0])
        return call_fail(call, STATUS_INVALID_ARGUMENT, "reason", "required",
                         "whoever acts for both sides says why");
    return STATUS_OK;
}

enum status claim_change(struct call *call, const struct change *change, Selection__Claim *claim,
                         Selection__Need *need)
{
    const struct why *why = BECAUSE(change->reason);
    const Selection__ClaimAction action = (Selection__ClaimAction)change->action;

    enum status status = object_stage_change(call, &claim_object, change, &claim->base);
    if (status == STATUS_OK)
        status = check_sides(call, change, claim);
    if (status == STATUS_OK)
        status = claim_load_need(call, claim, need);
    if (status != STATUS_OK)
        return status;
    check_parties(call, action, claim, need);
    part(action, why, claim, need);
    if (action == ACTION(FINISH))
        claim->finished_by = (char *)call->actor;
    object_store(call, &claim_object, &claim->base);
    status = move_need(call, action, why, claim, need);
    return status == STATUS_OK && need->status == SELECTION__NEED_STATUS__NEED_STATUS_OPEN
               ? need_end_after_asker(call, need, change->reason)
               : status;
}

enum status claim_step(struct call *call, Selection__ClaimAction action, const struct why *why,
                       Selection__Claim *claim, Selection__Need *need)
{
    enum status status = claim_load_need(call, claim, need);

    if (status != STATUS_OK)
        return status;
    part(action, why, claim, need);
    status = object_step(call, &claim_object, (int)action, &claim->base);
    return status == STATUS_OK ? move_need(call, action, why, claim, need) : status;
}
