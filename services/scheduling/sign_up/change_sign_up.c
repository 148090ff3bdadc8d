/* SPDX-License-Identifier: Apache-2.0 */
/* change_sign_up.c - ChangeSignUp: one step along sign_up_life_cycle, before the occurrence
 * begins */
#include "scheduling_methods.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

STATEMENT(place_of_sign_up,
          .sql = "SELECT coalesce(community_id::text, '') AS community_id,"
                 " coalesce(" SIGN_UP_UNIT "::text, '') AS unit_id, person_id::text AS person_id"
                 " FROM scheduling.sign_up WHERE street = :street AND sign_up_id = :sign_up_id");

static enum status change_sign_up(struct call *call)
{
    const Scheduling__ChangeSignUpRequest *request = call->request;
    Scheduling__ChangeSignUpResponse *response = call->response;
    Scheduling__SignUp *sign_up = wire_new(call, &scheduling__sign_up__descriptor);
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    sign_up->sign_up_id = request->sign_up_id;
    enum status status = object_stage_change(call, &sign_up_object, &change, &sign_up->base);
    if (status != STATUS_OK)
        return status;
    occurrence->occurrence_id = sign_up->occurrence_id;
    status = object_load(call, &occurrence_object, "sign_up_id", &occurrence->base);
    if (status != STATUS_OK)
        return status;
    if (scheduling_is_past(call, occurrence->start_time))
        return call_fail(call, STATUS_FAILED_PRECONDITION, "sign_up_id", "past",
                         "the occurrence began");
    object_store(call, &sign_up_object, &sign_up->base);
    response->sign_up = sign_up;
    return sign_up_left(call, sign_up, occurrence, BECAUSE(request->reason));
}

const struct method scheduling_change_sign_up = {
    .may = MAY_SIGN_UP,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_sign_up),
    .rules = RULES(RULE_UUID(sign_up_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_sign_up,
};
