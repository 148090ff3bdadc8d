/* SPDX-License-Identifier: Apache-2.0 */
/* project.c - the tables of project.h, and how a project moves the needs that it grew from */
#include "services/selection/project/project.h"

#include <string.h>

#include "libcommon/base/ids.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/method/authority.h"
#include "services/selection/parties.h"

#define STATUS(name) SELECTION__PROJECT_STATUS__PROJECT_STATUS_##name
#define ACTION(name) SELECTION__PROJECT_ACTION__PROJECT_ACTION_##name
#define NEED_ACTION(name) SELECTION__NEED_ACTION__NEED_ACTION_##name

static const struct rule grew_from_rules[] = {
    RULE_UUID_SET(need_ids, 0, 20),     RULE_UUID_IF_SET(claim_id),
    RULE_UUID_IF_SET(programme_id),     RULE_UUID_IF_SET(catalogue_project_id),
    RULE_LONG_TEXT(resolution, 0, 500), RULES_END,
};

static const struct rule milestone_rules[] = {
    RULE_TEXT(title, 1, 120),
    RULE_DATE_IF_SET(due_on),
    RULE_DATE_IF_SET(done_on),
    RULES_END,
};

static const struct rule milestones_rules[] = {
    RULE_MESSAGES(milestones, 0, 50, milestone_rules),
    RULES_END,
};

/* clang-format off */
#define CHANGEABLE                                                                                 \
    RULE_TEXT(title, 1, 120),                                                                      \
    RULE_UUID_SET(unit_ids, 1, 50),                                                                \
    RULE_UUID_IF_SET(lead_unit_id),                                                                \
    RULE_UUID_SET(community_ids, 0, 20),                                                           \
    RULE_MESSAGE_IF_SET(milestones, milestones_rules),                                             \
    RULE_LONG_TEXT(outcome, 0, 2000)
/* clang-format on */

const struct rule project_rules[] = {CHANGEABLE, RULES_END};
const struct rule project_started_rules[] = {RULE_UUID_IF_SET(community_id),
                                             RULE_MESSAGE_IF_SET(grew_from, grew_from_rules),
                                             CHANGEABLE, RULES_END};

static const struct db_violation violations[] = {
    {"project_lead", STATUS_INVALID_ARGUMENT, "project.lead_unit_id", "one_of",
     "the leading unit is none of those that take part"},
    {"project_catalogue", STATUS_INVALID_ARGUMENT, "project.grew_from.catalogue_project_id",
     "required", "a programme and a project of its catalogue belong together"},
    {"project_completed", STATUS_FAILED_PRECONDITION, "action", "outcome",
     "a completed project says what came of it"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(PLANNED), ACTION(BEGIN), STATUS(IN_PROGRESS), MAY_WRITE_PROJECT, false, "under way"},
    {STATUS(IN_PROGRESS), ACTION(COMPLETE), STATUS(COMPLETED), MAY_WRITE_PROJECT, false,
     "final; with an outcome; its needs are DONE"},
    {STATUS(PLANNED), ACTION(CANCEL), STATUS(CANCELLED), MAY_WRITE_PROJECT, true,
     "final; its needs are OPEN again"},
    {STATUS(IN_PROGRESS), ACTION(CANCEL), STATUS(CANCELLED), MAY_WRITE_PROJECT, true,
     "final; its needs are OPEN again"},
    {0},
};

const struct life_cycle project_life_cycle = {
    .table = transitions,
    .statuses = &selection__project_status__descriptor,
    .actions = &selection__project_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(project_id),
    NULLABLE(community_id, uuid),
    COLUMN(title),
    COLUMN(unit_ids),
    NULLABLE(lead_unit_id, uuid),
    COLUMN(community_ids),
    COLUMN(grew_from),
    COLUMN(milestones),
    COLUMN(outcome),
    COLUMN(status),
    FIXED(create_time),
    COLUMN(update_time),
    COLUMN(revision),
    {0},
};

OBJECT(project, selection__project__descriptor, .noun = "project", .id = "project_id",
       .table = "selection.project", .columns = columns, .violations = violations,
       .life_cycle = &project_life_cycle);

SHARED_STATEMENT(project_units,
                 UNITS_NAMED_ANEW(project, "unnest(:unit_ids::text[])",
                                  "n.id::uuid = ANY(o.unit_ids)", "project.unit_ids"));
SHARED_STATEMENT(project_communities,
                 COMMUNITIES_NAMED_ANEW(project, "unnest(:community_ids::text[])",
                                        "n.id::uuid = ANY(o.community_ids)",
                                        "project.community_ids"));

/* A need that somebody else works on stays as it is. */
static bool is_ours(const Selection__Project *project, const Selection__Need *need,
                    Selection__NeedAction action)
{
    if (action == NEED_ACTION(BEGIN))
        return need->status == SELECTION__NEED_STATUS__NEED_STATUS_OPEN;
    return strcmp(need->project_id, project->project_id) == 0;
}

static bool is_the_streets(const Selection__Need *need)
{
    return !need->unit_id[0] && !need->community_id[0];
}

static bool is_of_a_party(const Selection__Project *project, const Selection__Need *need)
{
    if (need->unit_id[0])
        return ids_have(project->unit_ids, project->n_unit_ids, need->unit_id);
    return strcmp(project->community_id, need->community_id) == 0 ||
           ids_have(project->community_ids, project->n_community_ids, need->community_id);
}

/* Nobody's need is taken on by others, whatever parties the request lists; the street's own is
 * anybody's. */
static enum status check_taken_on(struct call *call, const Selection__Project *project,
                                  const char *field, const Selection__Need *need)
{
    const struct spot spot = {need->community_id, need->unit_id, "", BUS__ROLE__ROLE_UNSPECIFIED,
                              ""};

    if (!is_the_streets(need) && !authority_may_at(call, MAY_RAISE_NEED, &spot))
        return call_fail(call, STATUS_PERMISSION_DENIED, field, "reach",
                         "the actor's roles do not reach who raised the need");
    if (!is_the_streets(need) && !is_of_a_party(project, need))
        return call_fail(call, STATUS_FAILED_PRECONDITION, field, "party",
                         "who raised the need is no party of the project");
    return need->status == SELECTION__NEED_STATUS__NEED_STATUS_OPEN
               ? need_check_days(call, field, need)
               : STATUS_OK;
}

static size_t need_count(const Selection__Project *project)
{
    return project->grew_from ? project->grew_from->n_need_ids : 0;
}

static const char *need_field(struct call *call, size_t index)
{
    return mem_printf(call, "project.grew_from.need_ids[%zu]", index);
}

static enum status load_need(struct call *call, const Selection__Project *project, size_t index,
                             Selection__Need **ret)
{
    Selection__Need *need = wire_new(call, &selection__need__descriptor);

    need->need_id = project->grew_from->need_ids[index];
    *ret = need;
    return object_load(call, &need_object, need_field(call, index), &need->base);
}

enum status project_check_needs(struct call *call, const Selection__Project *project)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < need_count(project); i++) {
        Selection__Need *need;
        status = load_need(call, project, i, &need);
        if (status == STATUS_OK)
            status = check_taken_on(call, project, need_field(call, i), need);
    }
    return status;
}

static enum status move_need(struct call *call, const Selection__Project *project, size_t index,
                             Selection__NeedAction action, const struct why *why,
                             bool parties_keep_theirs)
{
    Selection__Need *need;
    enum status status = load_need(call, project, index, &need);

    if (status != STATUS_OK)
        return status;
    if (!is_ours(project, need, action) ||
        (parties_keep_theirs && (is_the_streets(need) || is_of_a_party(project, need))))
        return STATUS_OK;
    need->project_id = action == NEED_ACTION(REOPEN) ? (char *)"" : project->project_id;
    status = object_step(call, &need_object, (int)action, &need->base);
    if (status != STATUS_OK)
        return status;
    return need_say_changed(call, action, why, need);
}

static enum status move_needs(struct call *call, const Selection__Project *project,
                              Selection__NeedAction action, const struct why *why,
                              bool parties_keep_theirs)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < need_count(project); i++)
        status = move_need(call, project, i, action, why, parties_keep_theirs);
    return status;
}

enum status project_move_needs(struct call *call, const Selection__Project *project,
                               Selection__NeedAction action, const struct why *why)
{
    return move_needs(call, project, action, why, false);
}

enum status project_leave_needs(struct call *call, const Selection__Project *project,
                                const char *reason)
{
    const struct why why = why_ended(call, "party_left", project->project_id, reason);

    return move_needs(call, project, NEED_ACTION(REOPEN), &why, true);
}

SHARED_STATEMENT(place_of_project,
                 .sql = "SELECT community_id FROM selection.project WHERE street = :street"
                        " AND project_id = :project_id");

const char *const project_parties[] = {"project.unit_ids", "project.lead_unit_id",
                                       "project.community_ids", NULL};
