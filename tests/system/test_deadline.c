/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_deadline.c - what is not begun before its deadline is not done, and its caller is told so
 *
 * One registry that takes few requests at a time. After each test the tables are as before.
 */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "tests/system/raw.h"

enum { CREDIT = 8 };

static ProtobufCBinaryData some_unit(struct bed *bed)
{
    return bed_pack(bed, "RegisterUnit", "{\"unit\": {\"name\": \"late\", \"kind\": \"BANK\"}}");
}

/* The registry is stalled with all its credit taken, so the next request never gets to it. */
static void says_when_a_deadline_passed_before_anybody_had_time(void **state)
{
    struct bed *bed = *state;
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    char *address = raw_address(bed, bed->street);
    Bus__RequestHeader *late = raw_header(bed, bed->street, "RegisterUnit");

    process_stop(&bed->registry[0]);
    for (int i = 0; i < CREDIT; i++)
        raw_request(raw, address, raw_header(bed, bed->street, "ListUnits"),
                    (ProtobufCBinaryData){0});
    late->timeout_ms = 300;
    raw_request(raw, address, late, some_unit(bed));
    const Bus__ReplyHeader *reply = raw_answer(bed, raw);
    process_continue(&bed->registry[0]);
    assert_string_equal(reply->request_id, late->request_id);
    assert_int_equal(reply->code, TYPE__CODE__CODE_DEADLINE_EXCEEDED);
    assert_string_equal(reply->violations[0]->field, "timeout_ms");
    assert_string_equal(reply->violations[0]->rule, "deadline");
    for (int i = 0; i < CREDIT; i++)
        assert_int_equal(raw_answer(bed, raw)->code, TYPE__CODE__CODE_OK);
    talloc_free(raw);
}

static long waiting_for_lock(struct bed *bed)
{
    return bed_number(bed,
                      "SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid"
                      " WHERE NOT granted AND datname = current_database()"
                      " AND relation = 'registry.unit'::regclass");
}

/* Its street's batch is held up in the database until the deadline of the next one has passed. */
static void does_not_begin_what_is_too_late(void **state)
{
    struct bed *bed = *state;
    struct raw *raw = raw_connect(bed, ZMQ_DEALER, &bed->key[STAFF], 0, PORT_CLIENT);
    char *address = raw_address(bed, bed->street);
    Bus__RequestHeader *first = raw_header(bed, bed->street, "RegisterUnit");
    Bus__RequestHeader *late = raw_header(bed, bed->street, "RegisterUnit");
    int64_t end_ms = deadline_ms();

    PQclear(PQexec(bed->database, "BEGIN"));
    PQclear(PQexec(bed->database, "LOCK TABLE registry.unit IN ACCESS EXCLUSIVE MODE"));
    raw_request(raw, address, first,
                bed_pack(bed, "RegisterUnit", "{\"unit\": {\"name\": \"x\"}}"));
    assert_int_equal(raw_answer(bed, raw)->code, TYPE__CODE__CODE_INVALID_ARGUMENT);
    raw_request(raw, address, raw_header(bed, bed->street, "GetUnit"),
                bed_pack(bed, "GetUnit", "{\"unitId\": \"0190a000-0000-7000-8000-000000000001\"}"));
    raw_request(raw, address, raw_header(bed, bed->street, "ChangeUnit"),
                bed_pack(bed, "ChangeUnit",
                         "{\"unitId\": \"0190a000-0000-7000-8000-000000000001\","
                         " \"action\": \"WITHDRAW\", \"reason\": \"r\", \"revision\": 1}"));
    while (waiting_for_lock(bed) < 2)
        look_again(end_ms, "a batch and a query wait for the table");
    late->timeout_ms = 200;
    int64_t sent_ms = clock_monotonic_ms();
    raw_request(raw, address, late, some_unit(bed));
    while (clock_monotonic_ms() - sent_ms < 400)
        look_again(end_ms, "its deadline passes");
    PQclear(PQexec(bed->database, "ROLLBACK"));
    bool was_late = false;
    for (int i = 0; i < 3; i++) {
        const Bus__ReplyHeader *reply = raw_answer(bed, raw);
        bool is_late = strcmp(reply->request_id, late->request_id) == 0;
        assert_int_equal(reply->code,
                         is_late ? TYPE__CODE__CODE_DEADLINE_EXCEEDED : TYPE__CODE__CODE_NOT_FOUND);
        if (is_late)
            assert_string_equal(reply->violations[0]->rule, "deadline");
        was_late = was_late || is_late;
    }
    assert_true(was_late);
    talloc_free(raw);
}

/* ---- the bed ---- */

static int up(void **state)
{
    static char option[16];

    snprintf(option, sizeof option, "--credit=%d", CREDIT);
    return bed_up(state, (struct bed_options){.registries = 1, .registry_option = option});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_when_a_deadline_passed_before_anybody_had_time,
                                        raw_count, raw_unharmed),
        cmocka_unit_test_setup_teardown(does_not_begin_what_is_too_late, raw_count, raw_unharmed),
    };

    return bed_finish(cmocka_run_group_tests_name("deadline", tests, up, bed_down));
}
