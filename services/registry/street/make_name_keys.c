/* SPDX-License-Identifier: Apache-2.0 */
/* make_name_keys.c - MakeNameKeys: the keys that names of a version before keys lack */
#include "libcommon/service/method/name_keys.h"
#include "registry_methods.h"
#include "registry_name_key.pb-c.h"
#include "services/registry/contract.h"

NAME_KEYS_OF(community, "registry.community", "community_id");
NAME_KEY_RIVALS(community, "registry.community", "community_id",
                "s.status <> 'DISSOLVED' AND o.status <> 'DISSOLVED'");
NAME_KEYS_OF(unit, "registry.unit", "unit_id");
NAME_KEY_RIVALS(unit, "registry.unit", "unit_id",
                "s.status <> 'WITHDRAWN' AND o.status <> 'WITHDRAWN'");
NAME_KEYS_OF(person, "registry.person", "person_id");
NAME_KEYS_OF(alliance, "registry.alliance", "alliance_id");
NAME_KEY_RIVALS(alliance, "registry.alliance", "alliance_id",
                "s.status <> 'ENDED' AND o.status <> 'ENDED'");

static const struct named_table tables[] = {
    NAMED_TABLE(community),
    NAMED_TABLE(unit),
    NAMED_TABLE_OF_EQUALS(person),
    NAMED_TABLE(alliance),
    {0},
};

static enum status make_name_keys(struct call *call)
{
    const Registry__MakeNameKeysRequest *request = call->request;
    Registry__MakeNameKeysResponse *response = call->response;
    struct name_keys found;
    enum status status = name_keys_make(call, tables, request->position, &found);

    if (status != STATUS_OK)
        return status;
    response->next_position = found.next_position;
    response->looked_at = found.looked_at;
    response->made = found.made;
    response->n_collisions = found.collision_count;
    response->collisions = found.collisions;
    return STATUS_OK;
}

const struct method registry_make_name_keys = {
    .may = MAY_MAKE_NAME_KEYS,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_TEXT(position, 0, 80)),
    .command = make_name_keys,
};
