/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling_rules.c - what events of scheduling tell, and whom */
#include "scheduling_events.pb-c.h"
#include "services/notification/rule/rules.h"

static const struct notify_rule rules[] = {
    {
        /* it may decline: AnswerActivity */
        .name = "organiser_named",
        .event = &scheduling__activity_created__descriptor,
        .audiences = {UNIT_CONTACTS("activity.unit_ids")},
        .until = {"activity.schedule.first_start_local"},
        .title_zh = "贵单位被列为活动“{activity.title}”的组织单位，如尚未确认，请确认或谢绝",
        .title_en = "Your unit is named to organise \"{activity.title}\": unless it has agreed "
                    "already, please agree or decline",
    },
    {
        .name = "activity_published",
        .event = &scheduling__activity_published__descriptor,
        .audiences = {PARTIES("activity.activity_id")},
        .until = {"last_start_time"},
        .title_zh = "活动“{activity.title}”已发布，首场{first_start_time}",
        .title_en =
            "The activity \"{activity.title}\" is published; its first date is {first_start_time}",
    },
    {
        .name = "activity_declined",
        .event = &scheduling__activity_answered__descriptor,
        .when = {"answer", SCHEDULING__ACTIVITY_ANSWER__ACTIVITY_ANSWER_DECLINE},
        .audiences = {PARTIES("activity.activity_id")},
        .title_zh = "{unit_id}不参与组织活动“{activity.title}”[：{why}]",
        .title_en = "{unit_id} declined to organise \"{activity.title}\"[: {why}]",
    },
    {
        .name = "activity_cancelled",
        .event = &scheduling__activity_cancelled__descriptor,
        .audiences = {PARTIES("activity.activity_id")},
        .title_zh = "活动“{activity.title}”已取消[：{why}]",
        .title_en = "The activity \"{activity.title}\" is cancelled[: {why}]",
    },
    {
        .name = "occurrence_cancelled",
        .event = &scheduling__occurrence_cancelled__descriptor,
        .audiences = {SIGNED_UP("occurrence.occurrence_id"), PARTIES("occurrence.activity_id")},
        .at = "occurrence.start_time",
        .part_of = {"occurrence.activity_id"},
        .whenever = "whoever came for it learns why it was not there",
        .title_zh = "{occurrence.start_time}的“{occurrence.title}”已取消[：{why}]",
        .title_en = "\"{occurrence.title}\" of {occurrence.start_time} is cancelled[: {why}]",
        .together_zh = "“{occurrence.title}”等{count}场（{first}至{last}）已取消[：{why}]",
        .together_en = "{count} dates, {first} to {last}, are cancelled, \"{occurrence.title}\" "
                       "among them[: {why}]",
    },
    {
        .name = "occurrence_moved",
        .event = &scheduling__occurrence_moved__descriptor,
        .differ = {"previous_start_time", "occurrence.start_time"},
        .audiences = {SIGNED_UP("occurrence.occurrence_id"), PARTIES("occurrence.activity_id")},
        .until = {"previous_end_time", "occurrence.end_time"},
        .title_zh = "“{occurrence.title}”由{previous_start_time}改到{occurrence.start_time}，{"
                    "occurrence.end_time}结束",
        .title_en = "\"{occurrence.title}\" of {previous_start_time} is moved to "
                    "{occurrence.start_time}, until {occurrence.end_time}",
    },
    {
        .name = "occurrence_length_changed",
        .event = &scheduling__occurrence_moved__descriptor,
        .differ = {"previous_end_time", "occurrence.end_time"},
        .same = {"previous_start_time", "occurrence.start_time"},
        .audiences = {SIGNED_UP("occurrence.occurrence_id"), PARTIES("occurrence.activity_id")},
        .until = {"previous_end_time", "occurrence.end_time"},
        .title_zh = "{occurrence.start_time}的“{occurrence.title}”结束时间由{previous_end_time}"
                    "改为{occurrence.end_time}",
        .title_en = "\"{occurrence.title}\" of {occurrence.start_time} ends at "
                    "{occurrence.end_time}, no more at {previous_end_time}",
    },
    {
        .name = "venue_changed",
        .event = &scheduling__occurrence_updated__descriptor,
        .changes = "resource_id",
        .audiences = {SIGNED_UP("occurrence.occurrence_id"), PARTIES("occurrence.activity_id")},
        .at = "occurrence.start_time",
        .until = {"occurrence.end_time"},
        .title_zh = "{occurrence.start_time}的“{occurrence.title}”场地有变[，改用{occurrence."
                    "resource_id}][：{why}]",
        .title_en = "\"{occurrence.title}\" of {occurrence.start_time} loses its venue[ and has "
                    "{occurrence.resource_id} instead][: {why}]",
        .together_zh = "“{occurrence.title}”等{count}场（{first}至{last}）场地有变[，改用{"
                       "occurrence.resource_id}][：{why}]",
        .together_en = "{count} dates, {first} to {last}, \"{occurrence.title}\" among them, lose "
                       "their venue[ and have {occurrence.resource_id} instead][: {why}]",
    },
    {
        .name = "venue_lost",
        .event = &scheduling__occurrence_updated__descriptor,
        .causes = {"booking_cancelled"},
        .audiences = {SIGNED_UP("occurrence.occurrence_id"), PARTIES("occurrence.activity_id")},
        .at = "occurrence.start_time",
        .until = {"occurrence.end_time"},
        .title_zh = "{occurrence.start_time}的“{occurrence.title}”原定场地不能使用[：{why}]",
        .title_en = "\"{occurrence.title}\" of {occurrence.start_time} loses its venue[: {why}]",
        .together_zh =
            "“{occurrence.title}”等{count}场（{first}至{last}）原定场地不能使用[：{why}]",
        .together_en = "{count} dates, {first} to {last}, \"{occurrence.title}\" among them, lose "
                       "their venue[: {why}]",
    },
    {
        /* another one than before is a venue that changed */
        .name = "venue_booked",
        .event = &scheduling__occurrence_updated__descriptor,
        .changes = "booking_id",
        .keeps = "resource_id",
        .has = "occurrence.booking_id",
        .audiences = {SIGNED_UP("occurrence.occurrence_id"), PARTIES("occurrence.activity_id")},
        .at = "occurrence.start_time",
        .until = {"occurrence.end_time"},
        .title_zh = "{occurrence.start_time}的“{occurrence.title}”场地已订妥："
                    "{occurrence.resource_id}",
        .title_en = "\"{occurrence.title}\" of {occurrence.start_time} has its venue: "
                    "{occurrence.resource_id}",
        .together_zh = "“{occurrence.title}”等{count}场（{first}至{last}）场地已订妥",
        .together_en = "{count} dates, {first} to {last}, \"{occurrence.title}\" among them, have "
                       "their venue",
    },
    {
        /* once it is published its dates say so */
        .name = "plan_lost_venue",
        .event = &scheduling__activity_updated__descriptor,
        .when = {"activity.status", SCHEDULING__ACTIVITY_STATUS__ACTIVITY_STATUS_DRAFT},
        .causes = {"resource_withdrawn"},
        .audiences = {PARTIES("activity.activity_id")},
        .until = {"activity.schedule.first_start_local"},
        .title_zh = "活动“{activity.title}”（尚未发布）需另选场地[：{why}]",
        .title_en = "\"{activity.title}\", not yet published, needs another venue[: {why}]",
    },
    {
        .name = "activity_lost_unit",
        .event = &scheduling__activity_updated__descriptor,
        .causes = {"unit_withdrawn"},
        .audiences = {PARTIES("activity.activity_id")},
        .title_zh = "活动“{activity.title}”少了一个组织单位[：{why}]",
        .title_en = "\"{activity.title}\" goes on without one of its organisers[: {why}]",
    },
    {
        .name = "organisers_changed",
        .event = &scheduling__activity_updated__descriptor,
        .changes = "unit_ids",
        .audiences = {UNIT_CONTACTS("activity.unit_ids")},
        .until = {"activity.schedule.first_start_local"},
        .title_zh = "活动“{activity.title}”的组织单位有变，贵单位在其中，如尚未确认，请确认或谢绝",
        .title_en = "The organisers of \"{activity.title}\" have changed, and your unit is among "
                    "them: unless it has agreed already, please agree or decline",
    },
    {
        .name = "organiser_removed",
        .event = &scheduling__activity_updated__descriptor,
        .audiences = {UNIT_CONTACTS("removed_unit_ids")},
        .title_zh = "贵单位不再是活动“{activity.title}”的组织单位",
        .title_en = "Your unit is named to organise \"{activity.title}\" no more",
    },
    {
        .name = "signed_up",
        .event = &scheduling__signed_up__descriptor,
        .audiences = {PERSON("sign_up.person_id")},
        .until = {"occurrence.end_time"},
        .title_zh = "您已报名“{occurrence.title}”，{occurrence.start_time}开始",
        .title_en = "You are signed up for \"{occurrence.title}\" at {occurrence.start_time}",
    },
    {
        .name = "waitlisted",
        .event = &scheduling__waitlisted__descriptor,
        .audiences = {PERSON("sign_up.person_id")},
        .until = {"occurrence.end_time"},
        .title_zh =
            "“{occurrence.title}”（{occurrence.start_time}）已满，您候补第{sign_up.place}位",
        .title_en = "\"{occurrence.title}\" at {occurrence.start_time} is full; you are number"
                    " {sign_up.place} on the waitlist",
    },
    {
        .name = "promoted",
        .event = &scheduling__promoted__descriptor,
        .audiences = {PERSON("sign_up.person_id")},
        .until = {"occurrence.end_time"},
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
        .whenever = "whoever came for it learns why they had no place",
        .title_zh = "您在“{occurrence.title}”（{occurrence.start_time}）的报名已取消[：{why}]",
        .title_en = "Your sign-up for \"{occurrence.title}\" at {occurrence.start_time} is "
                    "cancelled[: {why}]",
    },
    {
        .name = "resource_booked",
        .event = &scheduling__resource_booked__descriptor,
        .audiences = {PARTIES("booking.resource_id")},
        .at = "booking.start_time",
        .part_of = {"booking.occurrence_id"},
        .until = {"booking.end_time"},
        .title_zh = "{booking.resource_id}已被预订：{booking.start_time}至{booking.end_time}",
        .title_en =
            "{booking.resource_id} is booked from {booking.start_time} to {booking.end_time}",
        .together_zh = "{booking.resource_id}等已被预订{count}次（{first}至{last}）",
        .together_en =
            "{count} bookings of {booking.resource_id} and maybe others, {first} to {last}",
    },
    {
        .name = "booking_moved",
        .event = &scheduling__booking_moved__descriptor,
        .differ = {"previous_start_time", "booking.start_time"},
        .audiences = {PARTIES("booking.resource_id")},
        .part_of = {"booking.occurrence_id"},
        .until = {"previous_end_time", "booking.end_time"},
        .title_zh = "{booking.resource_id}的预订由{previous_start_time}改到{booking.start_time}，"
                    "{booking.end_time}结束",
        .title_en = "The booking of {booking.resource_id} at {previous_start_time} is moved to"
                    " {booking.start_time}, until {booking.end_time}",
    },
    {
        .name = "booking_length_changed",
        .event = &scheduling__booking_moved__descriptor,
        .differ = {"previous_end_time", "booking.end_time"},
        .same = {"previous_start_time", "booking.start_time"},
        .audiences = {PARTIES("booking.resource_id")},
        .part_of = {"booking.occurrence_id"},
        .until = {"previous_end_time", "booking.end_time"},
        .title_zh =
            "{booking.resource_id}{booking.start_time}的预订结束时间由{previous_end_time}改为"
            "{booking.end_time}",
        .title_en = "The booking of {booking.resource_id} at {booking.start_time} ends at"
                    " {booking.end_time}, no more at {previous_end_time}",
    },
    {
        .name = "booking_cancelled",
        .event = &scheduling__booking_cancelled__descriptor,
        .audiences = {OWNER("booking"), PARTIES("booking.resource_id")},
        .at = "booking.start_time",
        .part_of = {"booking.occurrence_id"},
        .whenever = "whoever came for it learns why it was not there",
        .title_zh = "{booking.resource_id}{booking.start_time}的预订已取消[：{why}]",
        .title_en =
            "The booking of {booking.resource_id} at {booking.start_time} is cancelled[: {why}]",
        .together_zh = "{booking.resource_id}等{count}次预订（{first}至{last}）已取消[：{why}]",
        .together_en = "{count} bookings, {first} to {last}, are cancelled, one of "
                       "{booking.resource_id} among them[: {why}]",
    },
    {0},
};

static const struct silence silent[] = {
    {&scheduling__activity_changed__descriptor, "it begins and ends as was told before"},
    {&scheduling__booking_updated__descriptor, "it stands where it stood, under another title"},
    {&scheduling__occurrence_scheduled__descriptor, "its activity was told when it was published"},
    {0},
};

const struct rule_book scheduling_rules = {"scheduling", rules, silent};
