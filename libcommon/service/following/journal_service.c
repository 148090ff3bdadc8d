/* SPDX-License-Identifier: Apache-2.0 */
/* journal_service.c - JournalService: reading a journal back, its heads, named cursors,
 * followers */
#include "libcommon/service/journal/journal.h"

#include <string.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/following/followers.h"

enum { READ_EVENTS = 500 };

/* ---- histories ---- */

/* Where a street's journal ends, and up to where it is what it was for who read it as far as :seq:
 * of the restores since then that took something away, the earliest. Ids of events and of
 * incarnations begin with their time, so a restore of before the event counts no more. */
#define JOURNAL_HEAD                                                                               \
    "coalesce((SELECT seq FROM journal WHERE street = :street ORDER BY seq DESC LIMIT 1), 0)"
#define JOURNAL_COMMON(seq, event_id)                                                              \
    "coalesce((SELECT min(since_seq) FROM incarnation WHERE street = :street"                      \
    " AND since_seq < " seq " AND coalesce(id > nullif(" event_id ", '')::uuid, true)), 0)"

/* The caller has read another history than the one that is stored. */
static enum status refuse_history(struct call *call, const char *field, int64_t seq, int64_t head,
                                  int64_t common)
{
    enum status status = call_fail(
        call, STATUS_FAILED_PRECONDITION, field, "other_history",
        "the journal was restored and holds another event at %lld, or none: make what was derived"
        " from it anew, or go on from a position that it still has",
        (long long)seq);

    call->violations.item[0].params[0] = (struct violation_param){"head", head};
    call->violations.item[0].params[1] = (struct violation_param){"common", common};
    return status;
}

/* ---- Read ---- */

/* clang-format off */
STATEMENT(read_events,
          .sql = "SELECT page.*, " JOURNAL_HEAD " AS head, "
                 JOURNAL_COMMON(":after_seq", ":after_id") " AS common"
                 " FROM (" JOURNAL_PAGE("coalesce(nullif(:limit::int, 0), 500)") ") AS page"
                 " ORDER BY seq");
/* clang-format on */

/* Columns of read_events behind those of the page. */
enum { READ_HEAD = JOURNAL_PAGE_COLUMNS, READ_COMMON };

/* Of the first row: there is one unless the journal is empty. */
static int64_t number_of(const PGresult *rows, int column)
{
    return PQntuples(rows) == 0 ? 0 : column_int(rows, 0, column);
}

/* Does the journal hold what the caller read last? A page that begins later lacks what retention
 * took away. */
static enum status check_history(struct call *call, const PGresult *rows,
                                 const struct journal_page *page)
{
    const Journal__ReadRequest *request = call->request;
    const struct point asked = point_at(request->after_seq, request->after_id);
    bool begins_later = page->count > 0 && page->before.seq == 0;

    if (begins_later || journal_holds(&asked, &page->before))
        return STATUS_OK;
    return refuse_history(call, "after_id", asked.seq, number_of(rows, READ_HEAD),
                          number_of(rows, READ_COMMON));
}

static enum status respond_events(struct call *call, const PGresult *rows)
{
    Journal__ReadResponse *response = call->response;
    const Journal__ReadRequest *request = call->request;
    struct journal_page page = journal_page_read(call, rows, request->after_seq);
    enum status status = check_history(call, rows, &page);

    response->head = number_of(rows, READ_HEAD);
    response->events = mem_array(call, Journal__CloudEvent *, page.count + 1);
    for (size_t i = 0; status == STATUS_OK && i < page.count; i++)
        response->events[response->n_events++] =
            journal_event(call, call->endpoint->service->name, call->street, &page.entries[i]);
    return status;
}

static const struct method journal_read = {
    .may = MAY_FOLLOW,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_INT(after_seq, 0, INT64_MAX), RULE_INT(limit, 0, READ_EVENTS),
                   RULE_UUID_IF_SET(after_id)),
    .query = &read_events,
    .respond = respond_events,
};

/* ---- Heads ---- */

STATEMENT(read_heads,
          .sql = "SELECT s.street, coalesce(j.seq, 0) AS seq, coalesce(j.id::text, '') AS event_id"
                 " FROM stream s LEFT JOIN LATERAL (SELECT seq, id FROM journal"
                 " WHERE street = s.street ORDER BY seq DESC LIMIT 1) j ON true"
                 " WHERE :street = '' AND s.street > :after_street"
                 " ORDER BY s.street LIMIT coalesce(nullif(:limit::int, 0), 1000)");

static const struct method journal_heads = {
    .may = MAY_SPAN_STREETS,
    .scope = SCOPE_ALL_STREETS,
    .rules = RULES(RULE_TEXT(after_street, 0, 32), RULE_INT(limit, 0, 1000)),
    .query = &read_heads,
    .into = "heads",
};

/* ---- cursors ---- */

#define CURSOR_NAME RULE_TEXT(name, 1, 64)
#define INCARNATION "coalesce((SELECT max(number) FROM incarnation WHERE street = :street), 0)"

STATEMENT(read_cursor,
          .sql = "SELECT :name::text AS name, :actor::text AS owner, coalesce(c.seq, 0) AS seq,"
                 " coalesce(c.event_id::text, '') AS event_id,"
                 " coalesce(c.incarnation < " INCARNATION ", false) AS restored"
                 " FROM (SELECT) AS always LEFT JOIN cursor c ON c.street = :street"
                 " AND c.name = :name AND c.owner = :actor");

static const struct method journal_get_cursor = {
    .may = MAY_FOLLOW,
    .scope = SCOPE_STREET,
    .rules = RULES(CURSOR_NAME),
    .query = &read_cursor,
    .into = "cursor",
};

#define EVENT_ID(seq)                                                                              \
    "coalesce((SELECT id::text FROM journal WHERE street = :street AND seq = " seq "), '')"

/* clang-format off */
STATEMENT(lock_cursor,
          .sql = "SELECT coalesce((SELECT seq FROM cursor WHERE street = :street"
                 " AND owner = :actor AND name = :name), 0) AS seq, " JOURNAL_HEAD " AS head, "
                 EVENT_ID(":from_seq") " AS from_id, " EVENT_ID(":to_seq") " AS to_id, "
                 JOURNAL_COMMON("greatest(:from_seq, :to_seq)",
                                "CASE WHEN :from_seq >= :to_seq THEN :from_id ELSE :to_id END")
                 " AS common",
          .of = &journal__move_cursor_request__descriptor);
/* clang-format on */
STATEMENT(store_cursor,
          .sql = "INSERT INTO cursor (street, owner, name, seq, event_id, incarnation)"
                 " VALUES (:street, :owner, :name, :seq, nullif(:event_id, '')::uuid, " INCARNATION
                 ") ON CONFLICT (street, owner, name) DO UPDATE SET seq = excluded.seq,"
                 " event_id = excluded.event_id, incarnation = excluded.incarnation",
          .of = &journal__cursor__descriptor);

/* What lock_cursor found. */
struct stored_cursor {
    int64_t seq, head, common;
    struct point from, to; /* what the journal has at these numbers, or its end */
};

/* What the journal has at this number, whose id is in that column; where it ends before it: its
 * end. */
static struct point there(struct call *call, const PGresult *rows, int64_t seq, int column)
{
    int64_t head = column_int(rows, 0, 1);

    if (seq > head)
        return point_at(head, "");
    return point_at(seq, column_text(call, rows, 0, column));
}

static enum status check_move(struct call *call, const struct stored_cursor *stored)
{
    const Journal__MoveCursorRequest *request = call->request;
    const struct point from = point_at(request->from_seq, request->from_id);
    const struct point to = point_at(request->to_seq, request->to_id);

    /* without its id a number beyond the head may be a mistake */
    if (from.event_id[0] && !journal_holds(&from, &stored->from))
        return refuse_history(call, "from_id", from.seq, stored->head, stored->common);
    if (to.event_id[0] && !journal_holds(&to, &stored->to))
        return refuse_history(call, "to_id", to.seq, stored->head, stored->common);
    if (stored->seq != from.seq) {
        (void)!call_fail(call, STATUS_ABORTED, "from_seq", "stale",
                         "the cursor stands at %lld: another subscriber moves it",
                         (long long)stored->seq);
        return call_add_param(call, (struct violation_param){"seq", stored->seq});
    }
    if (to.seq <= stored->head)
        return STATUS_OK;
    (void)!call_fail(call, STATUS_INVALID_ARGUMENT, "to_seq", "range", "the journal's head is %lld",
                     (long long)stored->head);
    return call_add_param(call, (struct violation_param){"max", stored->head});
}

static enum status move_cursor(struct call *call)
{
    const Journal__MoveCursorRequest *request = call->request;
    Journal__MoveCursorResponse *response = call->response;
    Journal__Cursor *cursor = wire_new(call, &journal__cursor__descriptor);
    const PGresult *rows;

    enum status status = db_query(call, &lock_cursor, call->request, &rows);
    if (status != STATUS_OK)
        return status;
    const struct stored_cursor stored = {
        .seq = column_int(rows, 0, 0),
        .head = column_int(rows, 0, 1),
        .common = column_int(rows, 0, 4),
        .from = there(call, rows, request->from_seq, 2),
        .to = there(call, rows, request->to_seq, 3),
    };
    status = check_move(call, &stored);
    if (status != STATUS_OK)
        return status;
    cursor->owner = (char *)call->actor;
    cursor->name = request->name;
    cursor->seq = stored.to.seq;
    cursor->event_id = mem_text(call, stored.to.event_id);
    db_do(call, &store_cursor, &cursor->base);
    response->cursor = cursor;
    return STATUS_OK;
}

static const struct method journal_move_cursor = {
    .may = MAY_FOLLOW,
    .scope = SCOPE_STREET,
    .rules = RULES(CURSOR_NAME, RULE_INT(from_seq, 0, INT64_MAX), RULE_INT(to_seq, 0, INT64_MAX),
                   RULE_UUID_IF_SET(from_id), RULE_UUID_IF_SET(to_id)),
    .command = move_cursor,
};

/* ---- followers ---- */

/* Eight journals of 300 streets, 80 bytes each, are less than a response may be. */
STATEMENT(read_followers,
          .sql = "SELECT f.street, f.source AS service, f.seq, f.reached"
                 " FROM (SELECT street FROM stream WHERE :street = '' AND street > :after_street"
                 " ORDER BY street LIMIT least(coalesce(nullif(:limit::int, 0), 300), 300)) s"
                 " JOIN LATERAL (SELECT * FROM follower f WHERE f.street = s.street"
                 " ORDER BY f.source LIMIT 8) f ON true");

static const struct method journal_list_followers = {
    .may = MAY_SPAN_STREETS,
    .scope = SCOPE_ALL_STREETS,
    .rules = RULES(RULE_TEXT(after_street, 0, 32), RULE_INT(limit, 0, 1000)),
    .query = &read_followers,
    .into = "followers",
};

STATEMENT(rewind_follower,
          .sql = "UPDATE follower SET seq = 0, event_id = NULL WHERE street = :street"
                 " AND source = :service RETURNING reached",
          .of = &journal__rebuild_request__descriptor,
          .one_row = {STATUS_NOT_FOUND, "service", "exists",
                      "nothing of that journal is applied yet"});

static enum status check_rebuild(struct call *call)
{
    const Journal__RebuildRequest *request = call->request;

    if (followers_find(request->service) == followers_count())
        return call_fail(call, STATUS_NOT_FOUND, "service", "exists",
                         "this service does not follow that journal");
    return STATUS_OK;
}

static enum status rebuild(struct call *call)
{
    const Journal__RebuildRequest *request = call->request;
    Journal__RebuildResponse *response = call->response;
    const PGresult *rows;
    size_t source = followers_find(request->service);

    enum status status = db_query(call, &rewind_follower, call->request, &rows);
    if (status != STATUS_OK)
        return status;
    response->reached = column_int(rows, 0, 0);
    call->rebuilds = response->reached > 0 ? followers_source(source) : NULL;
    followers_forget(call, source);
    return STATUS_OK;
}

static const struct method journal_rebuild = {
    .may = MAY_REBUILD,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_TEXT(service, 1, 64)),
    .check = check_rebuild,
    .command = rebuild,
};

const struct methods journal_methods = JOURNAL__JOURNAL_SERVICE__INIT(&journal_);
