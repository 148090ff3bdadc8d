/* SPDX-License-Identifier: Apache-2.0 */
/* change_programme.c - ChangeProgramme: one step along programme_life_cycle */
#include "selection_methods.h"
#include "services/selection/programme/programme.h"

static enum status change_programme(struct call *call)
{
    const Selection__ChangeProgrammeRequest *request = call->request;
    Selection__ChangeProgrammeResponse *response = call->response;
    Selection__ProgrammeChanged event = SELECTION__PROGRAMME_CHANGED__INIT;
    Selection__Programme *programme = wire_new(call, &selection__programme__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    programme->programme_id = request->programme_id;
    enum status status = object_change(call, &programme_object, &change, &programme->base);
    if (status != STATUS_OK)
        return status;
    response->programme = event.programme = programme;
    event.action = request->action;
    event.reason = request->reason;
    return journal_append(call, programme->programme_id, &event.base);
}

const struct method selection_change_programme = {
    .may = MAY_WRITE_PROGRAMME,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(programme_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_programme,
};
