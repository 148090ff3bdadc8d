/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_rush.c - everybody signs up for the same thing at once
 *
 * `people` registers them, `rush` has each of them sign up for one occurrence, all under way
 * together.
 */
#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/base/mem.h"
#include "registry_person.pb-c.h"
#include "scheduling_sign_up.pb-c.h"
#include "tests/bench/load.h"
#include "tests/bench/units.h"

#define STREET "bench-0"

struct crowd {
    size_t next, count;
    const PGresult *people; /* a row each: person_id */
    const char *occurrence_id;
    size_t signed_up, waiting;
};

static int print(const struct crowd *crowd, const struct outcome *outcome)
{
    printf("{\"seconds\":%.4f,\"signed_up\":%zu,\"waiting\":%zu,", outcome->seconds,
           crowd->signed_up, crowd->waiting);
    histogram_print(&outcome->latency);
    printf("}\n");
    return EXIT_SUCCESS;
}

/* Another request on each connection comes first: handshakes are not part of the rush. */
static int run(struct load *load, struct crowd *crowd, const struct job *job)
{
    struct outcome *outcome = mem_new(load->memory, struct outcome);
    size_t clients = (size_t)load->options.clients;
    struct caller *caller = load_caller(load, clients, (crowd->count + clients - 1) / clients);
    struct job first = units_register_some(units_new(load->memory, 0, 1), clients);

    caller_run(caller, &first, (struct span){0}, outcome);
    caller_run(caller, job, (struct span){0}, outcome);
    return print(crowd, outcome);
}

static bool next_person(void *data, struct ask *ret)
{
    struct crowd *crowd = data;
    Registry__RegisterPersonRequest request = REGISTRY__REGISTER_PERSON_REQUEST__INIT;
    Registry__Person person = REGISTRY__PERSON__INIT;
    char name[40];

    if (crowd->next == crowd->count)
        return false;
    snprintf(name, sizeof name, "Volunteer %zu", crowd->next++);
    person.name = name;
    person.kind = REGISTRY__PERSON_KIND__PERSON_KIND_VOLUNTEER;
    request.person = &person;
    ret->street = STREET;
    ret->size = registry__register_person_request__pack(&request, ret->payload);
    return true;
}

int load_people(struct load *load)
{
    struct crowd crowd = {.count = (size_t)load->options.count};
    const struct job job = {.service = "registry",
                            .method = "jusha.registry.v1.RegistryService/RegisterPerson",
                            .data = &crowd,
                            .next = next_person};

    return run(load, &crowd, &job);
}

static bool next_sign_up(void *data, struct ask *ret)
{
    struct crowd *crowd = data;
    Scheduling__SignUpPersonRequest request = SCHEDULING__SIGN_UP_PERSON_REQUEST__INIT;

    if (crowd->next == crowd->count)
        return false;
    request.person_id = PQgetvalue(crowd->people, (int)crowd->next++, 0);
    request.occurrence_id = (char *)crowd->occurrence_id;
    ret->street = STREET;
    ret->size = scheduling__sign_up_person_request__pack(&request, ret->payload);
    return true;
}

static void count_sign_up(void *data, size_t number, int64_t position, ProtobufCBinaryData response)
{
    struct crowd *crowd = data;
    Scheduling__SignUpPersonResponse *answer =
        scheduling__sign_up_person_response__unpack(NULL, response.len, response.data);

    (void)number, (void)position;
    assert(answer && answer->sign_up);
    if (answer->sign_up->status == SCHEDULING__SIGN_UP_STATUS__SIGN_UP_STATUS_SIGNED_UP)
        crowd->signed_up++;
    else
        crowd->waiting++;
    scheduling__sign_up_person_response__free_unpacked(answer, NULL);
}

int load_rush(struct load *load)
{
    struct crowd crowd = {.count = (size_t)load->options.count,
                          .occurrence_id = load->options.occurrence};
    const struct job job = {.service = "scheduling",
                            .method = "jusha.scheduling.v1.SchedulingService/SignUpPerson",
                            .data = &crowd,
                            .next = next_sign_up,
                            .answered = count_sign_up};
    PGconn *database = PQconnectdb(load->options.database);
    PGresult *people =
        PQexec(database, "SELECT person_id FROM scheduling.person WHERE street = '" STREET
                         "' ORDER BY person_id");

    if (PQntuples(people) < (int)crowd.count) {
        fprintf(stderr, "load: scheduling does not know so many people: %s\n",
                PQerrorMessage(database));
        return EXIT_FAILURE;
    }
    crowd.people = people;
    int code = run(load, &crowd, &job);
    PQclear(people);
    PQfinish(database);
    return code;
}
