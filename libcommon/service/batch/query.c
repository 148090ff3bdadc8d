/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.c - declarative reads
 *
 * send: [street, if it changes] [is it here?, if not known lately] [are the positions applied that
 * it comes after?] statement [are they still?] … sync -> read in the same order. All of a round
 * trip is one transaction for the server, so one query's error skips the others: then each runs
 * again with a sync of its own.
 */
#include "libcommon/service/batch/query.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/ports.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/journal/journal.h"
#include "libcommon/service/method/authority.h"
#include "libcommon/service/method/grants.h"
#include "libcommon/service/method/method.h"
#include "libcommon/service/method/page.h"

enum {
    STREET_KNOWN_MS = 10000,
    ELEMENT_BYTES = 6,      /* tag and length of an element in its list, at most */
    PAGE_TOKEN_BYTES = 400, /* and of what follows the list */
};

STATEMENT(street_state, .sql = "SELECT 1 FROM stream WHERE street = :street AND state = 'HERE'");

/* Is the street known to be served here? A street that moves away is noticed within
 * STREET_KNOWN_MS. */
static bool is_known(const struct db_slot *slot, const struct call *call)
{
    const struct known_street *known;

    if (call->endpoint->row->scope == SCOPE_ALL_STREETS)
        return true;
    HASH_FIND_STR(slot->known, call->street, known);
    return known && clock_monotonic_ms() < known->until;
}

static void remember(struct db_slot *slot, const char *street)
{
    struct known_street *known;

    HASH_FIND_STR(slot->known, street, known);
    if (!known) {
        known = mem_new(slot->parent, struct known_street);
        snprintf(known->street, sizeof known->street, "%s", street);
        HASH_ADD_STR(slot->known, street, known);
    }
    known->until = clock_monotonic_ms() + STREET_KNOWN_MS;
}

/* ---- send ---- */

static void send_statement(struct call *call)
{
    const struct method *row = call->endpoint->row;
    struct db_param given[2 + REACH_PARAMS];
    int count = 0;

    if (row->page.key) {
        given[count++] = NAMED(after_key, param_text(call->page_after));
        given[count++] =
            NAMED(page_limit, param_int(call, page_size(call) + 1)); /* is there more? */
    }
    if (call->endpoint->reaches) {
        authority_reach_params(call, given + count);
        count += REACH_PARAMS;
    }
    db_send(call->db, call, row->query, call->request, given, count);
}

/* Positions of the caller's `after` that the copies do not hold: they are being rebuilt. Whoever
 * parks requests knows it a moment later. A journal that is not followed has no row. */
STATEMENT(count_behind,
          .sql = "SELECT count(*) FROM unnest(:services::text[], :seqs::int8[]) AS w (service, seq)"
                 " JOIN follower f ON f.street = :street AND f.source = w.service"
                 " WHERE f.seq < w.seq",
          .with = "services, seqs");

/* Sent before the statement and behind it: each sees what is committed at its own moment, and no
 * copy is rebuilt between the two. */
static void send_count_behind(struct call *call)
{
    ProtobufCBinaryData services[AFTER_MAX], seqs[AFTER_MAX];
    size_t count = call->header->n_after;

    for (size_t i = 0; i < count; i++) {
        const Bus__Position *after = call->header->after[i];
        int64_t *seq = mem_bytes(call, sizeof *seq);

        *seq = (int64_t)htobe64((uint64_t)after->seq);
        services[i] = (ProtobufCBinaryData){strlen(after->service), (uint8_t *)after->service};
        seqs[i] = (ProtobufCBinaryData){sizeof *seq, (uint8_t *)seq};
    }
    const struct db_param params[] = {
        NAMED(street, param_text(call->street)),
        NAMED(services, param_array(call, OID_TEXT, count, services)),
        NAMED(seqs, param_array(call, OID_INT8, count, seqs)),
    };
    db_send_own(call->db, &count_behind, params, 3);
}

/* What was sent for one call, to be read back. */
struct sent {
    bool street, state, after;
};

static struct sent send_query(struct db_slot *slot, struct call *call, const char **street)
{
    struct sent sent = {.street = !*street || strcmp(*street, call->street) != 0,
                        .state = !is_known(slot, call),
                        .after = call->header->n_after > 0};
    const char *seen =
        call->endpoint->row->scope == SCOPE_ALL_STREETS ? EVERY_STREET : call->street;
    const struct db_param param = NAMED(street, param_text(seen));

    if (sent.street)
        db_slot_set_street(slot->db, seen);
    if (sent.state)
        db_send_own(slot->db, &street_state, &param, 1);
    *street = call->street;
    if (sent.after)
        send_count_behind(call);
    send_statement(call);
    if (sent.after)
        send_count_behind(call);
    return sent;
}

/* ---- read ---- */

/* Rows -> messages, up to the page's size, and to what a reply may hold: a list goes on by its
 * token. */
static int read_elements(struct call *call, const PGresult *rows, ProtobufCMessage **elements)
{
    const struct method *row = call->endpoint->row;
    int limit = row->page.key ? page_size(call) : PQntuples(rows), count = 0;
    size_t bytes = 0;

    for (; count < limit && count < PQntuples(rows); count++) {
        elements[count] = wire_new(call, call->endpoint->into->descriptor);
        db_row(call, row->query, rows, count, elements[count]);
        if (row->each)
            row->each(call, elements[count]);
        bytes += protobuf_c_message_get_packed_size(elements[count]) + ELEMENT_BYTES;
        if (row->page.key && count > 0 && bytes + PAGE_TOKEN_BYTES > RESPONSE_BYTES_MAX)
            break;
    }
    return count;
}

/* Fills the response's `into` field: one message of one row, or one element a row. */
static void fill_into(struct call *call, const PGresult *rows)
{
    const ProtobufCFieldDescriptor *into = call->endpoint->into;
    char *response = call->response;
    ProtobufCMessage **elements = mem_array(call, ProtobufCMessage *, (size_t)PQntuples(rows) + 1);
    int count = read_elements(call, rows, elements);

    if (call->endpoint->row->page.key && count < PQntuples(rows))
        page_set_next(call, rows, count - 1);
    if (into->label == PROTOBUF_C_LABEL_REPEATED) {
        *(size_t *)(response + into->quantifier_offset) = (size_t)count;
        *(ProtobufCMessage ***)(response + into->offset) = elements;
    } else {
        *(ProtobufCMessage **)(response + into->offset) = elements[0];
    }
}

static enum status respond(struct call *call, const PGresult *rows)
{
    enum status status = STATUS_OK;

    if (call->endpoint->row->respond)
        status = call->endpoint->row->respond(call, rows);
    else
        fill_into(call, rows);
    status = call_outcome(call, status);
    return status == STATUS_OK ? call_pack_response(call) : status;
}

/* True if it was asked for, and some position is not applied. */
static bool read_behind(struct db_slot *slot, struct call *call, struct sent sent)
{
    const PGresult *count = sent.after ? db_next(slot->db, call) : NULL;

    return count && column_int(count, 0, 0) > 0;
}

static void read_query(struct db_slot *slot, struct call *call, struct sent sent)
{
    bool here = true;

    if (sent.street)
        db_next(slot->db, call);
    if (sent.state) {
        const PGresult *state = db_next(slot->db, call);
        here = state && PQntuples(state) == 1;
        if (here)
            remember(slot, call->street);
    }
    bool behind = read_behind(slot, call, sent);
    const PGresult *rows = db_next(slot->db, call);
    behind = read_behind(slot, call, sent) || behind;
    if (!rows)
        return; /* the fault is the round trip's */
    if (behind)
        call->status = call_fail(call, STATUS_UNAVAILABLE, "after", "behind",
                                 "copies of that journal are being rebuilt; nothing was done");
    else if (!here)
        call->status = call_fail(call, STATUS_NOT_FOUND, "street", "exists", "no such street here");
    else if (call->status == STATUS_OK)
        call->status = respond(call, rows);
}

/* ---- the whole ---- */

/* The first of these calls that asks for the same grants; it may be itself. */
static size_t first_alike(struct call *const *calls, size_t index)
{
    for (size_t first = 0; first < index; first++)
        if (authority_needs_grants(calls[first]) &&
            strcmp(calls[first]->street, calls[index]->street) == 0 &&
            strcmp(calls[first]->actor, calls[index]->actor) == 0)
            return first;
    return index;
}

static void ask_for_grants(struct db_slot *slot, struct call *call)
{
    db_slot_set_street(slot->db, call->street);
    grants_queue(slot->db, call, timestamp_new(call, clock_unix_us()), &call, 1);
}

/* Roles of the actors whose certificate does not say everything: a round trip of its own, before
 * the statements that depend on it. Each street's actor is asked for once. */
static enum db_fault read_grants(struct db_slot *slot, struct call **calls, size_t count)
{
    const PGresult *grants[BATCH_MAX] = {NULL};
    size_t asked = 0;

    for (size_t i = 0; i < count; i++)
        if (authority_needs_grants(calls[i]) && first_alike(calls, i) == i) {
            ask_for_grants(slot, calls[i]);
            asked++;
        }
    if (asked == 0)
        return DB_FINE;
    db_sync(slot->db);
    for (size_t i = 0; i < count; i++) {
        if (!authority_needs_grants(calls[i]))
            continue;
        size_t first = first_alike(calls, i);
        if (first == i) {
            db_next(slot->db, calls[i]);
            grants[i] = db_next(slot->db, calls[i]);
        }
        grants_hand_out(&calls[i], 1, grants[first]);
    }
    enum db_fault fault = db_fault(slot->db);
    db_recover(slot->db);
    return fault;
}

static enum db_fault run_together(struct db_slot *slot, struct call **all, size_t all_count)
{
    struct sent sent[BATCH_MAX];
    struct call *calls[BATCH_MAX];
    const char *street = NULL;
    size_t count = 0;

    for (size_t i = 0; i < all_count; i++)
        call_reset(all[i], slot->db, NULL);
    enum db_fault fault = read_grants(slot, all, all_count);
    if (fault != DB_FINE)
        return fault;
    for (size_t i = 0; i < all_count; i++)
        if (authority_check_query(all[i]) == STATUS_OK)
            calls[count++] = all[i];
    if (count == 0)
        return DB_FINE;
    for (size_t i = 0; i < count; i++)
        sent[i] = send_query(slot, calls[i], &street);
    db_sync(slot->db);
    for (size_t i = 0; i < count; i++)
        read_query(slot, calls[i], sent[i]);
    fault = db_fault(slot->db);
    db_recover(slot->db);
    return fault;
}

static void refuse(struct call *call)
{
    (void)!call_fail(call, STATUS_UNAVAILABLE, "", "database",
                     "the database is away; nothing was done");
}

/* One of the round trip broke it: which one? The others have their answers then. */
static void run_alone(struct db_slot *slot, struct call *call)
{
    enum db_fault fault = db_slot_open(slot) ? run_together(slot, &call, 1) : DB_LOST;

    if (fault >= DB_FAILED)
        refuse(call);
}

/* Splits off the calls that are too late or whose page token is not ours; keeps the order. */
static size_t refuse_early(struct call **calls, size_t count, struct call **ret)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (clock_monotonic_ms() > calls[i]->deadline)
            (void)!call_fail(calls[i], STATUS_DEADLINE_EXCEEDED, "timeout_ms", "deadline",
                             "its deadline passed before it began; nothing was done");
        else if (!calls[i]->endpoint->row->page.key || page_open(calls[i]) == STATUS_OK)
            ret[kept++] = calls[i];
    }
    return kept;
}

static void run(struct db_slot *slot, struct call **all, size_t all_count)
{
    struct call *calls[BATCH_MAX];
    size_t count = refuse_early(all, all_count, calls);

    if (count == 0)
        return;
    enum db_fault fault = run_together(slot, calls, count);
    if (fault >= DB_UNFIT && db_slot_open(slot))
        fault = run_together(slot, calls, count);
    for (size_t i = 0; i < count && fault != DB_FINE; i++)
        if (fault >= DB_UNFIT)
            refuse(calls[i]);
        else
            run_alone(slot, calls[i]);
}

void query_run(struct db_slot *slot, struct call **calls, size_t count)
{
    struct call_times times = {.taken = clock_monotonic_ms(), .batch = count};

    run(slot, calls, count);
    times.ended = clock_monotonic_ms();
    for (size_t i = 0; i < count; i++)
        calls[i]->times = times;
}
