/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_programme.c - CreateProgramme: add one programme, as a draft
 *
 * Request -> programme_rules -> ids for its projects -> one row -> ProgrammeCreated. Queues its
 * statement and waits for nothing.
 */
#include "selection_methods.h"
#include "services/selection/programme/programme.h"

static enum status check_ids(struct call *call)
{
    const Selection__CreateProgrammeRequest *request = call->request;

    return programme_check_ids(call, request->programme->catalogue);
}

static enum status create_programme(struct call *call)
{
    const Selection__CreateProgrammeRequest *request = call->request;
    Selection__CreateProgrammeResponse *response = call->response;
    Selection__ProgrammeCreated event = SELECTION__PROGRAMME_CREATED__INIT;
    Selection__Programme *programme = wire_copy(call, &request->programme->base);

    programme_give_ids(call, programme->catalogue);
    programme->programme_id = call_new_id(call);
    programme->status = SELECTION__PROGRAMME_STATUS__PROGRAMME_STATUS_DRAFT;
    object_insert(call, &programme_object, &programme->base);

    response->programme = event.programme = programme;
    return journal_append(call, programme->programme_id, &event.base);
}

const struct method selection_create_programme = {
    .may = MAY_WRITE_PROGRAMME,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_MESSAGE(programme, programme_rules)),
    .check = check_ids,
    .command = create_programme,
};
