/* SPDX-License-Identifier: Apache-2.0 */
/* role_grant.c - the tables of role_grant.h; the rows lie in the runtime's own table of grants */
#include "services/registry/role_grant/role_grant.h"

#include <string.h>

#include "libcommon/base/text.h"
#include "registry_community.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_unit.pb-c.h"

#define STATUS(name) REGISTRY__ROLE_GRANT_STATUS__ROLE_GRANT_STATUS_##name
#define ACTION(name) REGISTRY__ROLE_GRANT_ACTION__ROLE_GRANT_ACTION_##name

enum { HOLDER_BYTES_MAX = 64 };

/* A person's id or a certificate's name. */
static bool is_holder(const char *holder)
{
    size_t length = strlen(holder);

    return length <= HOLDER_BYTES_MAX &&
           strspn(holder, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

const struct rule role_grant_rules[] = {
    RULE_MUST(holder, "holder", is_holder),
    RULE_ENUM(role),
    RULE_UUID_IF_SET(community_id),
    RULE_UUID_IF_SET(unit_id),
    RULE_DATE(from_on),
    RULE_DATE(until_on),
    RULES_END,
};

static const struct db_violation violations[] = {
    {"role_grant_days", STATUS_INVALID_ARGUMENT, "role_grant.until_on", "order",
     "its last day lies before its first"},
    {"role_grant_place", STATUS_INVALID_ARGUMENT, "role_grant.role", "place",
     "a role is held for a community, for a unit or for the street, as the role says"},
    {0},
};

static const struct transition transitions[] = {
    {STATUS(IN_FORCE), ACTION(REVOKE), STATUS(REVOKED), MAY_GRANT_ROLE, true, "taken back; final"},
    {0},
};

const struct life_cycle role_grant_life_cycle = {
    .table = transitions,
    .statuses = &registry__role_grant_status__descriptor,
    .actions = &registry__role_grant_action__descriptor,
};

static const struct column columns[] = {
    COLUMN(grant_id),        COLUMN(holder),      COLUMN(role),     NULLABLE(community_id, uuid),
    NULLABLE(unit_id, uuid), COLUMN(from_on),     COLUMN(until_on), COLUMN(status),
    FIXED(create_time),      COLUMN(update_time), COLUMN(revision), {0},
};

OBJECT(role_grant, registry__role_grant__descriptor, .noun = "grant", .id = "grant_id",
       .table = "registry.role_grant", .columns = columns, .violations = violations,
       .life_cycle = &role_grant_life_cycle);

/* ---- ending ---- */

SHARED_STATEMENT(role_grants_of_community,
                 .sql = "SELECT {columns} FROM registry.role_grant WHERE street = :street"
                        " AND community_id = :object_id AND status = 'IN_FORCE'"
                        " ORDER BY grant_id " ENDING_LIMIT,
                 .object = &role_grant_object, .of = &type__cause__descriptor);

SHARED_STATEMENT(
    role_grants_of_unit,
    .sql = "SELECT {columns} FROM registry.role_grant WHERE street = :street"
           " AND unit_id = :object_id AND status = 'IN_FORCE' ORDER BY grant_id " ENDING_LIMIT,
    .object = &role_grant_object, .of = &type__cause__descriptor);

SHARED_STATEMENT(
    role_grants_of_person,
    .sql = "SELECT {columns} FROM registry.role_grant WHERE street = :street"
           " AND holder = :object_id AND status = 'IN_FORCE' ORDER BY grant_id " ENDING_LIMIT,
    .object = &role_grant_object, .of = &type__cause__descriptor);

enum status role_grant_end(struct call *call, ProtobufCMessage *role_grant, const struct why *why)
{
    Registry__RoleGrantChanged event = REGISTRY__ROLE_GRANT_CHANGED__INIT;
    enum status status = object_step(call, &role_grant_object, ACTION(REVOKE), role_grant);

    if (status != STATUS_OK)
        return status;
    event.role_grant = (Registry__RoleGrant *)role_grant;
    event.action = ACTION(REVOKE);
    event.reason = (char *)why->reason;
    event.cause = why->cause;
    return journal_append(call, event.role_grant->grant_id, &event.base);
}
