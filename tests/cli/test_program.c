/* SPDX-License-Identifier: Apache-2.0 */
/* test_program.c - call, names, status and wrong usage: what scripts see of jusha */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bed.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"

static void refuses_wrong_usage_with_two(void **state)
{
    struct bed *bed = *state;
    static const struct {
        const char *arguments[8], *told;
    } cases[] = {
        {{NULL}, "a subcommand is missing"},
        {{"fly"}, "there is no subcommand \"fly\""},
        {{"--fly"}, "there is no option \"--fly\""},
        {{"--timeout", "0", "status"}, "timeout must be 1-60000"},
        {{"--timeout", "1s", "status"}, "timeout must be 1-60000"},
        {{"--timeout", "60001", "status"}, "timeout must be 1-60000"},
        {{"call"}, "METHOD and JSON are needed"},
        {{"call", "ListUnits"}, "METHOD and JSON are needed"},
        {{"call", "ListUnits", "{}", "{}"}, "not more"},
        {{"call", "Fly", "{}"}, "there is no method \"Fly\""},
        {{"call", "Heads", "{}"}, "--service is missing"},
        {{"call", "ListUnits", "{}", "--request-id", "1"}, "no UUIDv7"},
        {{"load"}, "DIR is missing"},
        {{"load", "/tmp", "/var"}, "\"/var\" is one DIR too many"},
        {{"load", "/nowhere"}, "/nowhere is no folder"},
        {{"events"}, "--street or JUSHA_STREET is missing"},
        {{"events", "--street", "Xiasha"}, "a street is a slug"},
        {{"events", "--street", "xiasha", "--from", "x"}, "--from must be"},
        {{"events", "--street", "xiasha", "--from", "head"}, "--follow only"},
        {{"events", "--street", "xiasha", "--from", "1", "--cursor", "c"}, "both say where"},
        {{"events", "--street", "xiasha", "--service", "journal"}, "no service \"journal\""},
        {{"status", "all"}, "\"all\" is not expected"},
        {{"keys", "--folder", "/tmp"},
         "admit, create, init, list, renew, revoke or rotate is missing"},
        {{"call", "--after", "registry", "ListUnits", "{}"}, "--after must be SERVICE:SEQ"},
        {{"call", "--after", "bakery:1", "ListUnits", "{}"}, "there is no service \"bakery\""},
        {{"load", "--shift-weeks", "soon", "/tmp"}, "--shift-weeks must be"},
        {{"keys", "list"}, "--folder is missing"},
        {{"keys", "melt", "--folder", "/tmp"}, "not \"melt\""},
        {{"keys", "create", "x", "--folder", "/tmp"}, "needs NAME, --role and --streets"},
        {{"keys", "create", "registry", "--role=WORKER", "--streets=*", "--folder=/tmp"},
         "a foreign worker needs another name"},
        {{"keys", "create", "x", "--role", "KING", "--folder", "/tmp"}, "\"KING\" is no role"},
        {{"status", "--brokers", "nonsense"}, "are not HOST:PORT"},
        {{"status", "--brokers", ""}, "--brokers or JUSHA_BROKERS is missing"},
        {{"status", "--certificate", "/nowhere"}, "no certificate that can be read"},
        {{"status", "--broker-key", "/nowhere"}, "no certificate that can be read"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = program_run(bed->memory, cases[i].arguments);

        assert_contains(outcome.err, cases[i].told);
        assert_int_equal(outcome.code, 2);
        assert_string_equal(outcome.out, "");
    }
}

static void helps_from_the_table_of_subcommands(void **state)
{
    struct bed *bed = *state;
    static const char *const names[] = {"call", "describe", "load", "events", "status", "keys"};
    struct outcome all = bed_run(bed, "--help");

    assert_int_equal(all.code, 0);
    assert_contains(all.out, "Exit codes: 0 done");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct outcome one = bed_run(bed, names[i], "--help");

        assert_contains(all.out, mem_printf(bed->memory, "\n  %s", names[i]));
        assert_int_equal(one.code, 0);
        assert_contains(one.out, mem_printf(bed->memory, "Usage: jusha %s", names[i]));
        assert_contains(one.out, "JUSHA_BROKERS");
    }
}

static void calls_a_method_and_prints_its_answer(void **state)
{
    struct bed *bed = *state;
    struct outcome made = bed_run(bed, "--street", "xiasha", "call", "RegisterUnit", "--json",
                                  "{\"unit\": {\"name\": \"杭州联合银行\", \"kind\": \"BANK\"}}");

    assert_string_equal(made.err, "");
    assert_int_equal(made.code, 0);
    assert_string_equal(made.out,
                        "{\"unit\":{\"unitId\":\"unit-1\",\"name\":\"杭州联合银行\",\"kind\":"
                        "\"UNIT_KIND_BANK\",\"revision\":1}}\n");
    struct outcome pretty = bed_run(bed, "call", "ListUnits", "{}", "--street", "xiasha");
    assert_int_equal(pretty.code, 0);
    assert_contains(pretty.out, "\n      \"unitId\": \"u");
}

static void tells_a_refusal_with_field_and_rule(void **state)
{
    struct bed *bed = *state;
    static const char request[] = "{\"unit\": {\"name\": \"refuse me\", \"kind\": \"BANK\"}}";
    struct outcome people = bed_run(bed, "call", "--street", "xiasha", "RegisterUnit", request);
    struct outcome machine =
        bed_run(bed, "call", "--json", "--street", "xiasha", "RegisterUnit", request);

    assert_int_equal(people.code, 1);
    assert_string_equal(people.out, "");
    assert_string_equal(
        people.err, "INVALID_ARGUMENT a field is wrong\n  unit.kind: one_of: a field is wrong\n");
    assert_int_equal(machine.code, 1);
    assert_contains(machine.err, "\"code\":\"CODE_INVALID_ARGUMENT\"");
    assert_contains(machine.err, "\"violations\":[{\"field\":\"unit.kind\",\"rule\":\"one_of\","
                                 "\"message\":\"a field is wrong\"}]");
}

/* Machines get the ids and UTC; the street's zone is 8 hours ahead. */
static void names_what_it_may_know_in_local_time(void **state)
{
    struct bed *bed = *state;
    static const char request[] = "{\"unit\": {\"name\": \"refuse at 8\", \"kind\": \"BANK\"}}";

    bed_run(bed, "call", "CreateStreet", "--street=xiasha",
            "{\"street\": {\"street\": \"xiasha\", \"timeZone\": \"Asia/Shanghai\"}}");
    struct outcome people = bed_run(bed, "call", "--street=xiasha", "RegisterUnit", request);
    struct outcome machine =
        bed_run(bed, "call", "--json", "--street=xiasha", "RegisterUnit", request);
    assert_string_equal(people.err,
                        "FAILED_PRECONDITION \"杭州联合银行\" has it from 2026-07-01 08:30 on\n");
    assert_contains(machine.err, "01900000-0000-7000-8000-000000000001 has it from"
                                 " 2026-07-01T00:30:00Z on");
}

static void sends_no_request_that_is_none(void **state)
{
    struct bed *bed = *state;
    static const struct {
        const char *json, *told;
    } cases[] = {
        {"{", "json"},
        {"[]", "type"},
        {"{\"unit\": {\"colour\": 1}}", "unit.colour: unknown_field"},
        {"{\"unit\": {\"kind\": \"BAKERY\"}}", "unit.kind: enum"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome =
            bed_run(bed, "call", "--street", "xiasha", "RegisterUnit", cases[i].json);

        assert_contains(outcome.err, cases[i].told);
        assert_int_equal(outcome.code, 2);
    }
    assert_int_equal(toy_count(bed->toy, "Register"), 0);
}

static void gives_up_with_three_when_nobody_answers(void **state)
{
    struct bed *bed = *state;

    toy_mute(bed->toy, true);
    struct outcome silent =
        bed_run(bed, "call", "--street", "xiasha", "ListUnits", "{}", "--timeout", "300");
    assert_int_equal(silent.code, 3);
    assert_contains(silent.err, "UNKNOWN");
    struct outcome nobody = bed_run(bed, "call", "--street", "xiasha", "ListUnits", "{}",
                                    "--timeout", "300", "--brokers", "127.0.0.1:1");
    assert_int_equal(nobody.code, 3);
    assert_contains(nobody.err, "DEADLINE_EXCEEDED");
}

/* Whoever does not know whether it was done asks again with the same id: by this very line, which a
 * shell understands whatever stands in it. */
static void tells_how_to_ask_again_with_the_same_id(void **state)
{
    struct bed *bed = *state;
    static const char *const lines[][7] = {
        {"--street", "xiasha", "call", "RegisterUnit", "{\"unit\": {\"name\": \"it's\"}}"},
        {"--street=xiasha", "call", "--", "RegisterUnit",
         "{\"unit\": {\"name\": \"~ $HOME `x` !\"}}"},
        {"call", "RegisterUnit", "--street=xiasha", "--", "{\"unit\":\n {\"name\": \"*;#\\\\\"}}"},
    };

    setenv("JUSHA_TIMEOUT", "400", 1);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        toy_mute(bed->toy, true);
        struct outcome unknown = program_run(bed->memory, lines[i]);
        assert_int_equal(unknown.code, 3);
        char *id = strstr(unknown.err, "request_id: ") + strlen("request_id: ");
        char *line = strstr(id, "\n  ") + strlen("\n  ");
        line = strstr(line, "\n  ") + strlen("\n  ");
        assert_contains(line, mem_printf(bed->memory, " call --request-id %.36s ", id));

        toy_mute(bed->toy, false);
        setenv("JUSHA_TIMEOUT", "20000", 1);
        if (system(mem_printf(bed->memory, "%s >/dev/null", line)) != 0)
            fail_msg("it cannot be typed: %s", line);
        setenv("JUSHA_TIMEOUT", "400", 1);
    }
    unsetenv("JUSHA_TIMEOUT");
    toy_mute(bed->toy, true);
    struct outcome machine =
        bed_run(bed, "--street", "xiasha", "call", "ListUnits", "{}", "--timeout", "300", "--json");
    assert_contains(machine.err, "\"requestId\":\"");
}

static void says_what_may_have_been_meant(void **state)
{
    struct bed *bed = *state;
    static const struct {
        const char *arguments[6], *told;
    } cases[] = {
        {{"cal"}, "did you mean \"call\"?"},
        {{"call", "listunits", "{}"}, "did you mean \"ListUnits\"?"},
        {{"describe", "RegsiterUnit"}, "did you mean \"RegisterUnit\"?"},
        {{"status", "--brokesr", "x"}, "did you mean \"--brokers\"?"},
        {{"events", "--service", "regisrty"}, "did you mean \"registry\"?"},
        {{"keys", "creat", "--folder=/tmp"}, "did you mean \"create\"?"},
        {{"keys", "create", "x", "--role=STREETSTAFF"}, "did you mean \"STREET_STAFF\"?"},
        {{"call", "RegisterUnit", "{\"unit\": {\"knd\": 1}}"}, "did you mean \"kind\"?"},
        {{"call", "RegisterUnit", "{\"unit\": {\"kind\": \"BNAK\"}}"},
         "PUBLIC_UTILITY, HOSPITAL, SCHOOL, UNIVERSITY, BANK"},
        {{"call", "RegisterUnit", "{\"unit\": {\"kind\": \"BNAK\"}}"}, "did you mean \"BANK\"?"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = program_run(bed->memory, cases[i].arguments);

        assert_contains(outcome.err, cases[i].told);
        assert_int_equal(outcome.code, 2);
    }
    struct outcome strange = bed_run(bed, "bicycle");
    assert_null(strstr(strange.err, "did you mean"));
}

static void describes_fields_roles_and_rules(void **state)
{
    struct bed *bed = *state;
    struct outcome people = bed_run(bed, "describe", "RegisterUnit");
    struct outcome machine = bed_run(bed, "describe", "RegisterUnit", "--json");
    struct outcome all = bed_run(bed, "describe", "--rules", "--json");

    assert_contains(people.out, "STREET_STAFF (street)");
    assert_contains(people.out, "unit.party_organisation.member_count  uint32");
    assert_contains(people.out, "UnitKind: GOVERNMENT, PUBLIC_SECURITY");
    assert_contains(people.out, "unit.name                             ALREADY_EXISTS");
    assert_contains(machine.out, "{\"field\":\"unit.name\",\"code\":\"INVALID_ARGUMENT\",\"rule\":"
                                 "\"length\",\"params\":{\"min\":1,\"max\":120}}");
    assert_contains(all.out, "\"rule\":\"electives_min\"");
}

static void names_positions_that_the_answer_must_hold(void **state)
{
    struct bed *bed = *state;
    char after[TOY_AFTER];

    bed_run(bed, "call", "--street", "xiasha", "ListUnits", "{}", "--after", "registry:7");
    toy_after(bed->toy, after);
    assert_string_equal(after, "registry:7");
    bed_run(bed, "call", "--street", "xiasha", "ListUnits", "{}");
    toy_after(bed->toy, after);
    assert_string_equal(after, "");
}

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

/* Each request is a step of its own in the caller's trace. */
static void goes_on_the_trace_of_whoever_runs_it(void **state)
{
    static const struct {
        const char *traceparent, *option; /* given */
        const char *begins, *ends;        /* of what is sent */
    } cases[] = {
        {"00-" TRACE "-" PARENT "-00", NULL, "00-" TRACE "-", "-00"},
        {"00-" TRACE "-" PARENT "-01", NULL, "00-" TRACE "-", "-01"},
        {"00-" TRACE "-" PARENT "-00", "--trace", "00-" TRACE "-", "-01"},
        {"nonsense", NULL, "00-", "-00"},
        {"", "--trace", "00-", "-01"},
    };
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sent[TOY_TRACE];

        setenv("TRACEPARENT", cases[i].traceparent, 1);
        struct outcome outcome =
            bed_run(bed, "call", "--street", "xiasha", "ListUnits", "{}", cases[i].option);
        toy_trace(bed->toy, sent);
        assert_true(text_is_traceparent(sent));
        assert_int_equal(strncmp(sent, cases[i].begins, strlen(cases[i].begins)), 0);
        assert_string_equal(sent + strlen(sent) - 3, cases[i].ends);
        assert_null(strstr(sent, PARENT));
        sent[35] = '\0';
        assert_int_equal(strstr(outcome.err, sent + 3) != NULL, cases[i].option != NULL);
    }
    unsetenv("TRACEPARENT");
}

static void lists_all_methods(void **state)
{
    struct bed *bed = *state;
    struct outcome outcome = bed_run(bed, "call", "--list");

    assert_int_equal(outcome.code, 0);
    assert_contains(outcome.out, "jusha.registry.v1.RegistryService/RegisterUnit");
}

/* The toy follows itself and is half-way. */
static void shows_how_far_followers_are_behind(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 4; i++)
        bed_run(bed, "call", "--street", "xiasha", "RegisterUnit",
                "{\"unit\": {\"name\": \"x\", \"kind\": \"BANK\"}}");
    struct outcome people = bed_run(bed, "status");
    struct outcome machine = bed_run(bed, "status", "--json");
    assert_contains(people.out, "follower  journal of  street  at  head  behind\n"
                                "registry  registry    xiasha   2     4       2\n");
    assert_contains(machine.out,
                    "{\"follower\":\"registry\",\"service\":\"registry\",\"street\":\"xiasha\","
                    "\"seq\":2,\"reached\":2,\"head\":4,\"behind\":2}");
}

static void shows_brokers_and_heads_of_known_services(void **state)
{
    struct bed *bed = *state;
    struct outcome people = bed_run(bed, "status");
    struct outcome machine = bed_run(bed, "status", "--json");

    assert_string_equal(people.err, "");
    assert_int_equal(people.code, 0);
    assert_contains(people.out, "registry      xiasha      registry");
    assert_contains(people.out, "journal of  street  head\nregistry    xiasha     0\n");
    json_t *all = json_loads(machine.out, 0, NULL);
    assert_non_null(all);
    assert_int_equal(json_array_size(json_object_get(all, "heads")), 1); /* echo was not asked */
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(all, "brokers"), 0), "state")),
                        "up");
    json_decref(all);
}

static void shows_a_broker_that_is_away(void **state)
{
    struct bed *bed = *state;
    const char *brokers = mem_printf(bed->memory, "%s,127.0.0.1:1", toy_address(bed->toy));
    struct outcome outcome = bed_run(bed, "status", "--brokers", brokers);

    assert_int_equal(outcome.code, 3);
    assert_contains(outcome.out, "127.0.0.1:1");
    assert_contains(outcome.out, "UNAVAILABLE");
    assert_contains(outcome.out, "registry      xiasha");
}

/* What it alone knows is not known: neither its head nor how far others are behind it. */
static void shows_a_service_that_is_away(void **state)
{
    struct bed *bed = *state;

    toy_away(bed->toy, "selection");
    struct outcome people = bed_run(bed, "status");
    struct outcome machine = bed_run(bed, "status", "--json");
    assert_int_equal(people.code, 3);
    assert_contains(people.out, "selection     away           0\n");
    assert_contains(people.out, "registry  selection   xiasha   1     ?       ?\n");
    assert_int_equal(machine.code, 3);
    assert_contains(machine.out, "\"head\":null,\"behind\":null");
}

/* One line, not the log's beside it. */
static void tells_a_fault_once(void **state)
{
    struct bed *bed = *state;
    struct outcome outcome = bed_run(bed, "status", "--certificate", "/nowhere");

    assert_string_equal(outcome.err,
                        "jusha: /nowhere is no certificate that can be read: No such file"
                        " or directory\n");
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, bed_fresh, bed_sweep)
    const struct CMUnitTest tests[] = {
        on_bed(refuses_wrong_usage_with_two),
        on_bed(helps_from_the_table_of_subcommands),
        on_bed(calls_a_method_and_prints_its_answer),
        on_bed(tells_a_refusal_with_field_and_rule),
        on_bed(names_what_it_may_know_in_local_time),
        on_bed(sends_no_request_that_is_none),
        on_bed(gives_up_with_three_when_nobody_answers),
        on_bed(tells_how_to_ask_again_with_the_same_id),
        on_bed(says_what_may_have_been_meant),
        on_bed(describes_fields_roles_and_rules),
        on_bed(names_positions_that_the_answer_must_hold),
        on_bed(goes_on_the_trace_of_whoever_runs_it),
        on_bed(lists_all_methods),
        on_bed(shows_brokers_and_heads_of_known_services),
        on_bed(shows_how_far_followers_are_behind),
        on_bed(shows_a_broker_that_is_away),
        on_bed(shows_a_service_that_is_away),
        on_bed(tells_a_fault_once),
    };
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
