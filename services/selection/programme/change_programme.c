/* SPDX-License-Identifier: Apache-2.0 */
/* change_programme.c - ChangeProgramme: one step along programme_life_cycle */
#include "libcommon/service/following/ending.h"
#include "selection_methods.h"
#include "services/selection/programme/programme.h"

STATEMENT(published_days, PROGRAMME_DAYS("action", "its last day of ticking is past"));

static enum status change_programme(struct call *call)
{
    const Selection__ChangeProgrammeRequest *request = call->request;
    Selection__ChangeProgrammeResponse *response = call->response;
    Selection__ProgrammeChanged event = SELECTION__PROGRAMME_CHANGED__INIT;
    Selection__Programme *programme = wire_new(call, &selection__programme__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    programme->programme_id = request->programme_id;
    enum status status = object_stage_change(call, &programme_object, &change, &programme->base);
    if (status != STATUS_OK)
        return status;
    if (request->action == SELECTION__PROGRAMME_ACTION__PROGRAMME_ACTION_PUBLISH)
        db_do(call, &published_days, &programme->base);
    object_store(call, &programme_object, &programme->base);
    response->programme = event.programme = programme;
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, programme->programme_id, &event.base);
    return status == STATUS_OK ? ends_follow(call, &programme->base, request->reason) : status;
}

const struct method selection_change_programme = {
    .may = MAY_WRITE_PROGRAMME,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(programme_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_programme,
};
