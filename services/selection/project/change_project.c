/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_project.c - ChangeProject: one step along project_life_cycle
 *
 * Load, step and event; then the needs that an ended project took on: each one a step of its own
 * life cycle, for which it waits for the database. A need that refuses its step refuses the whole.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/project/project.h"

STATEMENT(parties_of_begun_project,
          STILL_TAKES_PART(project, UNITS_STILL(unit_ids) " AND " COMMUNITY_STILL(community_id),
                           "action", "party_status",
                           "a unit or the community of it takes no part at present"));

static enum status move_needs(struct call *call, const Selection__Project *project,
                              const struct why *why)
{
    switch (project->status) {
    case SELECTION__PROJECT_STATUS__PROJECT_STATUS_COMPLETED:
        return project_move_needs(call, project, SELECTION__NEED_ACTION__NEED_ACTION_FINISH, why);
    case SELECTION__PROJECT_STATUS__PROJECT_STATUS_CANCELLED:
        return project_move_needs(call, project, SELECTION__NEED_ACTION__NEED_ACTION_REOPEN, why);
    default:
        return STATUS_OK;
    }
}

static enum status change_project(struct call *call)
{
    const Selection__ChangeProjectRequest *request = call->request;
    Selection__ChangeProjectResponse *response = call->response;
    Selection__ProjectChanged event = SELECTION__PROJECT_CHANGED__INIT;
    Selection__Project *project = wire_new(call, &selection__project__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    project->project_id = request->project_id;
    enum status status = object_stage_change(call, &project_object, &change, &project->base);
    if (status != STATUS_OK)
        return status;
    if (request->action == SELECTION__PROJECT_ACTION__PROJECT_ACTION_BEGIN)
        db_do(call, &parties_of_begun_project, &project->base);
    object_store(call, &project_object, &project->base);
    response->project = event.project = project;
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, project->project_id, &event.base);
    return status == STATUS_OK ? move_needs(call, project, BECAUSE(request->reason)) : status;
}

const struct method selection_change_project = {
    .may = MAY_WRITE_PROJECT,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_project),
    .rules = RULES(RULE_UUID(project_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_project,
};
