/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_project.c - UpdateProject: change the fields under the mask; no event when nothing is new
 *
 * One row -> ProjectUpdated -> a step of each need of those who are no party any more.
 */
#include "selection_methods.h"
#include "services/selection/project/project.h"

/* Before it is stored. */
STATEMENT(removed_parties,
          .sql = "SELECT ARRAY(SELECT u.id FROM unnest(unit_ids) u (id)"
                 " WHERE u.id <> ALL (:unit_ids::uuid[])) AS removed_unit_ids,"
                 " ARRAY(SELECT c.id FROM unnest(community_ids) c (id)"
                 " WHERE c.id <> ALL (:community_ids::uuid[])) AS removed_community_ids"
                 " FROM selection.project WHERE street = :street AND project_id = :project_id",
          .of = &selection__project__descriptor);

static enum status find_removed(struct call *call, const Selection__Project *project,
                                Selection__ProjectUpdated *event)
{
    const PGresult *rows;
    enum status status = db_query(call, &removed_parties, &project->base, &rows);

    if (status == STATUS_OK)
        db_row(call, &removed_parties, rows, 0, &event->base);
    return status;
}

static enum status update_project(struct call *call)
{
    const Selection__UpdateProjectRequest *request = call->request;
    Selection__UpdateProjectResponse *response = call->response;
    Selection__ProjectUpdated event = SELECTION__PROJECT_UPDATED__INIT;
    Selection__Project *project = wire_new(call, &selection__project__descriptor);

    response->project = event.project = project;
    enum status status = object_stage_update(call, &project_object, &request->project->base,
                                             request->update_mask, &project->base, &event.changed);
    if (status != STATUS_OK || event.changed->n_paths == 0)
        return status;
    const bool units = object_mask_names(event.changed, "unit_ids");
    const bool communities = object_mask_names(event.changed, "community_ids");
    if (units || communities)
        status = find_removed(call, project, &event);
    if (status != STATUS_OK)
        return status;
    if (units)
        db_do(call, &project_units, &project->base);
    if (communities)
        db_do(call, &project_communities, &project->base);
    object_store(call, &project_object, &project->base);
    status = journal_append(call, project->project_id, &event.base);
    return status == STATUS_OK && (units || communities) ? project_leave_needs(call, project, "")
                                                         : status;
}

const struct method selection_update_project = {
    .may = MAY_WRITE_PROJECT,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED_OF(project, &place_of_project, .names = project_parties),
    .rules = RULES(RULE_UPDATE(project, update_mask, "project_id", project_rules)),
    .command = update_project,
};
