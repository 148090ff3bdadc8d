/* SPDX-License-Identifier: Apache-2.0 */
/* selection_rules.c - what events of selection tell, and whom */
#include "selection_events.pb-c.h"
#include "services/notification/rule/rules.h"

/* clang-format off */
#define PROGRAMME(action) {"action", SELECTION__PROGRAMME_ACTION__PROGRAMME_ACTION_##action}
#define SHEET(action)     {"action", SELECTION__TICK_SHEET_ACTION__TICK_SHEET_ACTION_##action}
#define CLAIM(action)     {"action", SELECTION__CLAIM_ACTION__CLAIM_ACTION_##action}
#define PROJECT(action)   {"action", SELECTION__PROJECT_ACTION__PROJECT_ACTION_##action}
/* clang-format on */

static const struct notify_rule rules[] = {
    {
        .name = "programme_published",
        .event = &selection__programme_changed__descriptor,
        .when = PROGRAMME(PUBLISH),
        .audiences = {ALL_UNIT_CONTACTS},
        .title_zh =
            "{programme.year}年“{programme.name}”已发布，请于{programme.tick_until_on}前勾选",
        .title_en = "The programme \"{programme.name}\" of {programme.year} is published: tick by"
                    " {programme.tick_until_on}",
    },
    {
        .name = "sheet_submitted",
        .event = &selection__tick_sheet_changed__descriptor,
        .when = SHEET(SUBMIT),
        .audiences = {STREET_STAFF},
        .title_zh = "{sheet.unit_id}提交了“{sheet.programme_id}”勾选单",
        .title_en = "{sheet.unit_id} submitted its tick sheet of \"{sheet.programme_id}\"",
    },
    {
        .name = "sheet_confirmed",
        .event = &selection__tick_sheet_changed__descriptor,
        .when = SHEET(CONFIRM),
        .audiences = {UNIT_CONTACTS("sheet.unit_id")},
        .title_zh = "“{sheet.programme_id}”勾选单已确认",
        .title_en = "The tick sheet of \"{sheet.programme_id}\" is confirmed",
    },
    {
        .name = "sheet_returned",
        .event = &selection__tick_sheet_changed__descriptor,
        .when = SHEET(RETURN),
        .audiences = {UNIT_CONTACTS("sheet.unit_id")},
        .title_zh = "“{sheet.programme_id}”勾选单被退回[：{why}]",
        .title_en = "The tick sheet of \"{sheet.programme_id}\" was returned[: {why}]",
    },
    {
        .name = "sheet_dropped",
        .event = &selection__tick_sheet_changed__descriptor,
        .when = SHEET(DROP),
        .audiences = {UNIT_CONTACTS("sheet.unit_id")},
        .part_of = {"sheet.unit_id"},
        .title_zh = "“{sheet.programme_id}”勾选单已作废[：{why}]",
        .title_en = "The tick sheet of \"{sheet.programme_id}\" was dropped[: {why}]",
    },
    {
        .name = "need_raised",
        .event = &selection__need_raised__descriptor,
        .audiences = {STREET_STAFF},
        .title_zh = "新的需求：{need.title}",
        .title_en = "A new need: {need.title}",
    },
    {
        .name = "need_claimed",
        .event = &selection__need_claimed__descriptor,
        .audiences = {OWNER("need")},
        .title_zh = "{claim.lead_unit_id}认领了需求“{need.title}”，请审核",
        .title_en = "{claim.lead_unit_id} claims the need \"{need.title}\": please review",
    },
    {
        .name = "claim_joined",
        .event = &selection__need_claimed__descriptor,
        .audiences = {UNIT_CONTACTS("claim.partner_unit_ids")},
        .title_zh = "{claim.lead_unit_id}与贵单位联合认领了需求“{need.title}”",
        .title_en = "{claim.lead_unit_id} claims the need \"{need.title}\" together with your unit",
    },
    {
        .name = "need_reopened",
        .event = &selection__need_changed__descriptor,
        .causes = {"party_left"},
        .audiences = {OWNER("need")},
        .title_zh = "需求“{need.title}”重新开放认领[：{why}]",
        .title_en = "The need \"{need.title}\" is open again[: {why}]",
    },
    {
        .name = "claim_approved",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(APPROVE),
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id"), UNIT_CONTACTS("claim.partner_unit_ids")},
        .title_zh = "认领“{need.title}”已通过",
        .title_en = "The claim of \"{need.title}\" is approved",
    },
    {
        .name = "claim_refused",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(REFUSE),
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id"), UNIT_CONTACTS("claim.partner_unit_ids")},
        .title_zh = "认领“{need.title}”未通过[：{why}]",
        .title_en = "The claim of \"{need.title}\" was refused[: {why}]",
    },
    {
        .name = "claim_revoked",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(REVOKE),
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id"), UNIT_CONTACTS("claim.partner_unit_ids")},
        .title_zh = "认领“{need.title}”被撤销[：{why}]",
        .title_en = "The claim of \"{need.title}\" was revoked[: {why}]",
    },
    {
        .name = "claim_left",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(LEAVE),
        .audiences = {OWNER("need"), UNIT_CONTACTS("claim.partner_unit_ids")},
        .title_zh = "{claim.lead_unit_id}退出了需求“{need.title}”[：{why}]",
        .title_en = "{claim.lead_unit_id} left the need \"{need.title}\"[: {why}]",
    },
    {
        .name = "claim_finished",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(FINISH),
        .audiences = {OWNER("need")},
        .title_zh = "{claim.lead_unit_id}完成了需求“{need.title}”，请验收",
        .title_en = "{claim.lead_unit_id} finished the need \"{need.title}\": please accept",
    },
    {
        .name = "claim_accepted",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(ACCEPT),
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id"), UNIT_CONTACTS("claim.partner_unit_ids")},
        .title_zh = "需求“{need.title}”的完成结果已验收",
        .title_en = "The result for the need \"{need.title}\" is accepted",
    },
    {
        .name = "claim_shrunk",
        .event = &selection__claim_updated__descriptor,
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id"), UNIT_CONTACTS("claim.partner_unit_ids"),
                      OWNER("need")},
        .title_zh = "需求“{need.title}”的认领有变，其余部分继续[：{why}]",
        .title_en = "The claim of \"{need.title}\" goes on without something[: {why}]",
    },
    {
        .name = "claim_declined",
        .event = &selection__claim_declined__descriptor,
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id"), UNIT_CONTACTS("claim.partner_unit_ids"),
                      OWNER("need")},
        .title_zh = "{unit_id}不参与联合认领需求“{need.title}”[：{why}]",
        .title_en = "{unit_id} declined to be a partner in the claim of \"{need.title}\"[: {why}]",
    },
    {
        .name = "project_declined",
        .event = &selection__project_declined__descriptor,
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      OWNER("project")},
        .title_zh = "共建项目“{project.title}”有一方不参与[：{why}]",
        .title_en = "A party declined the project \"{project.title}\"[: {why}]",
    },
    {
        .name = "project_started",
        .event = &selection__project_started__descriptor,
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      OWNER("project")},
        .title_zh = "共建项目“{project.title}”已立项",
        .title_en = "The project \"{project.title}\" has started",
    },
    {
        .name = "project_shrunk",
        .event = &selection__project_updated__descriptor,
        .causes = {"unit_withdrawn", "community_dissolved"},
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      OWNER("project")},
        .title_zh = "共建项目“{project.title}”少了一个参与方，其余继续[：{why}]",
        .title_en = "The project \"{project.title}\" goes on without one of its parties[: {why}]",
    },
    {
        .name = "project_units_changed",
        .event = &selection__project_updated__descriptor,
        .changes = "unit_ids",
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      OWNER("project")},
        .title_zh = "共建项目“{project.title}”的参与单位有变",
        .title_en = "The project \"{project.title}\" has other units as its parties",
    },
    {
        .name = "project_communities_changed",
        .event = &selection__project_updated__descriptor,
        .changes = "community_ids",
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      OWNER("project")},
        .title_zh = "共建项目“{project.title}”的参与社区有变",
        .title_en = "The project \"{project.title}\" has other communities as its parties",
    },
    {
        .name = "project_completed",
        .event = &selection__project_changed__descriptor,
        .when = PROJECT(COMPLETE),
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      OWNER("project")},
        .title_zh = "共建项目“{project.title}”已完成",
        .title_en = "The project \"{project.title}\" is completed",
    },
    {
        .name = "project_cancelled",
        .event = &selection__project_changed__descriptor,
        .when = PROJECT(CANCEL),
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      OWNER("project")},
        .title_zh = "共建项目“{project.title}”已取消[：{why}]",
        .title_en = "The project \"{project.title}\" is cancelled[: {why}]",
    },
    {0},
};

static const struct silence silent[] = {
    {&selection__programme_created__descriptor, "a draft: nothing is public yet"},
    {&selection__programme_updated__descriptor, "a draft: nothing is public yet"},
    {&selection__tick_sheet_opened__descriptor, "the unit's own draft"},
    {&selection__tick_sheet_updated__descriptor, "the unit's own draft"},
    {&selection__resource_offered__descriptor, "whoever looks for one finds it in the list"},
    {&selection__resource_updated__descriptor, "what is booked keeps its conditions"},
    {&selection__resource_changed__descriptor, "dates and bookings that lose it say so"},
    {&selection__need_updated__descriptor, "whoever looks for one finds it in the list"},
    {0},
};

const struct rule_book selection_rules = {"selection", rules, silent};
