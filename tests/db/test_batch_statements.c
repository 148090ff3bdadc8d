/* SPDX-License-Identifier: Apache-2.0 */
/* test_batch_statements.c - a refusal is the one of the statement that makes it, however many
 * statements a command has */
#include "bed_registry.h"

#include "libcommon/base/mem.h"
#include "libcommon/service/database/convert.h"
#include "libcommon/service/method/object.h"
#include "services/registry/unit/unit.h"

enum { MANY = 3 * 2048 /* more than are kept in a queue */ };

STATEMENT(missing, .sql = "SELECT 1 WHERE :one::int = 2", .with = "one",
          .one_row = {STATUS_NOT_FOUND, "first", "exists", "the first is not there"});
STATEMENT(broken, .sql = "SELECT 1 / (:one::int - 1)", .with = "one");
STATEMENT(harmless, .sql = "SELECT 1");

/* A command with this handler in place of its own. */
static struct call *call_of(struct bed *bed, enum status (*command)(struct call *call))
{
    struct call *call =
        bed_call(bed, "RegisterUnit", bed_json(bed, "{'unit': {'name': 'a', 'kind': 'BANK'}}"));
    struct endpoint *endpoint = mem_new(call, struct endpoint);
    struct method *row = mem_new(call, struct method);

    *endpoint = *call->endpoint;
    *row = *endpoint->row;
    row->command = command;
    endpoint->row = row;
    call->endpoint = endpoint;
    return call;
}

static void begin_with(struct call *call, const struct db_stmt *stmt)
{
    const struct db_param one = NAMED(one, param_int(call, 1));

    db_do_more(call, stmt, NULL, &one, 1);
}

static enum status go_on_for_long(struct call *call)
{
    for (int i = 0; i < MANY; i++)
        db_do(call, &harmless, NULL);
    return STATUS_OK;
}

static enum status misses_one_of_many(struct call *call)
{
    begin_with(call, &missing);
    return go_on_for_long(call);
}

static enum status breaks_one_of_many(struct call *call)
{
    begin_with(call, &broken);
    return go_on_for_long(call);
}

/* Alone, and among others, where it runs under a savepoint. */
static void assert_refused(struct bed *bed, enum status (*command)(struct call *call),
                           enum status status, const char *field)
{
    batch_after_late_refusal = NULL; /* that is what they do */
    for (int others = 0; others < 2; others++) {
        struct call *calls[] = {call_of(bed, command),
                                bed_call(bed, "RegisterUnit",
                                         bed_json(bed, "{'unit': {'name': 'b', 'kind': 'BANK'}}"))};
        batch_run(&bed->slot, calls, others ? 2 : 1);
        assert_int_equal(calls[0]->status, status);
        assert_string_equal(calls[0]->violations.count ? calls[0]->violations.item[0].field : "",
                            field);
        if (others)
            assert_int_equal(calls[1]->status, STATUS_OK);
        bed_free(calls[0]);
        bed_free(calls[1]);
    }
    bed_assert_journal(bed, 2);
}

static void a_row_that_is_missing_among_thousands_of_statements_refuses(void **state)
{
    assert_refused(*state, misses_one_of_many, STATUS_NOT_FOUND, "first");
}

static void an_error_among_thousands_of_statements_refuses(void **state)
{
    assert_refused(*state, breaks_one_of_many, STATUS_INTERNAL, "");
}

/* What was queued before is answered as the object is loaded. */
static enum status load_behind_a_missing_row(struct call *call)
{
    Registry__Unit *unit = wire_new(call, &registry__unit__descriptor);

    begin_with(call, &missing);
    unit->unit_id = call_new_id(call);
    return object_load(call, &unit_object, "second", &unit->base);
}

static enum status load_what_is_missing(struct call *call)
{
    Registry__Unit *unit = wire_new(call, &registry__unit__descriptor);

    db_do(call, &harmless, NULL);
    unit->unit_id = call_new_id(call);
    return object_load(call, &unit_object, "second", &unit->base);
}

static void what_is_missing_is_told_of_its_own_statement(void **state)
{
    assert_refused(*state, load_behind_a_missing_row, STATUS_NOT_FOUND, "first");
}

static void what_is_missing_is_told_by_the_field_of_its_loader(void **state)
{
    assert_refused(*state, load_what_is_missing, STATUS_NOT_FOUND, "second");
}

/* ---- a row that nobody can read ---- */

/* As somebody stores it by hand. */
static const char *unreadable_unit(struct bed *bed)
{
    const char *id =
        bed_make(bed, "RegisterUnit", bed_json(bed, "{'unit': {'name': 'c', 'kind': 'BANK'}}"));

    bed_sql(bed,
            "UPDATE registry.unit SET party_organisation = '[1]'"
            " WHERE street = '%s' AND unit_id = '%s'",
            bed->street, id);
    return id;
}

static void a_row_that_is_unreadable_fails_its_call_alone(void **state)
{
    struct bed *bed = *state;
    char *json = bed_json(
        bed, "{'unit': {'unitId': '%s', 'name': 'd', 'revision': 1}, 'updateMask': 'name'}",
        unreadable_unit(bed));
    struct call *calls[] = {
        bed_call(bed, "RegisterUnit", bed_json(bed, "{'unit': {'name': 'a', 'kind': 'BANK'}}")),
        bed_call(bed, "UpdateUnit", json),
        bed_call(bed, "RegisterUnit", bed_json(bed, "{'unit': {'name': 'b', 'kind': 'BANK'}}"))};

    batch_after_late_refusal = NULL; /* rows are read before anything is written */
    batch_run(&bed->slot, calls, 3);
    assert_int_equal(calls[0]->status, STATUS_OK);
    bed_assert_outcome(calls[1], STATUS_INTERNAL, "", "unreadable");
    assert_int_equal(calls[2]->status, STATUS_OK);
    for (int i = 0; i < 3; i++)
        bed_free(calls[i]);
    bed_assert_journal(bed, 4); /* the street, the row, two others */
}

static void a_row_that_is_unreadable_fails_its_query_alone(void **state)
{
    struct bed *bed = *state;
    struct call *calls[] = {
        bed_call(bed, "ListCommunities", "{}"),
        bed_call(bed, "GetUnit", bed_json(bed, "{'unitId': '%s'}", unreadable_unit(bed))),
        bed_call(bed, "ListCommunities", "{}")};

    query_run(&bed->slot, calls, 3);
    assert_int_equal(calls[0]->status, STATUS_OK);
    bed_assert_outcome(calls[1], STATUS_INTERNAL, "", "unreadable");
    assert_int_equal(calls[2]->status, STATUS_OK);
    for (int i = 0; i < 3; i++)
        bed_free(calls[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_that_is_missing_among_thousands_of_statements_refuses),
        TEST(an_error_among_thousands_of_statements_refuses),
        TEST(what_is_missing_is_told_of_its_own_statement),
        TEST(what_is_missing_is_told_by_the_field_of_its_loader),
        TEST(a_row_that_is_unreadable_fails_its_call_alone),
        TEST(a_row_that_is_unreadable_fails_its_query_alone),
    };

    return cmocka_run_group_tests_name("batch_statements", tests, NULL, NULL);
}
