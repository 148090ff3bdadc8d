/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal.c - reading a journal back, heads, cursors, and who sees what */
#include "bed_registry.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "journal_service.pb-c.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/ports.h"
#include "registry_unit.pb-c.h"
#include "services/registry/contract.h"
#include "services/registry/registry.h"

static const char *attribute(const Journal__CloudEvent *event, const char *key)
{
    for (size_t i = 0; i < event->n_attributes; i++)
        if (strcmp(event->attributes[i]->key, key) == 0)
            return event->attributes[i]->value->ce_string;
    fail_msg("no attribute %s", key);
    return NULL;
}

static void reads_events_in_order_as_cloud_events(void **state)
{
    struct bed *bed = *state;
    const char *id = bed_unit(bed, "一");

    bed_unit(bed, "二");
    bed_unit(bed, "三");
    struct call *call = bed_run(bed, bed_call(bed, "Read", "{\"afterSeq\": \"1\", \"limit\": 2}"));
    const Journal__ReadResponse *response = call->response;
    assert_int_equal(call->status, STATUS_OK);
    assert_int_equal(response->n_events, 2);
    assert_int_equal(response->head, 4);
    const Journal__CloudEvent *event = response->events[0];
    assert_string_equal(event->type, "jusha.registry.v1.UnitRegistered");
    assert_string_equal(event->spec_version, "1.0");
    assert_string_equal(attribute(event, "sequence"), "00000000000000000002");
    assert_string_equal(attribute(event, "subject"), id);
    assert_string_equal(attribute(event, "partitionkey"), bed->street);
    assert_string_equal(attribute(event, "actor"), "tester");
    assert_string_equal(attribute(event, "causationid"),
                        bed_text(bed,
                                 "SELECT request_id FROM registry.request WHERE street = '%s'"
                                 " AND seq = 2",
                                 bed->street));
    assert_string_equal(attribute(response->events[1], "sequence"), "00000000000000000003");
    assert_string_equal(event->proto_data->type_url,
                        "type.googleapis.com/jusha.registry.v1.UnitRegistered");
    Registry__UnitRegistered *data = registry__unit_registered__unpack(
        NULL, event->proto_data->value.len, event->proto_data->value.data);
    assert_string_equal(data->unit->name, "一");
    registry__unit_registered__free_unpacked(data, NULL);
    bed_free(call);
}

static void stops_a_page_before_it_grows_too_large(void **state)
{
    struct bed *bed = *state;
    char json[1200], long_text[201] = "";

    memset(long_text, 'a', sizeof long_text - 1);
    for (int i = 0; i < 300; i++) {
        snprintf(json, sizeof json,
                 "{\"unit\": {\"name\": \"u%d\", \"kind\": \"SHOP\", \"address\": \"%s\"}}", i,
                 long_text);
        bed_ok(bed, "RegisterUnit", json);
    }
    struct call *call = bed_run(bed, bed_call(bed, "Read", "{}"));
    const Journal__ReadResponse *response = call->response;
    assert_in_range(response->n_events, 100, 299);
    assert_in_range(call->reply.len, 50000, 220000); /* and not the whole of it */
    bed_free(call);
}

static char *event_id(struct bed *bed, int seq)
{
    return bed_text(bed, "SELECT id FROM registry.journal WHERE street = '%s' AND seq = %d",
                    bed->street, seq);
}

static void names_the_event_before_each(void **state)
{
    struct bed *bed = *state;

    bed_unit(bed, "一");
    bed_unit(bed, "二");
    for (int after = 0; after < 2; after++) {
        struct call *call =
            bed_run(bed, bed_call(bed, "Read", bed_json(bed, "{'afterSeq': '%d'}", after)));
        const Journal__ReadResponse *response = call->response;
        assert_int_equal(response->n_events, 3 - after);
        for (int i = 0; i < 3 - after; i++)
            if (after + i > 0)
                assert_string_equal(attribute(response->events[i], "predecessor"),
                                    event_id(bed, after + i));
        bed_free(call);
    }
}

#define NO_SUCH_EVENT "01900000-0000-7000-8000-000000000009"

/* The second history has other events behind the first one, as many or fewer. */
static void refuses_a_position_of_another_history(void **state)
{
    struct bed *bed = *state;

    bed_unit(bed, "一");
    bed_unit(bed, "二");
    bed_ok(bed, "Read", bed_json(bed, "{'afterSeq': '2', 'afterId': '%s'}", event_id(bed, 2)));
    bed_ok(bed, "Read", bed_json(bed, "{'afterSeq': '3', 'afterId': '%s'}", event_id(bed, 3)));
    bed_ok(bed, "Read", "{\"afterSeq\": \"3\"}"); /* nobody can tell */
    bed_refused(bed, "Read", "{\"afterSeq\": \"2\", \"afterId\": \"" NO_SUCH_EVENT "\"}",
                STATUS_FAILED_PRECONDITION, "after_id", "other_history");
    bed_refused(bed, "Read", "{\"afterSeq\": \"4\", \"afterId\": \"" NO_SUCH_EVENT "\"}",
                STATUS_FAILED_PRECONDITION, "after_id", "other_history");
    bed_refused(bed, "Read", "{\"afterSeq\": \"500\"}", STATUS_FAILED_PRECONDITION, "after_id",
                "other_history");
    bed_sql(bed, "DELETE FROM registry.journal WHERE street = '%s'", bed->street);
    bed_refused(bed, "Read", "{\"afterSeq\": \"1\"}", STATUS_FAILED_PRECONDITION, "after_id",
                "other_history");
    bed_ok(bed, "Read", "{}");
}

/* Taken away by an age that no service keeps today: what is older than the first cannot be told. */
static void goes_on_behind_what_retention_took(void **state)
{
    struct bed *bed = *state;

    bed_unit(bed, "一");
    bed_unit(bed, "二");
    bed_sql(bed, "DELETE FROM registry.journal WHERE street = '%s' AND seq < 3", bed->street);
    struct call *call = bed_run(bed, bed_call(bed, "Read",
                                              "{\"afterSeq\": \"1\", \"afterId\":"
                                              " \"" NO_SUCH_EVENT "\"}"));
    bed_assert_outcome(call, STATUS_OK, "", "");
    assert_int_equal(((const Journal__ReadResponse *)call->response)->n_events, 1);
    bed_free(call);
}

static int64_t param(const struct call *call, int which, const char *key)
{
    assert_string_equal(call->violations.item[0].params[which].key, key);
    return call->violations.item[0].params[which].value;
}

/* Two restores: the first one left three events, the second one two. */
/* Ids tell the order of two moments only where these are not of the same millisecond. */
static void wait_for_next_ms(void)
{
    int64_t now_ms = clock_unix_us() / 1000;

    while (clock_unix_us() / 1000 <= now_ms)
        sched_yield();
}

static void says_how_far_the_histories_are_one(void **state)
{
    struct bed *bed = *state;

    bed_unit(bed, "一");
    bed_unit(bed, "二");
    bed_sql(bed, "SELECT registry.begin_incarnation()");
    bed_unit(bed, "三");
    bed_sql(bed, "DELETE FROM registry.journal WHERE street = '%s' AND seq > 2", bed->street);
    bed_sql(bed, "SELECT registry.begin_incarnation()");
    bed_unit(bed, "四");
    struct call *call = bed_run(bed, bed_call(bed, "Read",
                                              "{\"afterSeq\": \"3\", \"afterId\":"
                                              " \"" NO_SUCH_EVENT "\"}"));
    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "after_id", "other_history");
    assert_int_equal(param(call, 0, "head"), 3);
    assert_int_equal(param(call, 1, "common"), 2);
    bed_free(call);
}

/* A restore of long ago took nothing away from who has read what was written since. */
static void counts_only_restores_since_the_position(void **state)
{
    struct bed *bed = *state;
    char id[ID_CHARS + 1];

    bed_unit(bed, "一");
    bed_sql(bed, "SELECT registry.begin_incarnation()"); /* at 2 */
    bed_unit(bed, "二");
    bed_unit(bed, "三");
    bed_unit(bed, "四");
    wait_for_next_ms();
    id_new(id); /* of an event 5 that will be lost */
    wait_for_next_ms();
    bed_sql(bed, "DELETE FROM registry.journal WHERE street = '%s' AND seq > 4", bed->street);
    bed_sql(bed, "SELECT registry.begin_incarnation()"); /* at 4 */
    struct call *call = bed_run(
        bed, bed_call(bed, "Read", bed_json(bed, "{'afterSeq': '5', 'afterId': '%s'}", id)));
    bed_assert_outcome(call, STATUS_FAILED_PRECONDITION, "after_id", "other_history");
    assert_int_equal(param(call, 1, "common"), 4);
    bed_free(call);
}

/* What a reader could not get would stop it permanently. */
static void reads_whatever_may_be_committed(void **state)
{
    static const int sizes[] = {
        78000, 78000, 78000, EVENT_BYTES_MAX - 36, 100, EVENT_BYTES_MAX - 36, EVENT_BYTES_MAX - 36,
        100,   100};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    struct bed *bed = *state;
    int64_t seq = 1;

    for (int i = 0; i < COUNT; i++)
        bed_sql(bed,
                "INSERT INTO registry.journal VALUES ('%s', %d, gen_random_uuid(),"
                " 'jusha.registry.v1.UnitRegistered', repeat('s', 36), now(), repeat('a', 64),"
                " repeat('t', 55), convert_to(repeat('x', %d), 'UTF8'), repeat('c', 36))",
                bed->street, i + 2, sizes[i]);
    while (seq < COUNT + 1) {
        struct call *call = bed_run(
            bed, bed_call(bed, "Read", bed_json(bed, "{'afterSeq': '%lld'}", (long long)seq)));
        const Journal__ReadResponse *response = call->response;
        bed_assert_outcome(call, STATUS_OK, "", "");
        assert_true(response->n_events > 0);
        assert_true(call->reply.len <= RESPONSE_BYTES_MAX);
        seq += (int64_t)response->n_events;
        bed_free(call);
    }
    assert_int_equal(seq, COUNT + 1);
}

static int64_t head_of(struct bed *bed, const char *street)
{
    char json[100];
    int64_t head = -1;

    snprintf(json, sizeof json, "{\"afterStreet\": \"%.*s\"}", (int)strlen(street) - 1, street);
    struct call *call =
        bed_run(bed, bed_call_as(bed, BUS__ROLE__ROLE_OPERATOR, "", "Heads", NULL, json));
    const Journal__HeadsResponse *response = call->response;
    assert_int_equal(call->status, STATUS_OK);
    for (size_t i = 0; i < response->n_heads; i++)
        if (strcmp(response->heads[i]->street, street) == 0)
            head = response->heads[i]->seq;
    bed_free(call);
    return head;
}

static void lists_the_heads_of_all_streets(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(head_of(bed, bed->street), 1);
    bed_unit(bed, "一");
    assert_int_equal(head_of(bed, bed->street), 2);
}

static int64_t cursor(struct bed *bed)
{
    struct call *call = bed_run(bed, bed_call(bed, "GetCursor", "{\"name\": \"screen\"}"));
    int64_t seq = ((Journal__GetCursorResponse *)call->response)->cursor->seq;

    assert_int_equal(call->status, STATUS_OK);
    bed_free(call);
    return seq;
}

static void moves_a_cursor_by_compare_and_set(void **state)
{
    struct bed *bed = *state;

    bed_unit(bed, "一");
    assert_int_equal(cursor(bed), 0);
    bed_ok(bed, "MoveCursor", "{\"name\": \"screen\", \"fromSeq\": \"0\", \"toSeq\": \"2\"}");
    assert_int_equal(cursor(bed), 2);
    bed_refused(bed, "MoveCursor", "{\"name\": \"screen\", \"fromSeq\": \"0\", \"toSeq\": \"1\"}",
                STATUS_ABORTED, "from_seq", "stale");
    bed_refused(bed, "MoveCursor", "{\"name\": \"screen\", \"fromSeq\": \"2\", \"toSeq\": \"3\"}",
                STATUS_INVALID_ARGUMENT, "to_seq", "range");
    bed_ok(bed, "MoveCursor", "{\"name\": \"screen\", \"fromSeq\": \"2\", \"toSeq\": \"1\"}");
    assert_int_equal(cursor(bed), 1);
}

static void moves_a_cursor_within_one_history_only(void **state)
{
    struct bed *bed = *state;
    const char *first = event_id(bed, 1);

    bed_unit(bed, "一");
    bed_refused(bed, "MoveCursor",
                "{\"name\": \"screen\", \"toSeq\": \"2\", \"toId\": \"" NO_SUCH_EVENT "\"}",
                STATUS_FAILED_PRECONDITION, "to_id", "other_history");
    bed_refused(bed, "MoveCursor",
                "{\"name\": \"screen\", \"toSeq\": \"9\", \"toId\": \"" NO_SUCH_EVENT "\"}",
                STATUS_FAILED_PRECONDITION, "to_id", "other_history");
    bed_ok(bed, "MoveCursor",
           bed_json(bed, "{'name': 'screen', 'toSeq': '1', 'toId': '%s'}", first));
    bed_refused(bed, "MoveCursor",
                "{\"name\": \"screen\", \"fromSeq\": \"1\", \"fromId\": \"" NO_SUCH_EVENT
                "\", \"toSeq\": \"2\"}",
                STATUS_FAILED_PRECONDITION, "from_id", "other_history");
    struct call *call = bed_run(bed, bed_call(bed, "GetCursor", "{\"name\": \"screen\"}"));
    const Journal__Cursor *cursor = ((Journal__GetCursorResponse *)call->response)->cursor;
    assert_string_equal(cursor->event_id, first);
    assert_false(cursor->restored);
    bed_free(call);
    bed_ok(bed, "MoveCursor", "{\"name\": \"screen\", \"fromSeq\": \"1\", \"toSeq\": \"2\"}");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.cursor c JOIN registry.journal j"
                                " ON j.street = c.street AND j.seq = c.seq AND j.id = c.event_id"
                                " WHERE c.street = '%s'",
                                bed->street),
                     1);
}

static bool is_restored(struct bed *bed)
{
    struct call *call = bed_run(bed, bed_call(bed, "GetCursor", "{\"name\": \"screen\"}"));
    bool restored = ((Journal__GetCursorResponse *)call->response)->cursor->restored;

    bed_free(call);
    return restored;
}

static void says_that_a_cursor_came_with_a_backup(void **state)
{
    struct bed *bed = *state;

    assert_false(is_restored(bed));
    bed_ok(bed, "MoveCursor", "{\"name\": \"screen\", \"toSeq\": \"1\"}");
    assert_false(is_restored(bed));
    bed_sql(bed, "SELECT registry.begin_incarnation()");
    assert_true(is_restored(bed));
    bed_unit(bed, "一");
    bed_ok(bed, "MoveCursor", "{\"name\": \"screen\", \"fromSeq\": \"1\", \"toSeq\": \"2\"}");
    assert_false(is_restored(bed));
}

static long incarnations(struct bed *bed)
{
    return bed_number(bed, "SELECT count(*) FROM registry.incarnation WHERE street = '%s'",
                      bed->street);
}

/* A dump or a base backup that came into another cluster, and nobody said so. */
static void begins_another_incarnation_in_another_cluster(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(incarnations(bed), 0);
    bed_sql(bed, "UPDATE registry.home SET system_identifier = 1");
    struct db_slot second = bed_slot(bed);
    assert_int_equal(incarnations(bed), 1);
    assert_int_equal(bed_number(bed,
                                "SELECT since_seq FROM registry.incarnation WHERE street = '%s'",
                                bed->street),
                     1);
    struct db_slot third = bed_slot(bed);
    assert_int_equal(incarnations(bed), 1);
    talloc_free(second.db);
    talloc_free(third.db);
}

static PGconn *connect_as(const char *user)
{
    char conninfo[300];

    snprintf(conninfo, sizeof conninfo, "user=%s options='-c search_path=registry'", user);
    PGconn *conn = PQconnectdb(conninfo); /* host, port, database, passfile: from the environment */
    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    return conn;
}

static const char *first_value(PGconn *conn, const char *sql)
{
    static char value[200];
    PGresult *result = PQexec(conn, sql);

    snprintf(value, sizeof value, "%s",
             PQresultStatus(result) == PGRES_TUPLES_OK
                 ? PQgetvalue(result, 0, 0)
                 : PQresultErrorField(result, PG_DIAG_SQLSTATE));
    PQclear(result);
    return value;
}

/* What a statement that forgot its WHERE would see. */
static void shows_a_role_no_row_without_a_street_and_lets_none_be_changed(void **state)
{
    static const struct {
        const char *user, *sql, *answer; /* a value, or the SQLSTATE of the refusal */
    } cases[] = {
        {"registry", "SELECT count(*) FROM unit", "0"},
        {"registry", "SELECT count(*) FROM journal", "0"},
        {"registry", "SELECT count(*) FROM request", "0"},
        {"registry", "SELECT count(*) FROM stream", "0"},
        {"registry", "UPDATE journal SET seq = seq", "42501"},
        {"registry", "DELETE FROM journal", "42501"},
        {"registry", "DELETE FROM request", "42501"},
        {"registry", "SELECT count(*) FROM incarnation", "0"},
        {"registry", "SELECT begin_incarnation()", "42501"},
        {"registry", "SELECT count(*) FROM home", "42501"},
        {"registry", "INSERT INTO stream (street) VALUES ('other')", "42501"},
        {"registry", "CREATE TABLE mine (a int)", "42501"},
        {"registry", "SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user",
         "f"},
        {"registry_relay", "SELECT count(*) > 0 FROM journal", "t"},
        {"registry_relay", "SELECT count(*) FROM unit", "42501"},
        {"registry_relay", "INSERT INTO stream (street) VALUES ('other')", "42501"},
        {"registry_owner", "SELECT count(*) FROM unit", "0"},
    };
    struct bed *bed = *state;

    bed_unit(bed, "一");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        PGconn *conn = connect_as(cases[i].user);
        const char *answer = first_value(conn, cases[i].sql);
        if (strcmp(answer, cases[i].answer) != 0)
            fail_msg("%s: %s gave %s, not %s", cases[i].user, cases[i].sql, answer,
                     cases[i].answer);
        PQfinish(conn);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(reads_events_in_order_as_cloud_events),
        TEST(stops_a_page_before_it_grows_too_large),
        TEST(names_the_event_before_each),
        TEST(refuses_a_position_of_another_history),
        TEST(goes_on_behind_what_retention_took),
        TEST(says_how_far_the_histories_are_one),
        TEST(counts_only_restores_since_the_position),
        TEST(reads_whatever_may_be_committed),
        TEST(lists_the_heads_of_all_streets),
        TEST(moves_a_cursor_by_compare_and_set),
        TEST(moves_a_cursor_within_one_history_only),
        TEST(says_that_a_cursor_came_with_a_backup),
        TEST(begins_another_incarnation_in_another_cluster),
        TEST(shows_a_role_no_row_without_a_street_and_lets_none_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
