/* SPDX-License-Identifier: Apache-2.0 */
/*
 * units.c - the calls of the load
 *
 * Streets take turns, so that the requests under way spread over them evenly. A unit's request is
 * filled to about 200 bytes by its address.
 */
#include "tests/bench/units.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "registry_street.pb-c.h"
#include "registry_unit.pb-c.h"

#define METHOD(name) "jusha.registry.v1.RegistryService/" name

struct units *units_new(const void *parent, size_t first, size_t streets)
{
    struct units *units = mem_new(parent, struct units);
    char id[ID_CHARS + 1];

    units->streets = streets;
    units->street = mem_check(talloc_zero_size(units, streets * STREET_BYTES));
    for (size_t i = 0; i < streets; i++)
        snprintf(units->street[i], STREET_BYTES, "bench-%zu", first + i);
    id_new(id);
    memcpy(units->run, id + ID_CHARS - 12, 12); /* the random part */
    return units;
}

static void pack(const ProtobufCMessage *message, struct ask *ret)
{
    assert(protobuf_c_message_get_packed_size(message) <= sizeof ret->payload);
    ret->size = protobuf_c_message_pack(message, ret->payload);
}

static bool next_street(void *data, struct ask *ret)
{
    struct units *units = data;
    Registry__CreateStreetRequest request = REGISTRY__CREATE_STREET_REQUEST__INIT;
    Registry__Street street = REGISTRY__STREET__INIT;

    if (units->next >= units->streets)
        return false;
    ret->street = units->street[units->next++];
    street.street = street.name = (char *)ret->street;
    street.time_zone = "Asia/Shanghai";
    request.street = &street;
    pack(&request.base, ret);
    return true;
}

struct job units_create_streets(struct units *units)
{
    units->next = 0;
    return (struct job){.service = "registry",
                        .method = METHOD("CreateStreet"),
                        .data = units,
                        .next = next_street};
}

static bool next_unit(void *data, struct ask *ret)
{
    static const char address[] = "1 Xiasha Road, Qiantang District, Hangzhou, behind the market, "
                                  "third gate on the left, ring twice and wait for the porter";
    struct units *units = data;
    Registry__RegisterUnitRequest request = REGISTRY__REGISTER_UNIT_REQUEST__INIT;
    Registry__Unit unit = REGISTRY__UNIT__INIT;
    char name[80];

    ret->number = units->next++;
    ret->street = units->street[ret->number % units->streets];
    snprintf(name, sizeof name, "Neighbourhood bank, branch %s-%zu", units->run, ret->number);
    unit.name = name;
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK;
    unit.address = (char *)address;
    request.unit = &unit;
    pack(&request.base, ret);
    return true;
}

struct job units_register(struct units *units)
{
    units->next = 0;
    return (struct job){
        .service = "registry", .method = METHOD("RegisterUnit"), .data = units, .next = next_unit};
}

static bool next_kept_unit(void *data, struct ask *ret)
{
    struct units *units = data;

    return units->next < units->kept_max && next_unit(data, ret);
}

static void keep_unit(void *data, size_t number, int64_t position, ProtobufCBinaryData response)
{
    struct units *units = data;
    struct unit_ref *ref = &units->unit[units->kept++];
    Registry__RegisterUnitResponse *registered =
        registry__register_unit_response__unpack(NULL, response.len, response.data);

    (void)position;
    assert(registered && registered->unit);
    ref->street = units->street[number % units->streets];
    snprintf(ref->id, sizeof ref->id, "%s", registered->unit->unit_id);
    registry__register_unit_response__free_unpacked(registered, NULL);
}

struct job units_register_some(struct units *units, size_t count)
{
    struct job job = units_register(units);

    units->unit = mem_array(units, struct unit_ref, count);
    units->kept_max = count;
    job.next = next_kept_unit;
    job.answered = keep_unit;
    return job;
}

static bool next_get(void *data, struct ask *ret)
{
    struct units *units = data;
    const struct unit_ref *ref = &units->unit[units->next++ % units->kept];
    Registry__GetUnitRequest request = REGISTRY__GET_UNIT_REQUEST__INIT;

    ret->street = ref->street;
    request.unit_id = (char *)ref->id;
    pack(&request.base, ret);
    return true;
}

struct job units_get(struct units *units)
{
    units->next = 0;
    return (struct job){
        .service = "registry", .method = METHOD("GetUnit"), .data = units, .next = next_get};
}

static bool next_look(void *data, struct ask *ret)
{
    struct units *units = data;
    Registry__GetStreetRequest request = REGISTRY__GET_STREET_REQUEST__INIT;

    ret->street = units->street[units->next++ % units->streets];
    pack(&request.base, ret);
    return true;
}

struct job units_look(struct units *units)
{
    units->next = 0;
    return (struct job){
        .service = "registry", .method = METHOD("GetStreet"), .data = units, .next = next_look};
}

struct job units_echo(struct units *units)
{
    struct job job = units_register(units);

    job.service = "echo";
    return job;
}
