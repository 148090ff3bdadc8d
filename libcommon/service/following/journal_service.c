/* SPDX-License-Identifier: Apache-2.0 */
/* journal_service.c - JournalService: reading a journal back, its heads, named cursors,
 * followers */
#include "libcommon/service/journal/journal.h"

#include <string.h>

#include "libcommon/service/database/convert.h"
#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/following/followers.h"

/* A reply must pass the broker's message limit (ports.h); one event always does. */
enum { READ_BYTES_MAX = 160 * 1024, READ_EVENTS = 500 };

/* ---- Read ---- */

STATEMENT(read_events, .sql = "SELECT " JOURNAL_COLUMNS
                              " FROM journal WHERE street = :street AND seq > :after_seq"
                              " ORDER BY seq LIMIT coalesce(nullif(:limit::int, 0), 500)");

static enum status respond_events(struct call *call, const PGresult *rows)
{
    Journal__ReadResponse *response = call->response;
    int count = PQntuples(rows), bytes = 0;

    response->events = mem_array(call, Journal__CloudEvent *, (size_t)count + 1);
    for (int row = 0; row < count && bytes < READ_BYTES_MAX; row++) {
        const struct journal_entry entry = journal_entry_read(call, rows, row);
        response->events[response->n_events++] =
            journal_event(call, call->endpoint->service->name, call->street, &entry);
        bytes += (int)entry.data.len + 400; /* and what stands around the data */
    }
    return STATUS_OK;
}

static const struct method journal_read = {
    .may = MAY_FOLLOW,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_INT(after_seq, 0, INT64_MAX), RULE_INT(limit, 0, READ_EVENTS)),
    .query = &read_events,
    .respond = respond_events,
};

/* ---- Heads ---- */

STATEMENT(read_heads, .sql = "SELECT s.street, coalesce((SELECT j.seq FROM journal j"
                             " WHERE j.street = s.street ORDER BY j.seq DESC LIMIT 1), 0) AS seq"
                             " FROM stream s WHERE :street = '' AND s.street > :after_street"
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

STATEMENT(read_cursor,
          .sql = "SELECT :name::text AS name, :actor::text AS owner,"
                 " coalesce((SELECT seq FROM cursor WHERE street = :street AND name = :name"
                 " AND owner = :actor), 0) AS seq");

static const struct method journal_get_cursor = {
    .may = MAY_FOLLOW,
    .scope = SCOPE_STREET,
    .rules = RULES(CURSOR_NAME),
    .query = &read_cursor,
    .into = "cursor",
};

STATEMENT(lock_cursor,
          .sql = "SELECT coalesce((SELECT seq FROM cursor WHERE street = :street"
                 " AND owner = :owner AND name = :name), 0) AS seq,"
                 " coalesce((SELECT seq FROM journal WHERE street = :street"
                 " ORDER BY seq DESC LIMIT 1), 0) AS head",
          .of = &journal__cursor__descriptor);
STATEMENT(store_cursor,
          .sql = "INSERT INTO cursor (street, owner, name, seq)"
                 " VALUES (:street, :owner, :name, :seq) ON CONFLICT (street, owner, name)"
                 " DO UPDATE SET seq = excluded.seq",
          .of = &journal__cursor__descriptor);

static enum status move_cursor(struct call *call)
{
    const Journal__MoveCursorRequest *request = call->request;
    Journal__MoveCursorResponse *response = call->response;
    Journal__Cursor *cursor = wire_new(call, &journal__cursor__descriptor);
    const PGresult *rows;

    cursor->owner = (char *)call->actor;
    cursor->name = request->name;
    cursor->seq = request->to_seq;
    enum status status = db_query(call, &lock_cursor, &cursor->base, &rows);
    if (status != STATUS_OK)
        return status;
    if (column_int(rows, 0, 0) != request->from_seq)
        return call_fail(call, STATUS_ABORTED, "from_seq", "stale",
                         "the cursor stands at %lld: another subscriber moves it",
                         (long long)column_int(rows, 0, 0));
    if (request->to_seq > column_int(rows, 0, 1))
        return call_fail(call, STATUS_INVALID_ARGUMENT, "to_seq", "range",
                         "the journal's head is %lld", (long long)column_int(rows, 0, 1));
    db_do(call, &store_cursor, &cursor->base);
    response->cursor = cursor;
    return STATUS_OK;
}

static const struct method journal_move_cursor = {
    .may = MAY_FOLLOW,
    .scope = SCOPE_STREET,
    .rules = RULES(CURSOR_NAME, RULE_INT(from_seq, 0, INT64_MAX), RULE_INT(to_seq, 0, INT64_MAX)),
    .command = move_cursor,
};

/* ---- followers ---- */

STATEMENT(read_followers,
          .sql = "SELECT f.street, f.source AS service, f.seq, f.reached"
                 " FROM (SELECT street FROM stream WHERE :street = '' AND street > :after_street"
                 " ORDER BY street LIMIT coalesce(nullif(:limit::int, 0), 1000)) s"
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
          .sql = "UPDATE follower SET seq = 0 WHERE street = :street AND source = :service"
                 " RETURNING reached",
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
