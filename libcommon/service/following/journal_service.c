/* SPDX-License-Identifier: Apache-2.0 */
/* journal_service.c - JournalService: reading a journal back, its heads, named cursors, followers */
#include "libcommon/service/journal/journal.h"

#include <string.h>

#include "libcommon/service/database/db_convert.h"
#include "journal_service.pb-c.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/following/followers.h"

/* A reply must pass the broker's message limit (ports.h); one event always does. */
enum { READ_BYTES_MAX = 160 * 1024, READ_EVENTS = 500 };

/* ---- Read ---- */

static const struct db_stmt read_events = {
    .name = "read_events",
    .sql = "SELECT " JOURNAL_COLUMNS " FROM journal WHERE street = $1 AND seq > $2 ORDER BY seq"
           " LIMIT coalesce(nullif($3::int, 0), 500)",
    .bind = "after_seq, limit",
};

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

static const struct db_stmt read_heads = {
    .name = "read_heads",
    .sql = "SELECT s.street, coalesce((SELECT j.seq FROM journal j WHERE j.street = s.street"
           " ORDER BY j.seq DESC LIMIT 1), 0) AS seq FROM stream s"
           " WHERE $1 = '' AND s.street > $2 ORDER BY s.street"
           " LIMIT coalesce(nullif($3::int, 0), 1000)",
    .bind = "after_street, limit",
};

static const struct method journal_heads = {
    .may = MAY_SPAN_STREETS,
    .scope = SCOPE_ALL_STREETS,
    .rules = RULES(RULE_TEXT(after_street, 0, 32), RULE_INT(limit, 0, 1000)),
    .query = &read_heads,
    .into = "heads",
};

/* ---- cursors ---- */

#define CURSOR_NAME RULE_TEXT(name, 1, 64)

static const struct db_stmt read_cursor = {
    .name = "read_cursor",
    .sql = "SELECT $2::text AS name, $3::text AS owner, coalesce((SELECT seq FROM cursor"
           " WHERE street = $1 AND name = $2 AND owner = $3), 0) AS seq",
    .bind = "name",
};

static const struct method journal_get_cursor = {
    .may = MAY_FOLLOW,
    .scope = SCOPE_STREET,
    .rules = RULES(CURSOR_NAME),
    .query = &read_cursor,
    .with_actor = true,
    .into = "cursor",
};

static const struct db_stmt lock_cursor = {
    .name = "lock_cursor",
    .sql =
        "SELECT coalesce((SELECT seq FROM cursor WHERE street = $1 AND owner = $2 AND name = $3),"
        " 0) AS seq, coalesce((SELECT seq FROM journal WHERE street = $1 ORDER BY seq DESC"
        " LIMIT 1), 0) AS head",
    .bind = "owner, name",
    .of = &journal__cursor__descriptor,
};
static const struct db_stmt store_cursor = {
    .name = "store_cursor",
    .sql = "INSERT INTO cursor (street, owner, name, seq) VALUES ($1, $2, $3, $4)"
           " ON CONFLICT (street, owner, name) DO UPDATE SET seq = excluded.seq",
    .bind = "owner, name, seq",
    .of = &journal__cursor__descriptor,
};

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
    .statements = STATEMENTS(&lock_cursor, &store_cursor),
};

/* ---- followers ---- */

static const struct db_stmt read_followers = {
    .name = "read_followers",
    .sql = "SELECT f.street, f.source AS service, f.seq, f.reached FROM"
           " (SELECT street FROM stream WHERE $1 = '' AND street > $2 ORDER BY street"
           " LIMIT coalesce(nullif($3::int, 0), 1000)) s"
           " JOIN LATERAL (SELECT * FROM follower f WHERE f.street = s.street"
           " ORDER BY f.source LIMIT 8) f ON true",
    .bind = "after_street, limit",
};

static const struct method journal_list_followers = {
    .may = MAY_SPAN_STREETS,
    .scope = SCOPE_ALL_STREETS,
    .rules = RULES(RULE_TEXT(after_street, 0, 32), RULE_INT(limit, 0, 1000)),
    .query = &read_followers,
    .into = "followers",
};

static const struct db_stmt rewind_follower = {
    .name = "rewind_follower",
    .sql = "UPDATE follower SET seq = 0 WHERE street = $1 AND source = $2 RETURNING reached",
    .bind = "service",
    .one_row = {STATUS_NOT_FOUND, "service", "exists", "nothing of that journal is applied yet"},
};

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
    for (const struct db_stmt *const *forget = followers_forget(source); *forget; forget++)
        db_do(call, *forget, NULL);
    return STATUS_OK;
}

static const struct method journal_rebuild = {
    .may = MAY_REBUILD,
    .scope = SCOPE_STREET,
    .rules = RULES(RULE_TEXT(service, 1, 64)),
    .check = check_rebuild,
    .command = rebuild,
    .statements = STATEMENTS(&rewind_follower),
};

const struct methods journal_methods = JOURNAL__JOURNAL_SERVICE__INIT(&journal_);
