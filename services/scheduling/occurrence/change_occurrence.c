/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_occurrence.c - ChangeOccurrence: one step along occurrence_life_cycle, of a date that is
 * to come
 */
#include "scheduling_methods.h"
#include "services/scheduling/advance.h"
#include "services/scheduling/booking/booking.h"
#include "services/scheduling/occurrence/cancelling.h"
#include "services/scheduling/occurrence/occurrence.h"
#include "services/scheduling/sign_up/sign_up.h"

static enum status change_occurrence(struct call *call)
{
    const Scheduling__ChangeOccurrenceRequest *request = call->request;
    Scheduling__ChangeOccurrenceResponse *response = call->response;
    Scheduling__Occurrence *occurrence = wire_new(call, &scheduling__occurrence__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    occurrence->occurrence_id = request->occurrence_id;
    enum status status = object_stage_change(call, &occurrence_object, &change, &occurrence->base);
    if (status == STATUS_OK)
        status = occurrence_check_future(call, occurrence);
    if (status != STATUS_OK)
        return status;
    object_store(call, &occurrence_object, &occurrence->base);
    response->occurrence = occurrence;
    activity_advance_soon(call, occurrence->activity_id);
    return occurrence_cancelled(call, occurrence, BECAUSE(request->reason));
}

const struct method scheduling_change_occurrence = {
    .may = MAY_WRITE_ACTIVITY,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_occurrence),
    .rules = RULES(RULE_UUID(occurrence_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_occurrence,
};
