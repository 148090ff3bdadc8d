/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start_project.c - StartProject: add one project, as planned, and take on the needs that it grew
 * from
 *
 * Request -> project_started_rules -> do the parties take part, is there what it grew from? -> one
 * row -> ProjectStarted -> a step of each open need, which waits for it -> NeedChanged.
 */
#include "selection_methods.h"
#include "services/selection/parties.h"
#include "services/selection/project/project.h"

static const struct db_stmt running_community =
    COMMUNITY_TAKES_PART("running_community", project, community_id, "project.community_id");
static const struct db_stmt source_claim = {
    .name = "source_claim",
    .sql = "SELECT 1 WHERE $2 = '' OR EXISTS (SELECT FROM selection.claim WHERE street = $1"
           " AND claim_id = nullif($2, '')::uuid)",
    .bind = "claim_id",
    .of = &selection__grew_from__descriptor,
    .one_row = {STATUS_NOT_FOUND, "project.grew_from.claim_id", "exists",
                "no such claim in this street"},
};
static const struct db_stmt source_catalogue = {
    .name = "source_catalogue",
    .sql = "SELECT 1 WHERE $2 = '' OR $3 = '' OR EXISTS (SELECT FROM selection.programme"
           " WHERE street = $1 AND programme_id = nullif($2, '')::uuid"
           " AND catalogue @> jsonb_build_object('projects',"
           " jsonb_build_array(jsonb_build_object('projectId', $3::text))))",
    .bind = "programme_id, catalogue_project_id",
    .of = &selection__grew_from__descriptor,
    .one_row = {STATUS_NOT_FOUND, "project.grew_from.catalogue_project_id", "exists",
                "no such project in the catalogue of such a programme"},
};
static const struct db_stmt insert_project = {
    .name = "insert_project",
    .sql = "INSERT INTO selection.project (street, " PROJECT_COLUMNS ")"
           " VALUES ($1, $2, nullif($3, '')::uuid, $4, $5, nullif($6, '')::uuid, $7, $8, $9, $10,"
           " $11, $12, $13, $14)",
    .bind = PROJECT_COLUMNS,
    .of = &selection__project__descriptor,
    .violations = project_violations,
};

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
    project->create_time = project->update_time = (Google__Protobuf__Timestamp *)call->now;
    project->revision = 1;
    db_do(call, &running_community, &project->base);
    db_do(call, &project_units, &project->base);
    db_do(call, &project_communities, &project->base);
    check_sources(call, project->grew_from);
    db_do(call, &insert_project, &project->base);

    response->project = event.project = project;
    enum status status = journal_append(call, project->project_id, &event.base);
    if (status != STATUS_OK)
        return status;
    return project_move_needs(call, project, SELECTION__NEED_ACTION__NEED_ACTION_BEGIN, "");
}

const struct method selection_start_project = {
    .may = MAY_WRITE_PROJECT,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.community_id = "project.community_id"),
    .rules = RULES(RULE_MESSAGE(project, project_started_rules)),
    .command = start_project,
    .statements =
        STATEMENTS(&running_community, &project_units, &project_communities, &source_claim,
                   &source_catalogue, &insert_project, PROJECT_NEED_STATEMENTS),
};
