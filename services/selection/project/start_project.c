/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start_project.c - StartProject: add one project, as planned, and take on the needs that it grew
 * from
 *
 * Request -> project_started_rules -> do the parties take part, is there what it grew from, and may
 * its needs be taken on? -> one row -> ProjectStarted -> a step of each open need, which waits for
 * it -> NeedChanged.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/project/project.h"

STATEMENT(running_community, COMMUNITY_TAKES_PART(project, community_id, "project.community_id"));
STATEMENT(source_claim,
          .sql = "SELECT 1 WHERE :claim_id = '' OR EXISTS (SELECT FROM selection.claim"
                 " WHERE street = :street AND claim_id = nullif(:claim_id, '')::uuid)",
          .of = &selection__grew_from__descriptor,
          .one_row = {STATUS_NOT_FOUND, "project.grew_from.claim_id", "exists",
                      "no such claim in this street"});
STATEMENT(source_catalogue,
          .sql = "SELECT 1 WHERE :programme_id = '' OR :catalogue_project_id = ''"
                 " OR EXISTS (SELECT FROM selection.programme WHERE street = :street"
                 " AND programme_id = nullif(:programme_id, '')::uuid"
                 " AND catalogue @> jsonb_build_object('projects',"
                 " jsonb_build_array(jsonb_build_object('projectId',"
                 " :catalogue_project_id::text))))",
          .of = &selection__grew_from__descriptor,
          .one_row = {STATUS_NOT_FOUND, "project.grew_from.catalogue_project_id", "exists",
                      "no such project in the catalogue of such a programme"});

static void check_sources(struct call *call, const Selection__GrewFrom *grew_from)
{
    if (!grew_from)
        return;
    db_do(call, &source_claim, &grew_from->base);
    db_do(call, &source_catalogue, &grew_from->base);
}

static enum status start_project(struct call *call)
{
    const Selection__StartProjectRequest *request = call->request;
    Selection__StartProjectResponse *response = call->response;
    Selection__ProjectStarted event = SELECTION__PROJECT_STARTED__INIT;
    Selection__Project *project = wire_copy(call, &request->project->base);

    project->project_id = call_new_id(call);
    project->status = SELECTION__PROJECT_STATUS__PROJECT_STATUS_PLANNED;
    db_do(call, &running_community, &project->base);
    db_do(call, &project_units, &project->base);
    db_do(call, &project_communities, &project->base);
    check_sources(call, project->grew_from);
    enum status status = project_check_needs(call, project);
    if (status != STATUS_OK)
        return status;
    object_insert(call, &project_object, &project->base);

    response->project = event.project = project;
    status = journal_append(call, project->project_id, &event.base);
    if (status != STATUS_OK)
        return status;
    return project_move_needs(call, project, SELECTION__NEED_ACTION__NEED_ACTION_BEGIN,
                              BECAUSE(""));
}

const struct method selection_start_project = {
    .may = MAY_WRITE_PROJECT,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.community_id = "project.community_id", .names = project_parties),
    .rules = RULES(RULE_MESSAGE(project, project_started_rules)),
    .command = start_project,
};
