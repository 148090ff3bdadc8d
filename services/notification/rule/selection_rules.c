/* SPDX-License-Identifier: Apache-2.0 */
/* selection_rules.c - what events of selection tell, and whom */
#include "selection_events.pb-c.h"
#include "services/notification/rule/rules.h"

/* clang-format off */
#define PROGRAMME(action) {"action", SELECTION__PROGRAMME_ACTION__PROGRAMME_ACTION_##action}
#define SHEET(action)     {"action", SELECTION__TICK_SHEET_ACTION__TICK_SHEET_ACTION_##action}
#define CLAIM(action)     {"action", SELECTION__CLAIM_ACTION__CLAIM_ACTION_##action}
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
        .title_zh = "“{sheet.programme_id}”勾选单被退回：{reason}",
        .title_en = "The tick sheet of \"{sheet.programme_id}\" was returned: {reason}",
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
        .name = "claim_approved",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(APPROVE),
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id")},
        .title_zh = "认领“{need.title}”已通过",
        .title_en = "The claim of \"{need.title}\" is approved",
    },
    {
        .name = "claim_refused",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(REFUSE),
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id")},
        .title_zh = "认领“{need.title}”未通过：{reason}",
        .title_en = "The claim of \"{need.title}\" was refused: {reason}",
    },
    {
        .name = "claim_revoked",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(REVOKE),
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id")},
        .title_zh = "认领“{need.title}”被撤销：{reason}",
        .title_en = "The claim of \"{need.title}\" was revoked: {reason}",
    },
    {
        .name = "claim_left",
        .event = &selection__claim_changed__descriptor,
        .when = CLAIM(LEAVE),
        .audiences = {OWNER("need")},
        .title_zh = "{claim.lead_unit_id}退出了需求“{need.title}”：{reason}",
        .title_en = "{claim.lead_unit_id} left the need \"{need.title}\": {reason}",
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
        .name = "claim_declined",
        .event = &selection__claim_declined__descriptor,
        .audiences = {UNIT_CONTACTS("claim.lead_unit_id")},
        .title_zh = "{unit_id}不参与联合认领：{reason}",
        .title_en = "{unit_id} declined to be a partner of a claim: {reason}",
    },
    {
        .name = "project_declined",
        .event = &selection__project_declined__descriptor,
        .audiences = {COMMUNITY_STAFF("project.community_id")},
        .title_zh = "共建项目“{project.title}”有一方不参与：{reason}",
        .title_en = "A party declined the project \"{project.title}\": {reason}",
    },
    {
        .name = "project_started",
        .event = &selection__project_started__descriptor,
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      COMMUNITY_STAFF("project.community_id")},
        .title_zh = "共建项目“{project.title}”已立项",
        .title_en = "The project \"{project.title}\" has started",
    },
    {0},
};

static const ProtobufCMessageDescriptor *const silent[] = {
    &selection__programme_created__descriptor,
    &selection__programme_updated__descriptor,
    &selection__tick_sheet_opened__descriptor,
    &selection__tick_sheet_updated__descriptor,
    &selection__resource_offered__descriptor,
    &selection__resource_updated__descriptor,
    &selection__resource_changed__descriptor,
    &selection__need_updated__descriptor,
    &selection__need_changed__descriptor,
    &selection__project_updated__descriptor,
    &selection__project_changed__descriptor,
    &selection__claim_updated__descriptor,
    NULL,
};

const struct rule_book selection_rules = {"selection", rules, silent};
