/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_programme.c - UpdateProgramme: change the fields under the mask; no event when nothing is
 * new
 *
 * Of a draft all of them; of a published one, by which units ticked, the days of ticking alone.
 */
#include <string.h>

#include "libcommon/base/mem.h"
#include "selection_methods.h"
#include "services/selection/programme/programme.h"

STATEMENT(extended_days, PROGRAMME_DAYS("programme.tick_until_on", "the new last day is past"));

static enum status check_published(struct call *call, const Selection__Programme *programme,
                                   const Google__Protobuf__FieldMask *changed)
{
    for (size_t i = 0; i < changed->n_paths; i++)
        if (strcmp(changed->paths[i], "tick_until_on") != 0 &&
            strcmp(changed->paths[i], "tick_from_on") != 0)
            return call_fail(call, STATUS_FAILED_PRECONDITION,
                             mem_printf(call, "programme.%s", changed->paths[i]), "published",
                             "it changes no more once the programme is published");
    db_do(call, &extended_days, &programme->base);
    return STATUS_OK;
}

static enum status check_ids(struct call *call)
{
    const Selection__UpdateProgrammeRequest *request = call->request;

    return programme_check_ids(call, request->programme->catalogue);
}

static enum status update_programme(struct call *call)
{
    const Selection__UpdateProgrammeRequest *request = call->request;
    Selection__UpdateProgrammeResponse *response = call->response;
    Selection__ProgrammeUpdated event = SELECTION__PROGRAMME_UPDATED__INIT;
    Selection__Programme *from = wire_copy(call, &request->programme->base);
    Selection__Programme *programme = wire_new(call, &selection__programme__descriptor);

    response->programme = event.programme = programme;
    programme_give_ids(call, from->catalogue);
    enum status status =
        object_stage_update(call, &programme_object, &from->base, request->update_mask,
                            &programme->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    if (programme->status == SELECTION__PROGRAMME_STATUS__PROGRAMME_STATUS_PUBLISHED)
        status = check_published(call, programme, event.changed);
    if (status != STATUS_OK)
        return status;
    object_store(call, &programme_object, &programme->base);
    return journal_append(call, programme->programme_id, &event.base);
}

const struct method selection_update_programme = {
    .may = MAY_WRITE_PROGRAMME,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UPDATE(programme, update_mask, "programme_id", programme_rules)),
    .check = check_ids,
    .command = update_programme,
};
