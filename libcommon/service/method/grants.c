/* SPDX-License-Identifier: Apache-2.0 */
/* grants.c - role_grant, of the registry or its copy, in one statement a batch */
#include "libcommon/service/method/grants.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/method/authority.h"
#include "libcommon/service/method/method.h"

/* The street's zone says which day it is. While copies of grants are rebuilt one may stand there
 * without its revocation, or not yet: none counts, and each row says so, of which there is one at
 * least. */
STATEMENT(grants_of_actors,
          .sql = "SELECT coalesce(g.holder, ''), coalesce(g.role, ''),"
                 " coalesce(g.community_id::text, ''), coalesce(g.unit_id::text, ''),"
                 " EXISTS (SELECT FROM follower f WHERE f.street = :street"
                 " AND f.source = 'registry' AND f.seq < f.reached) AS rebuilding"
                 " FROM stream s LEFT JOIN role_grant g ON g.street = s.street"
                 " AND g.holder = ANY(:actors::text[]) AND g.status = 'IN_FORCE'"
                 " AND (:now::timestamptz AT TIME ZONE s.time_zone)::date"
                 " BETWEEN g.from_on AND g.until_on WHERE s.street = :street",
          .with = "actors");

bool grants_queue(struct db *db, const void *parent, const Google__Protobuf__Timestamp *now,
                  struct call *const *calls, size_t count)
{
    ProtobufCBinaryData *actors = mem_array(parent, ProtobufCBinaryData, count);
    size_t known = 0;

    for (size_t i = 0; i < count; i++) {
        const char *actor = calls[i]->actor;
        size_t same = 0;
        while (same < known && strcmp((const char *)actors[same].data, actor) != 0)
            same++;
        if (same == known && authority_needs_grants(calls[i]))
            actors[known++] = (ProtobufCBinaryData){strlen(actor), (uint8_t *)actor};
    }
    if (known == 0)
        return false;
    const struct db_param params[] = {
        NAMED(street, param_text(calls[0]->street)),
        NAMED(actors, param_array(parent, OID_TEXT, known, actors)),
        NAMED(now, param_time(parent, now)),
    };
    db_send_own(db, &grants_of_actors, params, 3);
    return true;
}

static void read_own(struct call *call, const PGresult *grants)
{
    struct grant *own = mem_array(call, struct grant, (size_t)PQntuples(grants) + 1);

    call->grants = own;
    call->grant_count = 0;
    call->grants_rebuilt = PQntuples(grants) > 0 && column_int(grants, 0, 4) != 0;
    for (int row = 0; row < PQntuples(grants) && !call->grants_rebuilt; row++) {
        const Bus__Role role = permission_role(call, column_text(call, grants, row, 1));
        if (role && strcmp(column_text(call, grants, row, 0), call->actor) == 0)
            own[call->grant_count++] = (struct grant){role, column_text(call, grants, row, 2),
                                                      column_text(call, grants, row, 3)};
    }
}

void grants_hand_out(struct call *const *calls, size_t count, const PGresult *grants)
{
    for (size_t i = 0; i < count; i++)
        if (grants && authority_needs_grants(calls[i]))
            read_own(calls[i], grants);
}

void grants_renew(struct db *db, const void *parent, const Google__Protobuf__Timestamp *now,
                  struct call *const *calls, size_t count)
{
    if (!grants_queue(db, parent, now, calls, count))
        return;
    const PGresult *grants = db_last(db, parent);
    if (db_fault(db) == DB_FINE)
        grants_hand_out(calls, count, grants);
}
