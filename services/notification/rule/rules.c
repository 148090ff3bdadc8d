/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - which event tells whom what */
#include "services/notification/rule/rules.h"

#include "registry_events.pb-c.h"
#include "scheduling_events.pb-c.h"
#include "selection_events.pb-c.h"

/* clang-format off */
#define STREET_STAFF          {.kind = NOTIFICATION__AUDIENCE__AUDIENCE_STREET_STAFF}
#define COMMUNITY_STAFF(path) {NOTIFICATION__AUDIENCE__AUDIENCE_COMMUNITY_STAFF, path}
#define UNIT_CONTACTS(path)   {NOTIFICATION__AUDIENCE__AUDIENCE_UNIT_CONTACTS, path}
#define ALL_UNIT_CONTACTS     {.kind = NOTIFICATION__AUDIENCE__AUDIENCE_ALL_UNIT_CONTACTS}
#define PERSON(path)          {NOTIFICATION__AUDIENCE__AUDIENCE_PERSON, path}
#define SIGNED_UP(path)       {NOTIFICATION__AUDIENCE__AUDIENCE_SIGNED_UP, path}
#define OWNER(path)           {NOTIFICATION__AUDIENCE__AUDIENCE_OWNER, path}

#define UNIT(action)      {"action", REGISTRY__UNIT_ACTION__UNIT_ACTION_##action}
#define AGREEMENT(action) {"action", REGISTRY__AGREEMENT_ACTION__AGREEMENT_ACTION_##action}
#define PROGRAMME(action) {"action", SELECTION__PROGRAMME_ACTION__PROGRAMME_ACTION_##action}
#define SHEET(action)     {"action", SELECTION__TICK_SHEET_ACTION__TICK_SHEET_ACTION_##action}
#define CLAIM(action)     {"action", SELECTION__CLAIM_ACTION__CLAIM_ACTION_##action}
/* clang-format on */

const struct notify_rule notify_rules[] = {
    /* ---- registry ---- */
    {
        .name = "unit_suspended",
        .event = &registry__unit_changed__descriptor,
        .when = UNIT(SUSPEND),
        .audiences = {UNIT_CONTACTS("unit.unit_id")},
        .title_zh = "{unit.name}的共建已暂停：{reason}",
        .title_en = "Cooperation with {unit.name} is suspended: {reason}",
    },
    {
        .name = "unit_reinstated",
        .event = &registry__unit_changed__descriptor,
        .when = UNIT(REINSTATE),
        .audiences = {UNIT_CONTACTS("unit.unit_id")},
        .title_zh = "{unit.name}的共建已恢复",
        .title_en = "Cooperation with {unit.name} goes on",
    },
    {
        .name = "agreement_lapsing",
        .event = &registry__agreement_lapsing__descriptor,
        .audiences = {STREET_STAFF, UNIT_CONTACTS("agreement.unit_id")},
        .title_zh = "{agreement.unit_id}的共建协议将于{agreement.valid_to_on}到期",
        .title_en = "The agreement with {agreement.unit_id} lapses after {agreement.valid_to_on}",
    },
    {
        .name = "agreement_lapsed",
        .event = &registry__agreement_changed__descriptor,
        .when = AGREEMENT(LAPSE),
        .audiences = {STREET_STAFF, UNIT_CONTACTS("agreement.unit_id")},
        .title_zh = "{agreement.unit_id}的共建协议已到期",
        .title_en = "The agreement with {agreement.unit_id} has lapsed",
    },
    {
        .name = "role_granted",
        .event = &registry__role_granted__descriptor,
        .audiences = {PERSON("role_grant.holder")},
        .title_zh = "您有了新的职责，自{role_grant.from_on}至{role_grant.until_on}",
        .title_en = "You have a new role, from {role_grant.from_on} until {role_grant.until_on}",
    },

    /* ---- selection ---- */
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
        .name = "project_started",
        .event = &selection__project_started__descriptor,
        .audiences = {UNIT_CONTACTS("project.unit_ids"), COMMUNITY_STAFF("project.community_ids"),
                      COMMUNITY_STAFF("project.community_id")},
        .title_zh = "共建项目“{project.title}”已立项",
        .title_en = "The project \"{project.title}\" has started",
    },

    /* ---- scheduling ---- */
    {
        .name = "activity_published",
        .event = &scheduling__activity_published__descriptor,
        .audiences = {COMMUNITY_STAFF("activity.community_id"), UNIT_CONTACTS("activity.unit_ids")},
        .title_zh = "活动“{activity.title}”已发布，{first_start_time}开始",
        .title_en = "The activity \"{activity.title}\" is published; it begins {first_start_time}",
    },
    {
        .name = "activity_cancelled",
        .event = &scheduling__activity_cancelled__descriptor,
        .audiences = {COMMUNITY_STAFF("activity.community_id"), UNIT_CONTACTS("activity.unit_ids")},
        .title_zh = "活动“{activity.title}”已取消：{reason}",
        .title_en = "The activity \"{activity.title}\" is cancelled: {reason}",
    },
    {
        .name = "occurrence_cancelled",
        .event = &scheduling__occurrence_cancelled__descriptor,
        .audiences = {SIGNED_UP("occurrence.occurrence_id")},
        .title_zh = "{occurrence.start_time}的“{occurrence.title}”已取消：{reason}",
        .title_en = "\"{occurrence.title}\" of {occurrence.start_time} is cancelled: {reason}",
    },
    {
        .name = "occurrence_moved",
        .event = &scheduling__occurrence_moved__descriptor,
        .audiences = {SIGNED_UP("occurrence.occurrence_id")},
        .title_zh = "“{occurrence.title}”由{previous_start_time}改到{occurrence.start_time}",
        .title_en = "\"{occurrence.title}\" of {previous_start_time} is moved to"
                    " {occurrence.start_time}",
    },
    {
        .name = "signed_up",
        .event = &scheduling__signed_up__descriptor,
        .audiences = {PERSON("sign_up.person_id")},
        .title_zh = "您已报名“{occurrence.title}”，{occurrence.start_time}开始",
        .title_en = "You are signed up for \"{occurrence.title}\" at {occurrence.start_time}",
    },
    {
        .name = "waitlisted",
        .event = &scheduling__waitlisted__descriptor,
        .audiences = {PERSON("sign_up.person_id")},
        .title_zh =
            "“{occurrence.title}”（{occurrence.start_time}）已满，您候补第{sign_up.place}位",
        .title_en = "\"{occurrence.title}\" at {occurrence.start_time} is full; you are number"
                    " {sign_up.place} on the waitlist",
    },
    {
        .name = "promoted",
        .event = &scheduling__promoted__descriptor,
        .audiences = {PERSON("sign_up.person_id")},
        .title_zh = "您已由候补转为报名：“{occurrence.title}”，{occurrence.start_time}开始",
        .title_en = "A place became free: you are signed up for \"{occurrence.title}\" at"
                    " {occurrence.start_time}",
    },
    {
        /* when the occurrence itself was cancelled, that was told already */
        .name = "sign_up_cancelled",
        .event = &scheduling__sign_up_cancelled__descriptor,
        .unless = {"occurrence.status", SCHEDULING__OCCURRENCE_STATUS__OCCURRENCE_STATUS_CANCELLED},
        .audiences = {PERSON("sign_up.person_id")},
        .title_zh = "您在“{occurrence.title}”（{occurrence.start_time}）的报名已取消",
        .title_en =
            "Your sign-up for \"{occurrence.title}\" at {occurrence.start_time} is cancelled",
    },
    {
        .name = "booking_cancelled",
        .event = &scheduling__booking_cancelled__descriptor,
        .audiences = {OWNER("booking")},
        .title_zh = "{booking.resource_id}{booking.start_time}的预订已取消：{reason}",
        .title_en =
            "The booking of {booking.resource_id} at {booking.start_time} is cancelled: {reason}",
    },
    {0},
};
