/* SPDX-License-Identifier: Apache-2.0 */
/* streams.c - streets and role grants, copied into every service that follows */
#include "libcommon/service/following/streams.h"

#include "registry_events.pb-c.h"
#include "registry_role_grant.pb-c.h"
#include "registry_street.pb-c.h"

/* A street that has moved to another database stays moved. */
STATEMENT(keep_stream,
          .sql = "INSERT INTO stream (street, time_zone, calendar)"
                 " VALUES (:street, :time_zone, :calendar)"
                 " ON CONFLICT (street) DO UPDATE SET time_zone = excluded.time_zone, calendar = "
                 "excluded.calendar",
          .of = &registry__street__descriptor);

STATEMENT(keep_grant,
          .sql = "INSERT INTO role_grant (street, grant_id, holder, role, community_id, unit_id,"
                 " from_on, until_on, status, create_time, update_time, revision)"
                 " VALUES (:street, :grant_id, :holder, :role, nullif(:community_id, '')::uuid,"
                 " nullif(:unit_id, '')::uuid, :from_on, :until_on, :status, :create_time,"
                 " :update_time, :revision) ON CONFLICT (street, grant_id) DO UPDATE"
                 " SET until_on = excluded.until_on, status = excluded.status,"
                 " update_time = excluded.update_time, revision = excluded.revision"
                 " WHERE role_grant.revision < excluded.revision",
          .of = &registry__role_grant__descriptor);

STATEMENT(forget_grants, .sql = "DELETE FROM role_grant WHERE street = :street");

const struct followed streams_followed = {
    .service = "registry",
    .events =
        (const struct follow[]){
            {&registry__street_created__descriptor, "street", &keep_stream},
            {&registry__street_updated__descriptor, "street", &keep_stream},
            {&registry__role_granted__descriptor, "role_grant", &keep_grant},
            {&registry__role_grant_changed__descriptor, "role_grant", &keep_grant},
            {0},
        },
    .forget = FORGET(&forget_grants),
};

bool streams_is_first(const ProtobufCMessageDescriptor *event)
{
    return event == &registry__street_created__descriptor;
}
