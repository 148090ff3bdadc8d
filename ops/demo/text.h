/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - what the story says, in Chinese and in English
 *
 * {1}, {2}, … stand for what is only known when it is told; both languages have the same.
 */
#pragma once

/* clang-format off */
#define STORY_TEXTS(X) \
    X(STEP_STREET, "街道、社区与共建单位", "The street, its communities and partner units") \
    X(COMMUNITIES, "{1}有{2}个社区、{3}个共建单位", "{1} has {2} communities and {3} partner units") \
    X(AGREEMENTS, "{1}份共建协议生效，其单位都已签约", "{1} agreements are in force, and their units are signed") \
    X(ALLIANCE, "党建联盟“{1}”有{2}个成员单位", "The alliance {1} has {2} member units") \
    X(CONTACTS, "{1}位联络员，各自在协议期内代表本单位", "{1} contacts, each speaks for a unit as long as its agreement lasts") \
    X(STAFF_REGISTERED, "登记{1}，授予职责", "{1} is registered and gets a role") \
    X(STAFF_THERE, "{1}已登记，职责有效", "{1} is registered and holds a role") \
    \
    X(STEP_PROGRAMME, "年度工作法与勾选单", "The year's programme and a tick sheet") \
    X(PROGRAMME_PUBLISHED, "街道办发布{1}年“{2}”：五大必选，五大自选", "The street office publishes \"{2}\" of {1}: five mandatory projects, five elective ones") \
    X(PROGRAMME_THERE, "{1}年“{2}”此前已发布", "\"{2}\" of {1} was published before") \
    X(PROGRAMME_CHECKED, "目录有{1}个必选、{2}个自选项目，至少自选{3}个", "The catalogue has {1} mandatory and {2} elective projects; at least {3} electives") \
    X(SHEET_OPENED, "{1}的联络员填写勾选单，只勾一个自选项目", "The contact of {1} fills in a tick sheet with a single elective") \
    X(SHEET_REFUSED, "提交被拒：{1}", "Submitting it is refused: {1}") \
    X(SHEET_SUBMITTED, "补勾一个，提交成功；街道办确认", "With a second one it is submitted, and the street office confirms it") \
    X(SHEET_THERE, "{1}的勾选单此前已确认", "The tick sheet of {1} was confirmed before") \
    X(SHEET_CHECKED, "勾选单已确认，共{1}项：必选全在其中", "The sheet is confirmed with {1} projects, all mandatory ones among them") \
    X(SIBLING_REFUSED, "同一联络员不能替{1}填写：{2}", "The same contact cannot fill in that of {1}: {2}") \
    X(SIBLING_HIDDEN, "该联络员只看得到本单位的勾选单", "That contact sees the sheets of no other unit") \
    \
    X(STEP_PARKING, "两个停车需求，一个共建项目", "Two needs for parking, one co-building project") \
    X(PARKING_STARTED, "联席会议决议后，{1}工作人员立项“{2}”", "After a joint meeting's resolution the staff of {1} start \"{2}\"") \
    X(PARKING_THERE, "项目“{1}”此前已立项", "The project \"{1}\" was started before") \
    X(PARKING_RESOLUTION, "决议：{1}", "Resolution: {1}") \
    X(PARKING_NEEDS, "两个需求都在推进，都指向该项目", "Both needs are in progress and name that project") \
    X(PARKING_MILESTONES, "{1}个里程碑，第一个已完成", "{1} milestones, the first of them reached") \
    \
    X(STEP_PITCH, "头格社区的篮球场", "A pitch for Toge community") \
    X(PITCH_CLAIMED, "{1}的联络员以“{2}”认领需求“{3}”", "The contact of {1} claims the need \"{3}\" with \"{2}\"") \
    X(PITCH_APPROVED, "{1}工作人员同意认领", "The staff of {1} approve the claim") \
    X(PITCH_THERE, "需求“{1}”此前已认领并同意", "The need \"{1}\" was claimed and approved before") \
    X(PITCH_NEED, "需求在推进，由该认领承担", "The need is in progress, by that claim") \
    X(PITCH_RIVAL, "{1}再来认领被拒：{2}", "A claim by {1} as well is refused: {2}") \
    X(SERIES_PUBLISHED, "发布“{1}”：{2}场，每周一场", "\"{1}\" is published: {2} occurrences, one a week") \
    X(SERIES_THERE, "“{1}”此前已发布：{2}场", "\"{1}\" was published before: {2} occurrences") \
    X(SERIES_BOOKED, "“{1}”的{2}场都已订到场地", "Each of the {2} occurrences of \"{1}\" has its booking") \
    X(BOOKING_FROZEN, "预订上留存使用条件：{1}", "The bookings keep the conditions of use: {1}") \
    X(BOOKING_RIVAL, "同一时段再订被拒，并指明原预订：{1}", "A booking that overlaps is refused and names its rival: {1}") \
    X(BOOKING_WHO, "{1}不在使用条件之内，被拒：{2}", "{1} is not among those who may use it, refused: {2}") \
    X(SERIES_OVER, "“{1}”已没有将来的场次", "\"{1}\" has no occurrence to come") \
    \
    X(STEP_SERVICE_POINT, "每周便民服务点：报名、候补、递补", "The weekly service point: sign-up, waitlist, promotion") \
    X(SIGNED_UP, "{1}名志愿者各自报名第一场，名额{2}个", "{1} volunteers sign themselves up for the first one, which has {2} places") \
    X(SIGN_UPS_THERE, "第一场此前已有{1}条报名", "The first one has {1} sign-ups from before") \
    X(WAITLIST_ORDER, "{1}人报上名，{2}人按先后候补", "{1} are in, {2} wait in the order in which they came") \
    X(SIGN_UP_TWICE, "重复报名被拒：{1}", "Signing up twice is refused: {1}") \
    X(SIGN_UP_FOREIGN, "替别人取消被拒：{1}", "Cancelling for somebody else is refused: {1}") \
    X(CANCELLED, "第一位取消报名", "The first one cancels") \
    X(PROMOTED, "候补第一位随即递补，名额未超：{1}/{2}，候补{3}人", "The first who waited is promoted at once; {1} of {2} places are taken, {3} wait") \
    \
    X(STEP_MESSAGES, "谁收到了消息", "Who was told") \
    X(INBOX, "{1}收到的正好是：{2}", "{1} was told exactly: {2}") \
    X(INBOX_WRONG, "{1}应收到{2}，实际收到{3}", "{1} should have been told {2}, but was told {3}") \
    X(INBOX_FOREIGN, "别人的消息看不到：{1}", "Nobody reads another's messages: {1}") \
    \
    X(STEP_SUBSCRIBER, "外部订阅者", "An outside subscriber") \
    X(SUBSCRIBER_STOPPED, "订阅者读到第{1}条后中断，游标留在服务器上", "A subscriber breaks off after event {1}; the server keeps its cursor") \
    X(SUBSCRIBER_WHOLE, "从游标继续，{1}的事件1到{2}一条不缺、次序不乱", "From its cursor on it goes through: events 1 to {2} of {1}, in order, none missing") \
    X(NO_NAMES, "{1}条事件中没有任何人的姓名（查了{2}个名字）", "None of the {1} events names a person ({2} names were looked for)") \
    \
    X(NOT_LOADED, "没有找到“{1}”：请先运行 jusha load", "There is no \"{1}\": run jusha load first") \
    X(STOPPED, "{1}失败：{2}", "{1} failed: {2}") \
    X(SUMMARY_GOOD, "{1}项检查全部通过", "All {1} checks held") \
    X(SUMMARY_BAD, "{1}项检查，{2}项未通过", "{1} checks, {2} did not hold")
/* clang-format on */

enum story_text {
#define ROW(name, zh, en) TEXT_##name,
    STORY_TEXTS(ROW)
#undef ROW
        STORY_TEXT_COUNT,
};

extern const struct story_words {
    const char *name, *zh, *en;
} story_words[STORY_TEXT_COUNT];

/* Under parent; args[0] is {1}, the last is NULL. */
char *story_format(const void *parent, const char *text, const char *const *args);
