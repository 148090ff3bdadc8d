/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim_need.c - ClaimNeed: units take on an open need
 *
 * Need, which must be open -> do the units take part? -> one row, the need's step -> NeedClaimed,
 * NeedChanged. Waits for the need. Of two units that claim it the second is told who was first.
 */
#include "selection_methods.h"

#include <string.h>

#include "libcommon/base/ids.h"
#include "libcommon/service/database/convert.h"
#include "services/selection/claim/claim.h"
#include "services/selection/parties.h"

STATEMENT(lead_unit, UNIT_EXISTS(claim, lead_unit_id, "claim.lead_unit_id"));
STATEMENT(lead_unit_status, UNIT_STATUS(claim, lead_unit_id, "claim.lead_unit_id"));
STATEMENT(partner_units, UNITS_TAKE_PART(claim, partner_unit_ids, "claim.partner_unit_ids"));
STATEMENT(asker_of_claimed_need,
          STILL_TAKES_PART(need, UNIT_STILL(unit_id) " AND " COMMUNITY_STILL(community_id),
                           "claim.need_id", "asker_status",
                           "who raised it takes no part at present"));
/* A partner promises what is its own by itself. One that is not there is the foreign key's. */
#define NO_RESOURCE(condition)                                                                     \
    "SELECT 1 WHERE NOT EXISTS (SELECT FROM selection.resource WHERE street = :street"             \
    " AND resource_id = nullif(:resource_id, '')::uuid AND " condition ")"
STATEMENT(own_resource, .sql = NO_RESOURCE("coalesce(unit_id::text, '') <> :lead_unit_id"),
          .of = &selection__claim__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "claim.resource_id", "owner",
                      "the resource is not the lead unit's"});
STATEMENT(offered_resource, .sql = NO_RESOURCE("status <> 'OFFERED'"),
          .of = &selection__claim__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "claim.resource_id", "resource_status",
                      "the resource is not offered at present"});
STATEMENT(select_rival,
          .sql = "SELECT c.lead_unit_id::text AS unit_id,"
                 " coalesce(u.name, c.lead_unit_id::text) AS name FROM selection.claim c"
                 " LEFT JOIN selection.unit u ON u.street = c.street"
                 " AND u.unit_id = c.lead_unit_id WHERE c.street = :street"
                 " AND c.claim_id = :claim_id",
          .of = &selection__need__descriptor,
          .one_row = {STATUS_FAILED_PRECONDITION, "claim.need_id", "claimed", "it is claimed"});

/* Why the need cannot be claimed. */
static enum status refuse(struct call *call, const Selection__Need *need)
{
    const PGresult *rows;

    if (!need->claim_id[0])
        return call_fail(call, STATUS_FAILED_PRECONDITION, "claim.need_id", "open",
                         "nobody can claim the need any more");
    enum status status = db_query(call, &select_rival, &need->base, &rows);
    if (status != STATUS_OK)
        return status;
    (void)!call_fail(call, STATUS_FAILED_PRECONDITION, "claim.need_id", "claimed",
                     "%s claimed the need first", PQgetvalue(rows, 0, PQfnumber(rows, "name")));
    return call_add_param(
        call, (struct violation_param){
                  "rival", .text = column_text(call, rows, 0, PQfnumber(rows, "unit_id"))});
}

static enum status refuse_own(struct call *call, const char *field)
{
    return call_fail(call, STATUS_FAILED_PRECONDITION, field, "own_need",
                     "a unit does not claim its own need");
}

static enum status check_others_need(struct call *call, const Selection__Claim *claim,
                                     const Selection__Need *need)
{
    if (!need->unit_id[0])
        return STATUS_OK;
    if (strcmp(need->unit_id, claim->lead_unit_id) == 0)
        return refuse_own(call, "claim.lead_unit_id");
    if (ids_have(claim->partner_unit_ids, claim->n_partner_unit_ids, need->unit_id))
        return refuse_own(call, "claim.partner_unit_ids");
    return STATUS_OK;
}

static enum status load_open_need(struct call *call, const Selection__Claim *claim,
                                  Selection__Need *need)
{
    need->need_id = claim->need_id;
    enum status status = object_load(call, &need_object, "claim.need_id", &need->base);
    if (status != STATUS_OK)
        return status;
    if (need->status != SELECTION__NEED_STATUS__NEED_STATUS_OPEN)
        return refuse(call, need);
    status = check_others_need(call, claim, need);
    return status == STATUS_OK ? need_check_days(call, "claim.need_id", need) : status;
}

static enum status say_claimed(struct call *call, Selection__Claim *claim, Selection__Need *need)
{
    Selection__NeedClaimed event = SELECTION__NEED_CLAIMED__INIT;

    event.claim = claim;
    event.need = need;
    enum status status = journal_append(call, claim->claim_id, &event.base);
    if (status != STATUS_OK)
        return status;
    return need_say_changed(call, SELECTION__NEED_ACTION__NEED_ACTION_CLAIM, BECAUSE(""), need);
}

static enum status claim_need(struct call *call)
{
    const Selection__ClaimNeedRequest *request = call->request;
    Selection__ClaimNeedResponse *response = call->response;
    Selection__Claim *claim = wire_copy(call, &request->claim->base);
    Selection__Need *need = wire_new(call, &selection__need__descriptor);

    enum status status = load_open_need(call, claim, need);
    if (status != STATUS_OK)
        return status;
    claim->claim_id = call_new_id(call);
    claim->status = SELECTION__CLAIM_STATUS__CLAIM_STATUS_SUBMITTED;
    claim->reason = claim->finished_by = (char *)"";
    claim->claimed_by = (char *)call->actor;
    db_do(call, &asker_of_claimed_need, &need->base);
    db_do(call, &lead_unit, &claim->base);
    db_do(call, &lead_unit_status, &claim->base);
    db_do(call, &partner_units, &claim->base);
    db_do(call, &own_resource, &claim->base);
    db_do(call, &offered_resource, &claim->base);
    object_insert(call, &claim_object, &claim->base);

    need->claim_id = claim->claim_id;
    status =
        object_step(call, &need_object, SELECTION__NEED_ACTION__NEED_ACTION_CLAIM, &need->base);
    if (status != STATUS_OK)
        return status;
    response->claim = claim;
    response->need = need;
    return say_claimed(call, claim, need);
}

const struct method selection_claim_need = {
    .may = MAY_CLAIM_NEED,
    .scope = SCOPE_STREET,
    .place =
        PLACE_FIELDS(.unit_id = "claim.lead_unit_id", .names = NAMES("claim.partner_unit_ids")),
    .rules = RULES(RULE_MESSAGE(claim, claim_rules)),
    .command = claim_need,
};
