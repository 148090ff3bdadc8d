/* SPDX-License-Identifier: Apache-2.0 */
/* timers.c - what scheduling does by itself */
#include "services/scheduling/advance.h"
#include "services/scheduling/occurrence/rezone.h"
#include "services/scheduling/sign_up/sign_up.h"

const struct timer scheduling_timers[] = {
    {ADVANCE_TIMER, activity_advance},
    {RELEASE_TIMER, sign_ups_release_rest},
    {PROMOTE_TIMER, sign_ups_promote_rest},
    {REZONE_TIMER, occurrences_rezone},
    {"community_dissolved", ends_go_on},
    {"unit_withdrawn", ends_go_on},
    {"person_left", ends_go_on},
    {"resource_withdrawn", ends_go_on},
    {0},
};
