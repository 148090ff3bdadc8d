/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.c - an event's cause and reason -> words
 *
 * The cause is a rule that screens translate (cause.proto); the reason is what a person wrote, and
 * stays as they wrote it.
 */
#include "services/notification/rule/why.h"

#include <string.h>

#include "libcommon/base/field_path.h"
#include "libcommon/base/mem.h"

static const struct cause {
    const char *rule, *words[LANGUAGES];
} causes[] = {
    {"activity_cancelled", {"活动已取消", "the activity is cancelled"}},
    {"activity_completed", {"活动已提前结束", "the activity was completed before"}},
    {"agreement_lapsed", {"协议已到期", "the agreement has lapsed"}},
    {"agreement_terminated", {"协议已终止", "the agreement was terminated"}},
    {"alliance_ended", {"联盟已解散", "the alliance has ended"}},
    {"booking_cancelled", {"预订已取消", "the booking is cancelled"}},
    {"claim_accepted", {"认领结果已验收", "the result of its claim is accepted"}},
    {"claim_left", {"认领方已退出", "who claimed it has left"}},
    {"claim_refused", {"认领未通过", "its claim was refused"}},
    {"claim_revoked", {"认领已撤销", "the claim was revoked"}},
    {"community_dissolved", {"社区已撤销", "the community was dissolved"}},
    {"dates_cancelled", {"各场均已取消", "all of its dates are cancelled"}},
    {"occurrence_cancelled", {"该场活动已取消", "the date is cancelled"}},
    {"party_left", {"项目参与方有变", "who raised it is no party of the project any more"}},
    {"person_left", {"本人已退出", "the person has left"}},
    {"programme_closed", {"项目年度已结束", "the programme is closed"}},
    {"programme_dropped", {"项目方案已撤回", "the programme was dropped"}},
    {"project_cancelled", {"共建项目已取消", "the project is cancelled"}},
    {"project_completed", {"共建项目已完成", "the project is completed"}},
    {"resource_paused", {"资源暂停使用", "the resource is paused"}},
    {"resource_withdrawn", {"资源已撤回", "the resource was withdrawn"}},
    {"unit_suspended", {"单位共建已暂停", "the unit is suspended"}},
    {"unit_withdrawn", {"单位已退出共建", "the unit has withdrawn"}},
    {"zone_changed", {"街道时区已变更", "the street's time zone was changed"}},
};
static const char *const something[LANGUAGES] = {"相关事项已变更",
                                                 "something that it depends on has changed"};

static const char *cause_words(const char *rule, enum language language)
{
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (strcmp(causes[i].rule, rule) == 0)
            return causes[i].words[language];
    return something[language]; /* a newer service's */
}

static const char *text_at(const ProtobufCMessage *event, const char *path)
{
    const void *value = path_field(event->descriptor, path) ? path_value(event, path) : NULL;

    return value ? *(char *const *)value : "";
}

char *why_words(const void *parent, const ProtobufCMessage *event, enum language language)
{
    const char *rule = text_at(event, "cause.rule"), *reason = text_at(event, "reason");

    if (!rule[0])
        return mem_text(parent, reason);
    const char *words = cause_words(rule, language);
    if (!reason[0])
        return mem_text(parent, words);
    return language == CHINESE ? mem_printf(parent, "%s（%s）", words, reason)
                               : mem_printf(parent, "%s (%s)", words, reason);
}
