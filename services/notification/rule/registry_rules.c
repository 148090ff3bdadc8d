/* SPDX-License-Identifier: Apache-2.0 */
/* registry_rules.c - what events of the registry tell, and whom */
#include "registry_events.pb-c.h"
#include "services/notification/rule/rules.h"

/* clang-format off */
#define UNIT(action)      {"action", REGISTRY__UNIT_ACTION__UNIT_ACTION_##action}
#define AGREEMENT(action) {"action", REGISTRY__AGREEMENT_ACTION__AGREEMENT_ACTION_##action}
/* clang-format on */

static const struct notify_rule rules[] = {
    {
        .name = "unit_suspended",
        .event = &registry__unit_changed__descriptor,
        .when = UNIT(SUSPEND),
        .audiences = {UNIT_CONTACTS("unit.unit_id")},
        .title_zh = "{unit.name}的共建已暂停[：{why}]",
        .title_en = "Cooperation with {unit.name} is suspended[: {why}]",
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
        .name = "unit_withdrawn",
        .event = &registry__unit_changed__descriptor,
        .when = UNIT(WITHDRAW),
        .audiences = {UNIT_CONTACTS("unit.unit_id")},
        .title_zh = "{unit.name}已退出共建[：{why}]",
        .title_en = "{unit.name} has withdrawn[: {why}]",
    },
    {
        .name = "community_dissolved",
        .event = &registry__community_changed__descriptor,
        .audiences = {COMMUNITY_STAFF("community.community_id")},
        .title_zh = "{community.name}已撤销[：{why}]",
        .title_en = "{community.name} is dissolved[: {why}]",
    },
    {
        .name = "agreement_lapsing",
        .event = &registry__agreement_lapsing__descriptor,
        .audiences = {STREET_STAFF, UNIT_CONTACTS("agreement.unit_id")},
        .until = {"agreement.valid_to_on"}, /* behind it agreement_lapsed is told */
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
        .name = "agreement_terminated",
        .event = &registry__agreement_changed__descriptor,
        .when = AGREEMENT(TERMINATE),
        .audiences = {STREET_STAFF, UNIT_CONTACTS("agreement.unit_id")},
        .part_of = {"agreement.unit_id"},
        .title_zh = "{agreement.unit_id}的共建协议已终止[：{why}]",
        .title_en = "The agreement with {agreement.unit_id} was terminated[: {why}]",
    },
    {
        .name = "role_granted",
        .event = &registry__role_granted__descriptor,
        .audiences = {PERSON("role_grant.holder")},
        .until = {"role_grant.until_on"},
        .title_zh = "您有了新的职责，自{role_grant.from_on}至{role_grant.until_on}",
        .title_en = "You have a new role, from {role_grant.from_on} until {role_grant.until_on}",
    },
    {
        .name = "role_revoked",
        .event = &registry__role_grant_changed__descriptor,
        .audiences = {PERSON("role_grant.holder")},
        .part_of = {"role_grant.unit_id", "role_grant.community_id"},
        .title_zh = "您的一项职责已解除[：{why}]",
        .title_en = "A role of yours was revoked[: {why}]",
    },
    {0},
};

static const struct silence silent[] = {
    {&registry__street_created__descriptor, "the street office keeps the register itself"},
    {&registry__street_updated__descriptor, "the street office keeps the register itself"},
    {&registry__community_created__descriptor, "the street office keeps the register itself"},
    {&registry__community_updated__descriptor, "the street office keeps the register itself"},
    {&registry__unit_registered__descriptor, "the street office keeps the register itself"},
    {&registry__unit_updated__descriptor, "the street office keeps the register itself"},
    {&registry__person_registered__descriptor, "the street office keeps the register itself"},
    {&registry__person_updated__descriptor, "the street office keeps the register itself"},
    {&registry__person_changed__descriptor,
     "nobody who left is told; their roles and sign-ups end"},
    {&registry__unit_paired__descriptor, "whoever looks at it finds it in the list"},
    {&registry__pairing_updated__descriptor, "whoever looks at it finds it in the list"},
    {&registry__pairing_changed__descriptor, "whoever looks at it finds it in the list"},
    {&registry__alliance_created__descriptor, "whoever looks at it finds it in the list"},
    {&registry__alliance_updated__descriptor, "whoever looks at it finds it in the list"},
    {&registry__alliance_changed__descriptor, "whoever looks at it finds it in the list"},
    {&registry__alliance_joined__descriptor, "whoever looks at it finds it in the list"},
    {&registry__alliance_member_changed__descriptor, "whoever looks at it finds it in the list"},
    {&registry__agreement_drafted__descriptor, "a draft of the street office"},
    {&registry__agreement_updated__descriptor, "a draft of the street office"},
    {0},
};

const struct rule_book registry_rules = {"registry", rules, silent};
