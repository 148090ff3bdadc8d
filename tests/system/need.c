/* SPDX-License-Identifier: Apache-2.0 */
/* need.c - units of the registry, and needs that selection knows them by */
#include "tests/system/need.h"

#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/wire.h"
#include "registry_unit.pb-c.h"

struct made make_unit_of(struct bed *bed, struct client *client, const char *street)
{
    struct violations violations = {0};
    struct client_reply reply;
    Registry__RegisterUnitResponse *response;
    char name[ID_CHARS + 1];

    id_new(name);
    char *json =
        mem_printf(bed->memory, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}", name);
    if (bed_call(bed, client, street, "RegisterUnit", json, &reply) != STATUS_OK)
        fail_msg("RegisterUnit: %s", reply.header->message);
    assert_int_equal(wire_unpack(bed->memory, &registry__register_unit_response__descriptor,
                                 reply.payload.data, reply.payload.len, &violations,
                                 (ProtobufCMessage **)&response),
                     STATUS_OK);
    return (struct made){response->unit->unit_id, reply.header->position->seq};
}

struct made make_unit(struct bed *bed)
{
    return make_unit_of(bed, bed->client, bed->street);
}

Bus__Position position_at(int64_t seq)
{
    Bus__Position position = BUS__POSITION__INIT;

    position.service = (char *)"registry";
    position.seq = seq;
    return position;
}

enum status raise_need_of(struct bed *bed, struct client *client, const char *street,
                          struct made made, uint32_t timeout_ms)
{
    const Bus__Position position = position_at(made.seq);
    struct client_reply reply;
    const char *json =
        mem_printf(bed->memory,
                   "{\"need\": {\"unitId\": \"%s\", \"title\": \"停车位\","
                   " \"category\": \"VENUE\", \"quantity\": 1, \"priority\": \"HIGH\","
                   " \"wantedFromOn\": \"2030-01-01\", \"wantedToOn\": \"2030-02-01\"}}",
                   made.unit_id);

    return client_call(client, bed->memory,
                       &(struct client_request){
                           .service = "selection",
                           .street = street,
                           .method = bed_method("RaiseNeed"),
                           .timeout_ms = timeout_ms,
                           .after = (const Bus__Position *const[]){&position},
                           .n_after = 1,
                           .payload = bed_pack(bed, "RaiseNeed", json),
                       },
                       &reply);
}

enum status raise_need(struct bed *bed, struct made made, uint32_t timeout_ms)
{
    return raise_need_of(bed, bed->client, bed->street, made, timeout_ms);
}
