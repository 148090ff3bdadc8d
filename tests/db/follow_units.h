/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow_units.h - units of the registry's journal, and selection's copies of them, for tests of
 * following
 */
#pragma once

#include "bed.h"

#include <stdio.h>
#include <string.h>

#include "journal_service.pb-c.h"
#include "registry_events.pb-c.h"
#include "registry_unit.pb-c.h"

#define UNIT "019336a0-0000-7000-8000-000000000001"
#define OTHER_UNIT "019336a0-0000-7000-8000-000000000002"

static const char own_need[] =
    "{\"need\": {\"unitId\": \"" UNIT "\", \"title\": \"停车位\", \"category\": \"VENUE\","
    " \"quantity\": 1, \"priority\": \"HIGH\", \"wantedFromOn\": \"2030-01-01\","
    " \"wantedToOn\": \"2030-02-01\"}}";

static Google__Protobuf__Timestamp now = {
    PROTOBUF_C_MESSAGE_INIT(&google__protobuf__timestamp__descriptor), 1782700000, 0};

static inline Registry__Unit unit_at(const char *id, const char *name, uint32_t revision)
{
    Registry__Unit unit = REGISTRY__UNIT__INIT;

    unit.unit_id = (char *)id;
    unit.name = (char *)name;
    unit.kind = REGISTRY__UNIT_KIND__UNIT_KIND_BANK;
    unit.status = REGISTRY__UNIT_STATUS__UNIT_STATUS_SIGNED;
    unit.create_time = unit.update_time = &now;
    unit.revision = revision;
    return unit;
}

/* Applies UnitUpdated events of these states, in this order. */
static inline enum status follow_units(struct bed *bed, Registry__Unit *units, size_t count)
{
    Registry__UnitUpdated events[8];
    const ProtobufCMessage *list[9] = {0};

    for (size_t i = 0; i < count; i++) {
        registry__unit_updated__init(&events[i]);
        events[i].unit = &units[i];
        list[i] = &events[i].base;
    }
    return bed_follow(bed, "registry", list);
}

static inline long position(struct bed *bed, const char *column)
{
    return bed_number(bed, "SELECT %s FROM selection.follower WHERE street = '%s'", column,
                      bed->street);
}

static inline long units_called(struct bed *bed, const char *name)
{
    return bed_number(bed,
                      "SELECT count(*) FROM selection.unit WHERE street = '%s' AND name = '%s'",
                      bed->street, name);
}

static inline struct call *rebuild_call(struct bed *bed, const char *service)
{
    const struct bed_caller operator= {BUS__ROLE__ROLE_OPERATOR, "operator", ""};
    char json[100];

    snprintf(json, sizeof json, "{\"service\": \"%s\"}", service);
    return bed_call_by(bed, operator, bed->street, "Rebuild", NULL, json);
}
