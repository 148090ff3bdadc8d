/* SPDX-License-Identifier: Apache-2.0 */
/* make_name_keys.c - MakeNameKeys: the keys that names of a version before keys lack */
#include "libcommon/service/method/name_keys.h"
#include "selection_methods.h"
#include "selection_name_key.pb-c.h"
#include "services/selection/contract.h"

NAME_KEYS_OF(programme, "selection.programme", "programme_id");
NAME_KEY_RIVALS(programme, "selection.programme", "programme_id",
                "o.year = s.year AND s.status <> 'DROPPED' AND o.status <> 'DROPPED'");
NAME_KEYS_OF(resource, "selection.resource", "resource_id");
NAME_KEY_RIVALS(resource, "selection.resource", "resource_id",
                "o.community_id IS NOT DISTINCT FROM s.community_id"
                " AND o.unit_id IS NOT DISTINCT FROM s.unit_id"
                " AND s.status <> 'WITHDRAWN' AND o.status <> 'WITHDRAWN'");

static const struct named_table tables[] = {
    NAMED_TABLE(programme),
    NAMED_TABLE(resource),
    {0},
};

static enum status make_name_keys(struct call *call)
{
    const Selection__MakeNameKeysRequest *request = call->request;
    Selection__MakeNameKeysResponse *response = call->response;
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

const struct method selection_make_name_keys = {
    .may = MAY_MAKE_NAME_KEYS,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_TEXT(position, 0, 80)),
    .command = make_name_keys,
};
