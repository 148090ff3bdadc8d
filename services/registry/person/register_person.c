/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register_person.c - RegisterPerson: add one person
 *
 * Request -> person_rules -> the phone is sealed -> one row -> PersonRegistered, which holds
 * neither name nor phone. Queues its statements and waits for nothing.
 */
#include "registry_methods.h"
#include "services/registry/person/person.h"
#include "services/registry/person/seal.h"

static enum status register_person(struct call *call)
{
    const Registry__RegisterPersonRequest *request = call->request;
    Registry__RegisterPersonResponse *response = call->response;
    Registry__PersonRegistered event = REGISTRY__PERSON_REGISTERED__INIT;
    Registry__Person *person = wire_copy(call, &request->person->base);

    person->person_id = call_new_id(call);
    person->phone = seal_text(call, person->phone, call->street, person->person_id);
    person->status = REGISTRY__PERSON_STATUS__PERSON_STATUS_ACTIVE;
    if (person->community_id[0])
        db_do(call, &person_community, &person->base);
    if (person->unit_id[0])
        db_do(call, &person_unit, &person->base);
    object_insert(call, &person_object, &person->base);

    response->person = event.person = person_facts(call, person);
    return journal_append(call, person->person_id, &event.base);
}

const struct method registry_register_person = {
    .may = MAY_WRITE_PERSON,
    .scope = SCOPE_STREET,
    .place = PLACE_FIELDS(.community_id = "person.community_id", .unit_id = "person.unit_id"),
    .rules = RULES(RULE_MESSAGE(person, person_rules)),
    .command = register_person,
};
