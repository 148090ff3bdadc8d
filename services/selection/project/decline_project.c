/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decline_project.c - DeclineProject: a unit or community that a project names as a party is none
 *
 * One row -> ProjectDeclined -> a step of each need of theirs that the project took on.
 */
#include "libcommon/base/ids.h"
#include "selection_methods.h"
#include "services/selection/project/project.h"

#include <string.h>

static enum status check_party(struct call *call)
{
    const Selection__DeclineProjectRequest *request = call->request;

    if (!request->unit_id[0] == !request->community_id[0])
        return call_fail(call, STATUS_INVALID_ARGUMENT, "unit_id", "one_owner",
                         "a unit or a community declines, one at a time");
    return STATUS_OK;
}

static enum status remove_party(struct call *call, Selection__Project *project)
{
    const Selection__DeclineProjectRequest *request = call->request;
    const bool unit = request->unit_id[0];

    if (unit ? !ids_take_out(project->unit_ids, &project->n_unit_ids, request->unit_id)
             : !ids_take_out(project->community_ids, &project->n_community_ids,
                             request->community_id))
        return call_fail(call, STATUS_NOT_FOUND, unit ? "unit_id" : "community_id", "party",
                         "it is no party of the project");
    if (strcmp(project->lead_unit_id, request->unit_id) == 0)
        project->lead_unit_id = (char *)"";
    return STATUS_OK;
}

static enum status decline_project(struct call *call)
{
    const Selection__DeclineProjectRequest *request = call->request;
    Selection__DeclineProjectResponse *response = call->response;
    Selection__ProjectDeclined event = SELECTION__PROJECT_DECLINED__INIT;
    Selection__Project *project = wire_new(call, &selection__project__descriptor);

    project->project_id = request->project_id;
    enum status status = object_open(call, &project_object, request->revision, &project->base);
    if (status == STATUS_OK)
        status = remove_party(call, project);
    if (status != STATUS_OK)
        return status;
    object_store(call, &project_object, &project->base);
    response->project = event.project = project;
    event.unit_id = request->unit_id;
    event.community_id = request->community_id;
    event.reason = request->reason;
    status = journal_append(call, project->project_id, &event.base);
    return status == STATUS_OK ? project_leave_needs(call, project, request->reason) : status;
}

const struct method selection_decline_project = {
    .may = MAY_DECLINE_PROJECT,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.community_id = "community_id", .unit_id = "unit_id"),
    .rules = RULES(RULE_UUID(project_id), RULE_UUID_IF_SET(unit_id), RULE_UUID_IF_SET(community_id),
                   RULE_TEXT(reason, 1, 500), RULE_INT(revision, 1, UINT32_MAX)),
    .check = check_party,
    .command = decline_project,
};
