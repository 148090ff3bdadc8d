/* SPDX-License-Identifier: Apache-2.0 */
/* get_sign_up.c - GetSignUp: one sign-up within the caller's reach */
#include "scheduling_methods.h"
#include "services/scheduling/sign_up/sign_up.h"

STATEMENT(select_sign_up,
          .sql = "SELECT {columns}" SIGN_UP_RANK " FROM scheduling.sign_up WHERE street = :street"
                 " AND sign_up_id = :sign_up_id AND " SIGN_UP_IS_REACHED,
          .object = &sign_up_object,
          .one_row = {STATUS_NOT_FOUND, "sign_up_id", "exists", "no such sign-up in this street"});

const struct method scheduling_get_sign_up = {
    .may = MAY_READ_SIGN_UP,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_UUID(sign_up_id)),
    .query = &select_sign_up,
    .into = "sign_up",
};
