/* SPDX-License-Identifier: Apache-2.0 */
/* test_units.c - what is special about streets, communities and units */
#include "bed_registry.h"
#include "registry_unit.pb-c.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/bus/ports.h"
#include "services/registry/contract.h"
#include "services/registry/registry.h"

/* A copy of json with value in the place of '$'; four of them live at a time. */
static const char *with(const char *json, const char *value)
{
    static char text[4][600];
    static int next;
    const char *place = strchr(json, '$');

    assert_non_null(place);
    next = (next + 1) % 4;
    snprintf(text[next], sizeof text[next], "%.*s%s%s", (int)(place - json), json, value,
             place + 1);
    return text[next];
}

static void refuses_a_second_unit_of_the_same_name(void **state)
{
    struct bed *bed = *state;

    bed_ok(bed, "RegisterUnit", "{\"unit\": {\"name\": \"杭州联合银行\", \"kind\": \"BANK\"}}");
    bed_refused(bed, "RegisterUnit",
                "{\"unit\": {\"name\": \" 杭州联合银行\\u3000\", \"kind\": \"BANK\"}}",
                STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street");
    /* full-width letters are the same to people */
    bed_ok(bed, "RegisterUnit", "{\"unit\": {\"name\": \"ABC 超市\", \"kind\": \"SHOP\"}}");
    bed_refused(bed, "RegisterUnit", "{\"unit\": {\"name\": \"ＡＢＣ 超市\", \"kind\": \"SHOP\"}}",
                STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street");
    bed_assert_journal(bed, 3);
}

static void frees_name_and_code_of_a_unit_that_withdrew(void **state)
{
    struct bed *bed = *state;
    const char *unit = "{\"unit\": {\"name\": \"金沙湖实验学校\", \"kind\": \"SCHOOL\","
                       " \"creditCode\": \"91330100799655058B\"}}";
    struct call *call = bed_run(bed, bed_call(bed, "RegisterUnit", unit));
    const Registry__RegisterUnitResponse *response = call->response;

    assert_int_equal(call->status, STATUS_OK);
    bed_refused(bed, "RegisterUnit",
                "{\"unit\": {\"name\": \"另一所\", \"kind\": \"SCHOOL\","
                " \"creditCode\": \"91330100799655058B\"}}",
                STATUS_ALREADY_EXISTS, "unit.credit_code", "unique_in_street");
    bed_ok(bed, "ChangeUnit",
           with("{\"unitId\": \"$\", \"action\": \"WITHDRAW\", \"reason\": \"搬迁\","
                " \"revision\": 1}",
                response->unit->unit_id));
    bed_ok(bed, "RegisterUnit", unit);
    bed_free(call);
}

static void checks_the_credit_codes_last_character(void **state)
{
    static const struct {
        const char *code;
        bool valid;
    } codes[] = {
        {"91330100799655058B", true},  {"91330100799655058C", false},
        {"91330100799655058", false},  {"91330100799655058BR", false},
        {"9133010079965505IB", false}, {"91330100799655058b", false},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char json[200];
        snprintf(json, sizeof json,
                 "{\"unit\": {\"name\": \"u%zu\", \"kind\": \"OTHER\", \"creditCode\": \"%s\"}}", i,
                 codes[i].code);
        if (codes[i].valid)
            bed_ok(bed, "RegisterUnit", json);
        else
            bed_refused(bed, "RegisterUnit", json, STATUS_INVALID_ARGUMENT, "unit.credit_code",
                        "credit_code");
    }
}

static void ignores_what_only_the_server_sets(void **state)
{
    struct bed *bed = *state;
    struct call *call =
        bed_run(bed, bed_call(bed, "RegisterUnit",
                              "{\"unit\": {\"unitId\": \"not mine to say\", \"name\": \"a\","
                              " \"kind\": \"BANK\", \"status\": \"SIGNED\", \"revision\": 77,"
                              " \"createTime\": \"2001-01-01T00:00:00Z\"}}"));
    const Registry__Unit *unit = ((Registry__RegisterUnitResponse *)call->response)->unit;

    assert_int_equal(call->status, STATUS_OK);
    assert_int_equal(unit->status, REGISTRY__UNIT_STATUS__UNIT_STATUS_PROSPECT);
    assert_int_equal(unit->revision, 1);
    assert_int_equal(strlen(unit->unit_id), ID_CHARS);
    assert_true(unit->create_time->seconds > 1000000000 + 700000000);
    bed_free(call);
}

static void gives_back_what_was_stored(void **state)
{
    struct bed *bed = *state;
    struct call *made = bed_run(
        bed, bed_call(bed, "RegisterUnit",
                      "{\"unit\": {\"name\": \"龙湖\\\"物业\\\\\", \"kind\": \"PROPERTY_MANAGER\","
                      " \"creditCode\": \"91330100799655058B\", \"address\": \"{a,b}\","
                      " \"partyOrganisation\": {\"name\": \"支部\", \"memberCount\": 12}}}"));
    const Registry__Unit *unit = ((Registry__RegisterUnitResponse *)made->response)->unit;

    assert_int_equal(made->status, STATUS_OK);
    struct call *read =
        bed_run(bed, bed_call(bed, "GetUnit", with("{\"unitId\": \"$\"}", unit->unit_id)));
    assert_int_equal(read->status, STATUS_OK);
    const Registry__Unit *stored = ((Registry__GetUnitResponse *)read->response)->unit;
    ProtobufCBinaryData a = wire_pack(made, &unit->base), b = wire_pack(read, &stored->base);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    bed_free(made);
    bed_free(read);
}

static void updates_only_the_fields_under_the_mask(void **state)
{
    struct bed *bed = *state;
    const char *id = bed_unit(bed, "旧名");

    bed_ok(bed, "UpdateUnit",
           with("{\"unit\": {\"unitId\": \"$\", \"name\": \"新名\", \"kind\": \"SHOP\","
                " \"revision\": 1}, \"updateMask\": \"name\"}",
                id));
    struct call *call = bed_run(bed, bed_call(bed, "GetUnit", with("{\"unitId\": \"$\"}", id)));
    const Registry__Unit *unit = ((Registry__GetUnitResponse *)call->response)->unit;
    assert_string_equal(unit->name, "新名");
    assert_int_equal(unit->kind, REGISTRY__UNIT_KIND__UNIT_KIND_BANK);
    assert_int_equal(unit->revision, 2);
    bed_free(call);
    bed_assert_journal(bed, 3);
}

static void says_nothing_when_an_update_changes_nothing(void **state)
{
    struct bed *bed = *state;
    const char *id = bed_unit(bed, "同名");

    bed_ok(bed, "UpdateUnit",
           with("{\"unit\": {\"unitId\": \"$\", \"name\": \" 同名\", \"revision\": 1},"
                " \"updateMask\": \"name,address\"}",
                id));
    bed_assert_journal(bed, 2);
}

static void refuses_updates_that_are_stale_or_of_what_is_not_theirs(void **state)
{
    static const struct {
        const char *json; /* '$' stands for the unit's id */
        enum status status;
        const char *field, *rule;
    } cases[] = {
        {"{\"unit\": {\"unitId\": \"$\", \"name\": \"b\", \"revision\": 7}, \"updateMask\": "
         "\"name\"}",
         STATUS_ABORTED, "unit.revision", "stale"},
        {"{\"unit\": {\"unitId\": \"$\", \"name\": \"b\"}, \"updateMask\": \"name\"}",
         STATUS_INVALID_ARGUMENT, "unit.revision", "required"},
        {"{\"unit\": {\"unitId\": \"$\", \"name\": \"b\", \"revision\": 1}}",
         STATUS_INVALID_ARGUMENT, "update_mask", "required"},
        {"{\"unit\": {\"unitId\": \"$\", \"revision\": 1}, \"updateMask\": \"status\"}",
         STATUS_INVALID_ARGUMENT, "update_mask.paths[0]", "not_updatable"},
        {"{\"unit\": {\"unitId\": \"$\", \"revision\": 1}, \"updateMask\": \"name\"}",
         STATUS_INVALID_ARGUMENT, "unit.name", "length"},
        {"{\"unit\": {\"unitId\": \"019336a0-0000-7000-8000-000000000000\", \"name\": \"$\","
         " \"revision\": 1}, \"updateMask\": \"name\"}",
         STATUS_NOT_FOUND, "unit.unit_id", "exists"},
    };
    struct bed *bed = *state;
    const char *id = bed_unit(bed, "a");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        bed_refused(bed, "UpdateUnit", with(cases[i].json, id), cases[i].status, cases[i].field,
                    cases[i].rule);
    bed_assert_journal(bed, 2);
}

static void pages_through_a_list_without_missing_or_repeating(void **state)
{
    enum { UNITS = 23 };
    struct bed *bed = *state;
    char token[400] = "", seen[UNITS] = {0}, name[20], json[600];
    int pages = 0, number;

    for (int i = 0; i < UNITS; i++) {
        snprintf(name, sizeof name, "unit %d", i);
        bed_unit(bed, name);
    }
    do {
        snprintf(json, sizeof json, "{\"kind\": \"BANK\", \"pageSize\": 5, \"pageToken\": \"%s\"}",
                 token);
        struct call *call = bed_run(bed, bed_call(bed, "ListUnits", json));
        const Registry__ListUnitsResponse *response = call->response;
        assert_int_equal(call->status, STATUS_OK);
        for (size_t i = 0; i < response->n_units; i++) {
            assert_int_equal(sscanf(response->units[i]->name, "unit %d", &number), 1);
            seen[number]++;
        }
        snprintf(token, sizeof token, "%s", response->next_page_token);
        if (token[0]) /* of this filter only */
            bed_refused(bed, "ListUnits", with("{\"kind\": \"SHOP\", \"pageToken\": \"$\"}", token),
                        STATUS_INVALID_ARGUMENT, "page_token", "page_token");
        bed_free(call);
        pages++;
    } while (token[0]);
    assert_int_equal(pages, 5);
    for (int i = 0; i < UNITS; i++)
        assert_int_equal(seen[i], 1);
}

static size_t count_units(struct bed *bed, const char *method, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, method, json));
    const Registry__ListUnitsResponse *response = call->response;

    assert_int_equal(call->status, STATUS_OK);
    size_t count = response->n_units; /* BatchGetUnits has it in the same place */
    bed_free(call);
    return count;
}

static void filters_lists_and_leaves_unknown_ids_out_of_batches(void **state)
{
    struct bed *bed = *state;
    const char *id = bed_unit(bed, "杭州联合银行");

    bed_unit(bed, "100%_银行");
    bed_ok(bed, "RegisterUnit", "{\"unit\": {\"name\": \"学校\", \"kind\": \"SCHOOL\"}}");
    assert_int_equal(count_units(bed, "ListUnits", "{}"), 3);
    assert_int_equal(count_units(bed, "ListUnits", "{\"kind\": \"BANK\"}"), 2);
    assert_int_equal(count_units(bed, "ListUnits", "{\"nameContains\": \"联合\"}"), 1);
    assert_int_equal(count_units(bed, "ListUnits", "{\"nameContains\": \"%_\"}"), 1);
    bed_ok(bed, "RegisterUnit", "{\"unit\": {\"name\": \"ABC商贸（杭州）\", \"kind\": \"SHOP\"}}");
    assert_int_equal(count_units(bed, "ListUnits", "{\"nameContains\": \"abc\"}"), 1);
    assert_int_equal(count_units(bed, "ListUnits", "{\"nameContains\": \"ｂＣ商\"}"), 1);
    assert_int_equal(count_units(bed, "ListUnits", "{\"nameContains\": \"(杭\u200b州)\"}"), 1);
    assert_int_equal(count_units(bed, "ListUnits", "{\"status\": \"SIGNED\"}"), 0);
    assert_int_equal(
        count_units(bed, "BatchGetUnits",
                    with("{\"unitIds\": [\"$\", \"019336a0-0000-7000-8000-000000000000\"]}", id)),
        1);
}

static void clears_what_the_mask_names_and_the_request_leaves_out(void **state)
{
    struct bed *bed = *state;
    struct call *made = bed_run(bed, bed_call(bed, "RegisterUnit",
                                              "{\"unit\": {\"name\": \"a\", \"kind\": \"BANK\","
                                              " \"partyOrganisation\": {}}}"));
    const char *id = ((Registry__RegisterUnitResponse *)made->response)->unit->unit_id;

    struct call *call =
        bed_run(bed, bed_call(bed, "UpdateUnit",
                              with("{\"unit\": {\"unitId\": \"$\", \"revision\": 1},"
                                   " \"updateMask\": \"partyOrganisation\"}",
                                   id)));
    assert_int_equal(call->status, STATUS_OK);
    assert_null(((Registry__UpdateUnitResponse *)call->response)->unit->party_organisation);
    assert_int_equal(((Registry__UpdateUnitResponse *)call->response)->unit->revision, 2);
    bed_free(call);
    bed_free(made);
}

static void changes_a_final_unit_no_more(void **state)
{
    struct bed *bed = *state;
    const char *id = bed_unit(bed, "gone");

    bed_ok(bed, "ChangeUnit",
           with("{\"unitId\": \"$\", \"action\": \"WITHDRAW\", \"reason\": \"-\", \"revision\": 1}",
                id));
    bed_refused(bed, "UpdateUnit",
                with("{\"unit\": {\"unitId\": \"$\", \"name\": \"b\", \"revision\": 2},"
                     " \"updateMask\": \"name\"}",
                     id),
                STATUS_FAILED_PRECONDITION, "unit.status", "final");
    bed_assert_journal(bed, 3);
}

/* A newer version may run beside this one. */
static void reads_what_a_newer_version_stored(void **state)
{
    struct bed *bed = *state;
    const char *id = bed_unit(bed, "a");

    assert_int_equal(bed_number(bed,
                                "WITH changed AS (UPDATE registry.unit SET party_organisation ="
                                " '{\"name\": \"x\", \"addedLater\": 1}' WHERE unit_id = '%s'"
                                " RETURNING 1) SELECT count(*) FROM changed",
                                id),
                     1);
    struct call *call = bed_run(bed, bed_call(bed, "GetUnit", with("{\"unitId\": \"$\"}", id)));
    const Registry__Unit *unit = ((Registry__GetUnitResponse *)call->response)->unit;
    assert_int_equal(call->status, STATUS_OK);
    assert_string_equal(unit->party_organisation->name, "x");
    bed_free(call);
}

/* 200 units at the limits of their texts are more than a message may hold. */
static void cuts_a_page_before_it_outgrows_a_message(void **state)
{
    struct bed *bed = *state;
    size_t units = 0, pages = 0;
    char token[400] = "", json[600];

    assert_int_equal(
        bed_number(
            bed,
            "WITH made AS (INSERT INTO registry.unit SELECT '%s', gen_random_uuid(),"
            " repeat('沙', 116) || n, 'OTHER', '', '{\"name\": \"%s\"}',"
            " repeat('𠮷', 200), 'PROSPECT', now(), now(), 1 FROM generate_series(100, 299) n"
            " RETURNING 1) SELECT count(*) FROM made",
            bed->street, "一个党支部"),
        200);
    do {
        snprintf(json, sizeof json, "{\"pageSize\": 200, \"pageToken\": \"%s\"}", token);
        struct call *call = bed_run(bed, bed_call(bed, "ListUnits", json));
        const Registry__ListUnitsResponse *response = call->response;
        assert_int_equal(call->status, STATUS_OK);
        assert_true(call->reply.len < MESSAGE_BYTES_MAX);
        units += response->n_units;
        pages++;
        snprintf(token, sizeof token, "%s", response->next_page_token);
        bed_free(call);
    } while (token[0]);
    assert_int_equal(units, 200);
    assert_int_equal(pages, 2);
}

static void founds_a_street_once(void **state)
{
    struct bed *bed = *state;
    struct call *call = bed_run(
        bed, bed_call_as(bed, BUS__ROLE__ROLE_OPERATOR, bed->street, "CreateStreet", NULL,
                         "{\"street\": {\"name\": \"a\", \"timeZone\": \"Asia/Shanghai\"}}"));

    assert_int_equal(call->status, STATUS_ALREADY_EXISTS);
    assert_string_equal(call->violations.item[0].field, "street");
    bed_free(call);
    bed_ok(bed, "UpdateStreet",
           "{\"street\": {\"office\": {\"phone\": \"0571-8691 0000\"}, \"revision\": 1},"
           " \"updateMask\": \"office\"}");
    bed_refused(bed, "UpdateStreet",
                "{\"street\": {\"office\": {\"phone\": \"call me\"}, \"revision\": 2},"
                " \"updateMask\": \"office\"}",
                STATUS_INVALID_ARGUMENT, "street.office.phone", "phone");
    bed_refused(bed, "UpdateStreet",
                "{\"street\": {\"timeZone\": \"Mars/Olympus\", \"revision\": 2},"
                " \"updateMask\": \"timeZone\"}",
                STATUS_INVALID_ARGUMENT, "street.time_zone", "time_zone");
    bed_assert_journal(bed, 2);
}

/* The runtime counts days by its own copy. */
static void keeps_the_streets_zone_where_days_are_counted(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.stream WHERE street = '%s'"
                                " AND time_zone = 'Asia/Shanghai'",
                                bed->street),
                     1);
    bed_ok(bed, "UpdateStreet",
           "{\"street\": {\"timeZone\": \"Asia/Urumqi\", \"revision\": 1},"
           " \"updateMask\": \"timeZone\"}");
    assert_int_equal(bed_number(bed,
                                "SELECT count(*) FROM registry.stream WHERE street = '%s'"
                                " AND time_zone = 'Asia/Urumqi'",
                                bed->street),
                     1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(refuses_a_second_unit_of_the_same_name),
        TEST(frees_name_and_code_of_a_unit_that_withdrew),
        TEST(checks_the_credit_codes_last_character),
        TEST(ignores_what_only_the_server_sets),
        TEST(gives_back_what_was_stored),
        TEST(updates_only_the_fields_under_the_mask),
        TEST(says_nothing_when_an_update_changes_nothing),
        TEST(refuses_updates_that_are_stale_or_of_what_is_not_theirs),
        TEST(pages_through_a_list_without_missing_or_repeating),
        TEST(filters_lists_and_leaves_unknown_ids_out_of_batches),
        TEST(clears_what_the_mask_names_and_the_request_leaves_out),
        TEST(changes_a_final_unit_no_more),
        TEST(reads_what_a_newer_version_stored),
        TEST(cuts_a_page_before_it_outgrows_a_message),
        TEST(founds_a_street_once),
        TEST(keeps_the_streets_zone_where_days_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
