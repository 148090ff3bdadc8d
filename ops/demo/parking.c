/* SPDX-License-Identifier: Apache-2.0 */
/* parking.c - step 3: a community and a company both need parking; one project answers both */
#include <string.h>

#include "ops/cli/json_path.h"
#include "ops/demo/steps.h"

static const char community[] = "七格社区", title[] = "居民与员工错时共享停车场",
                  resolution[] = "工作日夜间和周末厂区停车场向居民开放，"
                                 "社区划出临时员工车位，双方各派一人值守。";

/* Three steps; the first was reached on done_on, "" if it was not. */
static json_t *milestones(struct story *story, const char *done_on)
{
    return json_pack("{s:[{s:s, s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}", "milestones", "title",
                     "现场踏勘，核定车位", "dueOn", story_day(story, 14), "doneOn", done_on,
                     "title", "道闸与标识到位", "dueOn", story_day(story, 60), "title",
                     "试运行一个月并评议", "dueOn", story_day(story, 120));
}

/* By the office: the community's staff may not take on the company's need. */
static json_t *start(struct story *story, const char *need, const char *other)
{
    const struct cast *cast = &story->cast;

    story_say(story, PARKING_RESOLUTION, resolution);
    json_t *project = json_path_get(
        story_ask(story, story->street, "StartProject",
                  json_pack("{s:{s:s, s:s, s:[s], s:s, s:[s], s:{s:[s, s], s:s}, s:o}}", "project",
                            "communityId", cast->qige, "title", title, "unitIds", cast->zhongce,
                            "leadUnitId", cast->zhongce, "communityIds", cast->qige, "grewFrom",
                            "needIds", need, other, "resolution", resolution, "milestones",
                            milestones(story, ""))),
        "project");
    story_say(story, PARKING_STARTED, community, title);
    return project;
}

/* Under way, with its first milestone reached, from wherever it stands. */
static void advance(struct story *story, json_t *project)
{
    const struct actor staff = story->cast.qige_staff;

    if (strcmp(json_path_text(project, "status"), "PROJECT_STATUS_PLANNED") == 0)
        project = json_path_get(
            story_ask(story, staff, "ChangeProject",
                      story_action(project, "project_id", "PROJECT_ACTION_BEGIN", "")),
            "project");
    json_t *first = json_array_get(json_path_get(project, "milestones.milestones"), 0);
    if (*json_path_text(first, "done_on") == '\0')
        story_ask(story, staff, "UpdateProject",
                  json_pack("{s:{s:O*, s:O*, s:o}, s:s}", "project", "projectId",
                            json_path_get(project, "project_id"), "revision",
                            json_path_get(project, "revision"), "milestones",
                            milestones(story, story_day(story, 0)), "updateMask", "milestones"));
}

static void check(struct story *story, const char *project_id)
{
    json_t *project = json_path_get(story_ask(story, story->cast.zhongce_contact, "GetProject",
                                              json_pack("{s:s}", "projectId", project_id)),
                                    "project");
    json_t *needs = story_list(story, story->street, "ListNeeds", "needs", json_object()), *id;
    json_t *steps = json_path_get(project, "milestones.milestones");
    size_t i, under_way = 0;

    json_array_foreach(json_path_get(project, "grew_from.need_ids"), i, id)
    {
        json_t *need = story_find(needs, "need_id", json_string_value(id));

        under_way += strcmp(json_path_text(need, "project_id"), project_id) == 0 &&
                     strcmp(json_path_text(need, "status"), "NEED_STATUS_IN_PROGRESS") == 0;
    }
    story_check(story, under_way == 2, PARKING_NEEDS);
    story_check(story,
                json_array_size(steps) == 3 &&
                    *json_path_text(json_array_get(steps, 0), "done_on") != '\0',
                PARKING_MILESTONES, story_number(story, json_array_size(steps)));
}

void story_of_parking(struct story *story)
{
    json_t *needs = story_list(story, story->street, "ListNeeds", "needs", json_object());
    json_t *projects = story_list(story, story->street, "ListProjects", "projects", json_object());
    const char *need =
        story_text(story, story_loaded(story, needs, "title", "居民停车位"), "need_id");
    const char *other =
        story_text(story, story_loaded(story, needs, "title", "员工规范停车区域"), "need_id");
    json_t *project = story_find(projects, "title", title);

    if (project != NULL)
        story_say(story, PARKING_THERE, title);
    else
        project = start(story, need, other);
    const char *project_id = story_text(story, project, "project_id");
    advance(story, project);
    check(story, project_id);
    story_expect(story, "中策橡胶集团", story->cast.zhongce_contact, "project_started", project_id);
}
