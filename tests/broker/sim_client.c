/* SPDX-License-Identifier: Apache-2.0 */
/* sim_client.c - callers of a simulation: good requests, odd ones and noise */
#include <string.h>

#include "bus_envelope.pb-c.h"
#include "libcommon/base/wire.h"
#include "tests/broker/sim.h"

static const struct {
    const char *name;
    Bus__Role role;
    const char *streets;
} people[SIM_CLIENTS] = {
    {"office", BUS__ROLE__ROLE_STREET_STAFF, "s1 s2 s3 s4"},
    {"gateway", BUS__ROLE__ROLE_GATEWAY, "*"},
    {"operator", BUS__ROLE__ROLE_OPERATOR, "*"},
    {"shop", BUS__ROLE__ROLE_SHOP, "s3 s4 s5 s6 s7"},
};

void sim_client_setup(struct sim *sim)
{
    for (int i = 0; i < SIM_CLIENTS; i++) {
        struct certificate *client = &sim->clients[i];

        snprintf(client->name, sizeof client->name, "%s", people[i].name);
        snprintf(client->streets, sizeof client->streets, "%s", people[i].streets);
        client->role = people[i].role;
        sim_wake(sim, sim_below(sim, 100), SIM_CLIENT_WAKES, i);
    }
}

static void add_body(struct sim *sim, struct sim_event *event, const struct sim_request *request,
                     const char *payload)
{
    Bus__RequestHeader header = BUS__REQUEST_HEADER__INIT;
    char id[ID_CHARS + 1];

    snprintf(id, sizeof id, "00000000-0000-7000-8000-%012x", (unsigned)event->request);
    header.request_id = id;
    header.method = "jusha.registry.v1.RegistryService/GetUnit";
    header.street = sim_chance(sim, 10) ? "elsewhere" : (char *)sim_streets[request->street];
    header.actor = sim_chance(sim, 30) ? "somebody" : "";
    header.timeout_ms =
        request->timeout_ms == TIMEOUT_INITIAL_MS ? 0 : (uint32_t)request->timeout_ms;
    ProtobufCBinaryData packed = wire_pack(sim->memory, &header.base);
    body_add(&event->frames, request->in_one, packed,
             (ProtobufCBinaryData){strlen(payload), (uint8_t *)payload});
    talloc_free(packed.data);
}

static void draw_request(struct sim *sim, int client, struct sim_request *request)
{
    *request = (struct sim_request){
        .client = client,
        .service = sim_chance(sim, 250) ? SIM_ECHO : SIM_REGISTRY,
        .street = sim_chance(sim, 100) ? SIM_STREETS - 1
                                       : (int)sim_below(sim, (uint32_t)sim->street_count),
        .timeout_ms = sim_chance(sim, 50) ? TIMEOUT_INITIAL_MS : 20 + sim_below(sim, 8000),
    };
    request->headerless = request->service == SIM_ECHO && sim_chance(sim, 200);
    request->poison = sim_chance(sim, 8);
    if (request->headerless)
        request->timeout_ms = TIMEOUT_INITIAL_MS;
    request->in_one =
        request->headerless || (request->service == SIM_REGISTRY && sim_chance(sim, 250));
}

static void send_request(struct sim *sim, int client)
{
    struct sim_event event = {
        .kind = SIM_FROM_CLIENT, .actor = client, .request = sim->request_count++};
    struct sim_request *request = &sim->requests[event.request];
    char id = (char)('A' + client), name[ADDRESS_NAME + 1], payload[16];
    bool strange = sim_chance(sim, 20);

    draw_request(sim, client, request);
    frames_add(&event.frames, &id, 1);
    if (sim_chance(sim, 500))
        frames_add(&event.frames, "", 0);
    frames_add_text(&event.frames, MDP_CLIENT);
    frames_add(&event.frames, "\x01", 1);
    address_format(strange ? "nobody" : sim_services[request->service],
                   sim_streets[request->street], name);
    frames_add_text(&event.frames, name);
    snprintf(payload, sizeof payload, "%c%06d", request->poison ? 'X' : 'r', event.request);
    if (request->headerless)
        frames_add_text(&event.frames, payload);
    else
        add_body(sim, &event, request, payload);
    sim_send(sim, 0, &event);
}

static void send_noise(struct sim *sim, int client)
{
    struct sim_event event = {.kind = SIM_FROM_CLIENT, .actor = client, .request = -1};
    char id = (char)('A' + client);
    uint8_t byte[8];

    frames_add(&event.frames, &id, 1);
    if (sim_chance(sim, 500))
        frames_add_text(&event.frames, MDP_CLIENT);
    for (uint32_t frame = sim_below(sim, 6); frame > 0; frame--) {
        for (size_t i = 0; i < sizeof byte; i++)
            byte[i] = (uint8_t)sim_below(sim, 8);
        byte[0] |= 0x80; /* never a REQUEST by chance: that one would deserve an answer */
        frames_add(&event.frames, byte, sizeof byte);
    }
    sim_send(sim, 0, &event);
}

void sim_client_wakes(struct sim *sim, int client)
{
    static const uint32_t pause_ms[] = {20, 50, 200, 1500};

    if (sim->now_ms >= sim->end_of_traffic_ms || sim->request_count > SIM_REQUESTS_MAX - 16)
        return;
    if (sim_chance(sim, 30))
        send_noise(sim, client);
    for (uint32_t burst = sim_chance(sim, 50) ? 12 : 1; burst > 0; burst--)
        send_request(sim, client);
    sim_wake(sim, 1 + sim_below(sim, pause_ms[sim_below(sim, 4)]), SIM_CLIENT_WAKES, client);
}
