/* SPDX-License-Identifier: Apache-2.0 */
/*
 * booking_check.c - may a resource be booked like this?
 *
 * booking -> the resource as selection last told it, local times, who stands there (booking_facts)
 *         -> past? too far ahead? offered? free?
 *         -> the owner's conditions (conditions.h; booking_uses where they say how often)
 *
 * Everything that stands against it is found at once. Nobody else books meanwhile: the batch holds
 * the street's lock.
 */
#include "services/scheduling/booking/booking.h"

#include <inttypes.h>
#include <string.h>

#include "libcommon/base/ids.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "scheduling_activity.pb-c.h"
#include "services/scheduling/parties.h"

/* One that moves is not in its own way; a new one has no id yet. */
#define IS_ANOTHER "booking_id IS DISTINCT FROM nullif(:booking_id, '')::uuid"

/* What the registry says of it today; the street itself speaks for all. */
#define SPEAKS_FOR_GROUPS                                                                          \
    ":groups::text[] <@ coalesce((SELECT u.groups FROM scheduling.unit u"                          \
    " WHERE u.street = :street AND u.unit_id = nullif(:unit_id, '')::uuid),"                       \
    " (SELECT c.groups FROM scheduling.community c WHERE c.street = :street"                       \
    " AND c.community_id = nullif(:community_id, '')::uuid), :groups::text[])"

/* Of the units that agreed to organise the activity that it is for, whoever takes part today: one
 * that is suspended uses nothing meanwhile. */
#define PRESENT_ORGANISERS                                                                         \
    "(SELECT array_agg(u.unit_id) FROM scheduling.activity a JOIN scheduling.unit u"               \
    " ON u.street = a.street AND u.unit_id = ANY(a.agreed_unit_ids) AND u." IS_PRESENT             \
    " WHERE a.street = :street AND a.activity_id = nullif(:activity_id, '')::uuid)"

/* Bookings that stand do not overlap, so the last one that starts before the end is the only one
 * that may be in the way. (Row-level security keeps && of ranges from the exclusion constraint's
 * index.) */
STATEMENT(booking_facts,
          .sql = "SELECT r.status, r.opening, r.conditions, r.conditions_version, r.community_id,"
                 " r.unit_id, extract(epoch"
                 " FROM :start_time::timestamptz AT TIME ZONE s.time_zone)::bigint AS"
                 " start_local, extract(epoch FROM :end_time::timestamptz AT TIME ZONE"
                 " s.time_zone)::bigint AS end_local, b.booking_id, b.start_time, b.end_time,"
                 " EXISTS (SELECT FROM scheduling.unit u WHERE u.street = :street"
                 " AND u.unit_id = r.unit_id AND u.status IN ('SUSPENDED', 'WITHDRAWN'))"
                 " OR EXISTS (SELECT FROM scheduling.community c WHERE c.street = :street"
                 " AND c.community_id = r.community_id AND c.status = 'DISSOLVED')"
                 " AS owner_is_away, " SPEAKS_FOR_GROUPS
                 " AS speaks_for_groups, " PRESENT_ORGANISERS " AS agreed_unit_ids"
                 " FROM scheduling.stream s JOIN scheduling.resource r ON r.street = s.street"
                 " LEFT JOIN LATERAL (SELECT booking_id, start_time, end_time"
                 " FROM scheduling.booking WHERE street = :street AND resource_id = :resource_id"
                 " AND status = 'BOOKED' AND start_time < :end_time AND " IS_ANOTHER
                 " ORDER BY start_time DESC LIMIT 1) b ON b.end_time > :start_time"
                 " WHERE s.street = :street AND r.resource_id = :resource_id",
          .of = &scheduling__booking__descriptor, .with = "activity_id");

/* The uses by the same community or unit that are nearest to this one on one side, as many as there
 * may be in a stretch of days: more than those make no difference, however many there are. */
#define NEAREST_USES(side, order)                                                                  \
    "(SELECT start_time FROM scheduling.booking WHERE street = :street"                            \
    " AND resource_id = :resource_id AND status = 'BOOKED' AND " IS_ANOTHER                        \
    " AND community_id IS NOT DISTINCT FROM nullif(:community_id, '')::uuid"                       \
    " AND unit_id IS NOT DISTINCT FROM nullif(:unit_id, '')::uuid AND " side                       \
    " ORDER BY start_time " order " LIMIT (r.conditions ->> 'oftenTimes')::integer)"
#define STRETCH "make_interval(days => (r.conditions ->> 'oftenDays')::integer + 1)"

/* clang-format off */
/* Their starts in local time, a day more than may share a stretch with this one. */
STATEMENT(booking_uses,
          .sql = "SELECT extract(epoch FROM b.start_time AT TIME ZONE s.time_zone)::bigint"
                 " AS start_local FROM scheduling.stream s JOIN scheduling.resource r"
                 " ON r.street = s.street, LATERAL ("
                 NEAREST_USES("start_time <= :start_time::timestamptz"
                              " AND start_time > :start_time::timestamptz - " STRETCH, "DESC")
                 " UNION ALL "
                 NEAREST_USES("start_time > :start_time::timestamptz"
                              " AND start_time < :start_time::timestamptz + " STRETCH, "")
                 ") b WHERE s.street = :street AND r.street = :street"
                 " AND r.resource_id = :resource_id ORDER BY b.start_time",
          .of = &scheduling__booking__descriptor);
/* clang-format on */

/* ---- reading what was asked ---- */

static int64_t local_column(const PGresult *rows, int row, const char *name)
{
    return column_int(rows, row, PQfnumber(rows, name));
}

/* Both in order. */
static void merge_uses(const PGresult *rows, const struct planned_bookings *planned,
                       int64_t *others, struct use *use)
{
    const int stored = PQntuples(rows);
    const size_t count = (size_t)stored + planned->count;
    size_t next_planned = 0;
    int row = 0;

    while (use->other_count < count) {
        const bool from_planned =
            row == stored || (next_planned < planned->count &&
                              planned->item[next_planned].start < column_int(rows, row, 0));
        others[use->other_count++] =
            from_planned ? planned->item[next_planned++].start : column_int(rows, row++, 0);
    }
    use->others = others;
}

/* The other uses, for conditions that say how often. */
static enum status read_uses(struct call *call, const Scheduling__Booking *booking,
                             const struct planned_bookings *planned, struct use *use)
{
    const PGresult *rows;
    enum status status = db_query(call, &booking_uses, &booking->base, &rows);

    if (status != STATUS_OK)
        return status;
    merge_uses(rows, planned,
               mem_array(call, int64_t, (size_t)PQntuples(rows) + planned->count + 1), use);
    return STATUS_OK;
}

/* The one in the way, that is stored (`rival`, without an id where there is none) or planned. */
static const Scheduling__Booking *nearest_rival(const Scheduling__Booking *booking,
                                                const struct planned_bookings *planned,
                                                const Scheduling__Booking *rival)
{
    const Scheduling__Booking *last =
        planned->count > 0 ? planned->item[planned->count - 1].booking : NULL;

    return !rival->booking_id[0] && last &&
                   scheduling_time_compare(last->end_time, booking->start_time) > 0
               ? last
               : rival;
}

/* ---- the checks ---- */

static void check_ahead(struct call *call, const Scheduling__Booking *booking,
                        const struct use_fields *fields, struct violations *violations)
{
    const bool start = scheduling_is_too_far(call, booking->start_time);

    if (start || scheduling_is_too_far(call, booking->end_time))
        violation_add(call, violations, start ? fields->start : fields->end, "ahead",
                      "a booking may lie at most %" PRId64 " days ahead", scheduling_ahead_days())
            ->params[0] = (struct violation_param){"days", scheduling_ahead_days()};
}

static void check_rival(struct call *call, const Scheduling__Booking *rival,
                        const struct use_fields *fields, struct violations *violations)
{
    if (!rival->booking_id[0])
        return;
    const char *from = scheduling_time_text(call, rival->start_time),
               *until = scheduling_time_text(call, rival->end_time);
    struct violation *booked =
        violation_add(call, violations, fields->start, "booked",
                      "booking %s stands there from %s to %s", rival->booking_id, from, until);
    booked->params[0] = (struct violation_param){"rival", .text = rival->booking_id};
    booked->params[1] = (struct violation_param){"from", .text = from};
    booked->params[2] = (struct violation_param){"until", .text = until};
}

/* A copy that has not come yet stands against nobody. */
static void check_owner(struct call *call, const PGresult *rows, const struct use_fields *fields,
                        struct violations *violations)
{
    if (local_column(rows, 0, "owner_is_away"))
        violation_add(call, violations, fields->who, "owner_status",
                      "the resource's owner takes no part at present");
}

static void check_groups(struct call *call, const PGresult *rows, const struct use_fields *fields,
                         struct violations *violations)
{
    if (!local_column(rows, 0, "speaks_for_groups"))
        violation_add(call, violations, fields->groups, "groups",
                      "the registry does not say that it speaks for all of these groups");
}

/* Past, too far ahead, not offered, or taken: the resource's owner need not be asked. */
static void check_free(struct call *call, const Scheduling__Booking *booking,
                       const Scheduling__Booking *rival, const Selection__Resource *resource,
                       const struct use_fields *fields, struct violations *violations)
{
    if (scheduling_is_past(call, booking->start_time))
        violation_add(call, violations, fields->start, "past", "its start is past");
    check_ahead(call, booking, fields, violations);
    if (resource->status != SELECTION__RESOURCE_STATUS__RESOURCE_STATUS_OFFERED)
        violation_add(call, violations, fields->who, "resource_status",
                      "the resource is not offered at present");
    check_rival(call, rival, fields, violations);
}

static bool is_agreed(const Scheduling__Activity *activity, const char *unit_id)
{
    return unit_id[0] && activity &&
           ids_have(activity->agreed_unit_ids, activity->n_agreed_unit_ids, unit_id);
}

/* Conditions are what the owner asks of others. */
static bool is_owners(const Scheduling__Booking *booking, const Scheduling__Activity *activity,
                      const Selection__Resource *resource)
{
    return (strcmp(booking->community_id, resource->community_id) == 0 &&
            strcmp(booking->unit_id, resource->unit_id) == 0) ||
           is_agreed(activity, resource->unit_id);
}

static void read_organisers(struct call *call, const PGresult *rows, struct use *use)
{
    Scheduling__Activity *present = wire_new(call, &scheduling__activity__descriptor);

    db_row(call, &booking_facts, rows, 0, &present->base);
    use->organisers = present->agreed_unit_ids;
    use->organiser_count = present->n_agreed_unit_ids;
}

static enum status check_conditions(struct call *call, Scheduling__Booking *booking,
                                    const Scheduling__Activity *activity,
                                    const struct planned_bookings *planned,
                                    const Selection__Resource *resource, const PGresult *rows,
                                    const struct use_fields *fields, struct violations *violations)
{
    struct use use = {
        .community_id = booking->community_id,
        .unit_id = booking->unit_id,
        .groups = booking->groups,
        .group_count = booking->n_groups,
        .start = local_column(rows, 0, "start_local"),
        .end = local_column(rows, 0, "end_local"),
        .seconds = booking->end_time->seconds - booking->start_time->seconds,
        .notice_minutes = (booking->start_time->seconds - call->now->seconds) / 60,
    };

    enum status status = STATUS_OK;

    if (activity && activity->n_agreed_unit_ids > 0)
        read_organisers(call, rows, &use);
    if (resource->conditions->often_times > 0)
        status = read_uses(call, booking, planned, &use);
    if (status != STATUS_OK)
        return status;
    (void)conditions_met(call, resource->conditions, resource->opening, &use, fields, violations);
    return STATUS_OK;
}

enum status booking_check(struct call *call, Scheduling__Booking *booking,
                          const Scheduling__Activity *activity,
                          const struct planned_bookings *planned, const struct use_fields *fields,
                          struct violations *violations, const char **ret_rival)
{
    static const struct planned_bookings none;
    Selection__Resource *resource = wire_new(call, &selection__resource__descriptor);
    Scheduling__Booking *stored = wire_new(call, &scheduling__booking__descriptor);
    const PGresult *rows;

    planned = planned ? planned : &none;
    const struct db_param given =
        NAMED(activity_id, param_text(activity ? activity->activity_id : ""));
    enum status status = db_query_more(call, &booking_facts, &booking->base, &given, 1, &rows);
    if (status != STATUS_OK)
        return status;
    *ret_rival = "";
    if (PQntuples(rows) == 0) {
        violation_add(call, violations, fields->who, "exists", "no such resource in this street");
        return STATUS_OK;
    }
    db_row(call, &booking_facts, rows, 0, &resource->base);
    db_row(call, &booking_facts, rows, 0, &stored->base);
    const Scheduling__Booking *rival = nearest_rival(booking, planned, stored);
    if (!resource->conditions)
        resource->conditions = wire_new(call, &selection__conditions_of_use__descriptor);
    check_free(call, booking, rival, resource, fields, violations);
    check_owner(call, rows, fields, violations);
    check_groups(call, rows, fields, violations);
    *ret_rival = rival->booking_id;
    booking->conditions = resource->conditions;
    booking->conditions_version = resource->conditions_version;
    if (is_owners(booking, activity, resource))
        return STATUS_OK;
    return check_conditions(call, booking, activity, planned, resource, rows, fields, violations);
}

enum status booking_refuse(struct call *call, const struct violations *violations)
{
    const struct violation *first = &violations->item[0];
    enum status status =
        strcmp(first->rule, "exists") == 0 ? STATUS_NOT_FOUND : STATUS_FAILED_PRECONDITION;

    status = call_fail(call, status, first->field, first->rule, "%s", first->message);
    call->violations = *violations;
    return status;
}

enum status booking_check_or_refuse(struct call *call, Scheduling__Booking *booking,
                                    const Scheduling__Activity *activity,
                                    const struct use_fields *fields)
{
    struct violations violations = {0};
    const char *rival;

    enum status status = booking_check(call, booking, activity, NULL, fields, &violations, &rival);
    if (status == STATUS_OK && violations.count > 0)
        return booking_refuse(call, &violations);
    return status;
}
