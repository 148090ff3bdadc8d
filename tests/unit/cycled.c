/* SPDX-License-Identifier: Apache-2.0 */
/* cycled.c - see cycled.h */
#include "cycled.h"

#include "services/registry/agreement/agreement.h"
#include "services/registry/alliance/alliance.h"
#include "services/registry/community/community.h"
#include "services/registry/pairing/pairing.h"
#include "services/registry/person/person.h"
#include "services/registry/role_grant/role_grant.h"
#include "services/registry/unit/unit.h"
#include "services/scheduling/activity/activity.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"
#include "services/selection/claim/claim.h"
#include "services/selection/need/need.h"
#include "services/selection/programme/programme.h"
#include "services/selection/project/project.h"
#include "services/selection/resource/resource.h"
#include "services/selection/tick_sheet/tick_sheet.h"

const struct cycled cycled[] = {
    {"Community 社区", "community_id", &registry__community__descriptor, &community_life_cycle,
     "ACTIVE"},
    {"Unit 共建单位", "unit_id", &registry__unit__descriptor, &unit_life_cycle, "PROSPECT",
     .pausing = "SUSPENDED"},
    {"Person 人员", "person_id", &registry__person__descriptor, &person_life_cycle, "ACTIVE"},
    {"Role grant 授权", "grant_id", &registry__role_grant__descriptor, &role_grant_life_cycle,
     "IN_FORCE"},
    {"Pairing 结对", "pairing_id", &registry__pairing__descriptor, &pairing_life_cycle, "ACTIVE"},
    {"Alliance 党建联盟", "alliance_id", &registry__alliance__descriptor, &alliance_life_cycle,
     "ACTIVE"},
    {"Alliance membership 联盟成员", "membership_id", &registry__alliance_member__descriptor,
     &alliance_member_life_cycle, "ACTIVE"},
    {"Agreement 签约", "agreement_id", &registry__agreement__descriptor, &agreement_life_cycle,
     "DRAFT"},
    {"Programme 工作法", "programme_id", &selection__programme__descriptor, &programme_life_cycle,
     "DRAFT"},
    {"Tick sheet 勾选单", "sheet_id", &selection__tick_sheet__descriptor, &tick_sheet_life_cycle,
     "DRAFT"},
    {"Resource 资源", "resource_id", &selection__resource__descriptor, &resource_life_cycle,
     "OFFERED", .pausing = "PAUSED"},
    {"Need 需求", "need_id", &selection__need__descriptor, &need_life_cycle, "OPEN"},
    {"Claim 领办", "claim_id", &selection__claim__descriptor, &claim_life_cycle, "SUBMITTED"},
    {"Co-building project 共建项目", "project_id", &selection__project__descriptor,
     &project_life_cycle, "PLANNED"},
    {"Activity 活动", "activity_id", &scheduling__activity__descriptor, &activity_life_cycle,
     "DRAFT"},
    {"Occurrence 场次", "occurrence_id", &scheduling__occurrence__descriptor,
     &occurrence_life_cycle, "SCHEDULED"},
    {"Booking 预约", "booking_id", &scheduling__booking__descriptor, &booking_life_cycle, "BOOKED"},
    {"Sign-up 报名", "sign_up_id", &scheduling__sign_up__descriptor, &sign_up_life_cycle,
     "SIGNED_UP", .other_initial = "WAITING"},
    {0},
};
