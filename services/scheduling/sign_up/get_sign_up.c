/* SPDX-License-Identifier: Apache-2.0 */
/* get_sign_up.c - GetSignUp: one sign-up within the caller's reach */
#include "scheduling_methods.h"
#include "services/scheduling/sign_up/sign_up.h"

static const struct db_stmt select_sign_up = {
    .name = "select_sign_up_in_reach",
    .sql = "SELECT " SIGN_UP_COLUMNS " FROM scheduling.sign_up WHERE street = $1"
           " AND sign_up_id = $2 AND ($3 OR community_id = ANY($4::uuid[])"
           " OR unit_id = ANY($5::uuid[]) OR person_id::text = $6)",
    .bind = "sign_up_id",
    .one_row = {STATUS_NOT_FOUND, "sign_up_id", "exists", "no such sign-up in this street"},
};

const struct method scheduling_get_sign_up = {
    .may = MAY_READ_SIGN_UP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(sign_up_id)),
    .query = &select_sign_up,
    .into = "sign_up",
    .with_reach = true,
};
