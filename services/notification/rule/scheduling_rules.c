/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling_rules.c - what events of scheduling tell, and whom */
#include "scheduling_events.pb-c.h"
#include "services/notification/rule/rules.h"

static const struct notify_rule rules[] = {
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
        .at = "occurrence.start_time",
        .part_of = "occurrence.activity_id",
        .title_zh = "{occurrence.start_time}的“{occurrence.title}”已取消：{reason}",
        .title_en = "\"{occurrence.title}\" of {occurrence.start_time} is cancelled: {reason}",
        .together_zh = "“{occurrence.title}”等{count}场（{first}至{last}）已取消：{reason}",
        .together_en = "{count} dates, {first} to {last}, are cancelled, \"{occurrence.title}\""
                       " among them: {reason}",
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

static const ProtobufCMessageDescriptor *const silent[] = {
    &scheduling__activity_created__descriptor,
    &scheduling__activity_updated__descriptor,
    &scheduling__activity_changed__descriptor,
    &scheduling__occurrence_scheduled__descriptor,
    &scheduling__occurrence_updated__descriptor,
    &scheduling__resource_booked__descriptor,
    NULL,
};

const struct rule_book scheduling_rules = {"scheduling", rules, silent};
