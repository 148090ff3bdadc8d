/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change_person.c - ChangePerson: one step along person_life_cycle
 *
 * Who leaves is erased by the statement that stores the step, and holds no role any more.
 */
#include "libcommon/service/following/ending.h"
#include "registry_methods.h"
#include "services/registry/person/person.h"

static enum status change_person(struct call *call)
{
    const Registry__ChangePersonRequest *request = call->request;
    Registry__ChangePersonResponse *response = call->response;
    Registry__PersonChanged event = REGISTRY__PERSON_CHANGED__INIT;
    Registry__Person *person = wire_new(call, &registry__person__descriptor);
    const struct change change = {request->action, request->reason, request->revision};

    person->person_id = request->person_id;
    enum status status = object_change(call, &person_object, &change, &person->base);
    if (status != STATUS_OK)
        return status;
    response->person = event.person = person_facts(call, person);
    event.action = request->action;
    event.reason = request->reason;
    status = journal_append(call, person->person_id, &event.base);
    return status == STATUS_OK ? ends_follow(call, &person->base, request->reason) : status;
}

const struct method registry_change_person = {
    .may = MAY_WRITE_PERSON,
    .scope = SCOPE_STREET,
    .place = PLACE_STORED(&place_of_person),
    .rules = RULES(RULE_UUID(person_id), RULE_ENUM(action), RULE_LONG_TEXT(reason, 0, 500),
                   RULE_INT(revision, 1, UINT32_MAX)),
    .command = change_person,
};
