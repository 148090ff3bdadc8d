/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c - the tables of claim.h, and how a claim moves its need */
#include "services/selection/claim/claim.h"

#define STATUS(name) SELECTION__CLAIM_STATUS__CLAIM_STATUS_##name
#define ACTION(name) SELECTION__CLAIM_ACTION__CLAIM_ACTION_##name
#define NEED_ACTION(name) SELECTION__NEED_ACTION__NEED_ACTION_##name

const struct rule claim_rules[] = {
    RULE_UUID(need_id),
    RULE_UUID(lead_unit_id),
    RULE_UUID_SET(partner_unit_ids, 0, 20),
    RULE_UUID_IF_SET(resource_id),
    RULE_TEXT(note, 0, 500),
    RULES_END,
};

const struct db_violation claim_violations[] = {
    {"claim_live_key", STATUS_FAILED_PRECONDITION, "claim.need_id", "claimed",
     "another unit claimed the need first"},
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

const struct db_stmt claim_select = {
    .name = "select_claim",
    .sql = "SELECT " CLAIM_COLUMNS " FROM selection.claim WHERE street = $1 AND claim_id = $2",
    .bind = "claim_id",
    .of = &selection__claim__descriptor,
    .one_row = {STATUS_NOT_FOUND, "claim_id", "exists", "no such claim in this street"},
};

const struct db_stmt claim_update = {
    .name = "update_claim",
    .sql = "UPDATE selection.claim SET need_id = $3, lead_unit_id = $4, partner_unit_ids = $5,"
           " resource_id = nullif($6, '')::uuid, note = $7, status = $8, reason = $9,"
           " create_time = $10, update_time = $11, revision = $12"
           " WHERE street = $1 AND claim_id = $2",
    .bind = CLAIM_COLUMNS,
    .of = &selection__claim__descriptor,
    .violations = claim_violations,
};

const struct db_stmt claim_set_reason = {
    .name = "set_claim_reason",
    .sql = "UPDATE selection.claim SET reason = $3 WHERE street = $1 AND claim_id = $2",
    .bind = "claim_id, reason",
    .of = &selection__claim__descriptor,
};

const struct object claim_object = {
    .noun = "claim",
    .id = "claim_id",
    .select = &claim_select,
    .update = &claim_update,
    .life_cycle = &claim_life_cycle,
};

static bool is_of_side(int action, const struct permission *side)
{
    for (const struct transition *row = transitions; row->action; row++)
        if (row->action == action)
            return row->may == side;
    return false;
}

/* A need that is open again has no claim. */
static enum status move_need(struct call *call, const struct change *change,
                             Selection__Claim *claim, Selection__Need *need)
{
    need->need_id = claim->need_id;
    enum status status = object_load(call, &need_object, "claim_id", &need->base);
    if (status != STATUS_OK)
        return status;
    if (need_steps[change->action] == NEED_ACTION(REOPEN)) {
        need->claim_id = (char *)"";
        claim->reason = (char *)change->reason;
        db_do(call, &claim_set_reason, &claim->base);
    }
    return object_step(call, &need_object, need_steps[change->action], &need->base);
}

enum status claim_check_step(struct call *call, int action)
{
    if (!is_of_side(action, call->endpoint->row->may))
        return call_fail(call, STATUS_INVALID_ARGUMENT, "action", "one_of",
                         "this is a step of the other side");
    return STATUS_OK;
}

enum status claim_change(struct call *call, const struct change *change, Selection__Claim *claim,
                         Selection__Need *need)
{
    Selection__ClaimChanged event = SELECTION__CLAIM_CHANGED__INIT;

    enum status status = object_change(call, &claim_object, change, &claim->base);
    if (status == STATUS_OK)
        status = move_need(call, change, claim, need);
    if (status != STATUS_OK)
        return status;
    event.claim = claim;
    event.action = change->action;
    event.reason = (char *)change->reason;
    event.need = need;
    status = journal_append(call, claim->claim_id, &event.base);
    if (status != STATUS_OK)
        return status;
    return need_say_changed(call, need_steps[change->action], change->reason, need);
}
