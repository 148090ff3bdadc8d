/* SPDX-License-Identifier: Apache-2.0 */
/* test_trace.c - what one request did, from logs as people collect them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bed.h"
#include "libcommon/base/mem.h"

#define ID "019336a0-0000-7000-8000-00000000000a"
#define HOLDER "019336a0-0000-7000-8000-00000000000b"
#define OTHER "019336a0-0000-7000-8000-00000000000c"
#define TRACE "0af7651916cd43dd8448eb211c80319c"

#define ROUTED                                                                                     \
    "ts=2026-11-30T12:00:01.000Z level=info event=routed id=" ID " trace=" TRACE                   \
    " street=xiasha service=registry caller=office why=slow waited_ms=100 worker_ms=900"           \
    " whole_ms=1000 worker=registry/00e6 code= rule="
#define REQUEST                                                                                    \
    "ts=2026-11-30T12:00:00.999Z level=info event=request id=" ID " trace=" TRACE                  \
    " street=xiasha service=registry method=jusha.registry.v1.RegistryService/UpdateUnit"          \
    " kind=command caller=office asked_before=no why=slow queue_ms=20 lock_ms=600 database_ms=278" \
    " whole_ms=898 batch=2 code=OK rule= replayed=no events=1 seq=7"
/* Had the street for all that time. */
#define HOLDS                                                                                      \
    "ts=2026-11-30T12:00:00.700Z level=info event=request id=" HOLDER " trace= street=xiasha"      \
    " service=registry method=jusha.registry.v1.RegistryService/ImportUnits kind=command"          \
    " caller=office asked_before=no why=slow queue_ms=0 lock_ms=0 database_ms=700 whole_ms=700"    \
    " batch=1 code=OK rule= replayed=no events=9 seq=6"
#define REACTION                                                                                   \
    "ts=2026-11-30T12:00:02.000Z level=info event=reaction id=" OTHER " trace=" TRACE              \
    " street=xiasha service=selection method= kind=command source=registry source_seq=7 cause=" ID \
    " why=slow queue_ms=0 lock_ms=0 database_ms=800 whole_ms=800 batch=1 code=OK rule="            \
    " replayed=no events=0 seq=0"
#define AS_JSON                                                                                    \
    "{\"ts\":\"2026-11-30T12:00:01.000Z\",\"level\":\"info\",\"event\":\"routed\",\"id\":\"" ID    \
    "\",\"trace\":\"" TRACE "\",\"street\":\"xiasha\",\"service\":\"registry\",\"caller\":"        \
    "\"office\",\"waited_ms\":100,\"worker_ms\":900,\"whole_ms\":1000,\"worker\":"                 \
    "\"registry/00e6\",\"code\":\"\",\"rule\":\"\"}"

static struct outcome trace(struct bed *bed, const char *id, const char *log, const char *option)
{
    return bed_run(bed, "trace", id, bed_file(bed, "seen.log", log), option);
}

static void tells_a_request_step_by_step(void **state)
{
    static const char *const steps[] = {
        "12:00:00.000  100  broker     waits in its street's queue, asked by office\n",
        "12:00:00.100  900  broker     is at registry/00e6\n",
        "12:00:00.101    0  registry   takes UpdateUnit\n",
        "12:00:00.101   20  registry   waits for a batch",
        ("12:00:00.121  600  registry   waits for the street's lock, behind " HOLDER "\n"),
        "12:00:00.721  278  registry   is in the database, in a batch of 2\n",
        "12:00:00.999    0  registry   ends with OK; events: 1, the last is 7\n",
        "12:00:01.200    0  selection  reacts to event 7 of registry\n",
        "12:00:01.200  800  selection  is in the database, in a batch of 1\n",
        "12:00:02.000    0  selection  ends with OK\n",
    };
    struct outcome outcome =
        trace(*state, ID, REACTION "\nnoise\n" REQUEST "\n" HOLDS "\n" ROUTED "\n", NULL);
    const char *at = outcome.out;

    assert_int_equal(outcome.code, 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const char *found = strstr(at, steps[i]);
        if (found == NULL) {
            fail_msg("\"%s\" is not behind the others in\n%s", steps[i], outcome.out);
            return;
        }
        at = found;
    }
}

static void finds_a_trace_by_its_own_id_too(void **state)
{
    struct outcome outcome = trace(*state, TRACE, REQUEST "\n" HOLDS "\n" REACTION "\n", NULL);

    assert_int_equal(outcome.code, 0);
    assert_contains(outcome.out, "takes UpdateUnit");
    assert_contains(outcome.out, "reacts to event 7 of registry");
    assert_null(strstr(outcome.out, "ImportUnits"));
}

static void reads_lines_as_they_are_collected(void **state)
{
    static const struct {
        const char *line, *program;
    } cases[] = {
        {ROUTED "\n", "broker  "},
        {ROUTED, "broker  "},
        {"broker-1_1    | " ROUTED "\n", "broker (broker-1_1)  "},
        {"\x1b[36mbroker-1_1    |\x1b[0m " ROUTED "\n", "broker (broker-1_1)  "},
        {"Nov 30 12:00:01 host jusha-broker[123]: " ROUTED "\n", "broker (jusha-broker[123])  "},
        {"{\"log\":\"" ROUTED "\\n\",\"stream\":\"stderr\",\"time\":\"x\"}\n", "broker  "},
        {"{\"MESSAGE\":\"" ROUTED "\",\"PRIORITY\":\"6\"}\n", "broker  "},
        {AS_JSON "\n", "broker  "},
        {"broker-1_1    | " AS_JSON "\n", "broker (broker-1_1)  "},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = trace(*state, ID, cases[i].line, NULL);

        assert_int_equal(outcome.code, 0);
        assert_contains(outcome.out, cases[i].program);
        assert_contains(outcome.out, "is at registry/00e6");
    }
}

static void passes_over_what_is_none_of_ours(void **state)
{
    static const char *const lines[] = {
        "",
        "\n",
        "ts=2026\n",
        "{\"ts\":\"2026\n",
        "{\"ts\":\"2026-11-30\", \"event\":[]}\n",
        "{\"log\":17}\n",
        ("[\"" ID "\"]\n"),
        "\x1b\n",
        "\x1b[36m",
        ("ts=2026 event=\"\xff\" id=" ID "\n"),
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct outcome outcome = trace(*state, ID, lines[i], NULL);

        assert_int_equal(outcome.code, 1);
        assert_contains(outcome.err, "no line is of " ID);
    }
}

static void speaks_json_to_machines(void **state)
{
    struct outcome outcome = trace(*state, ID, REQUEST "\n" HOLDS "\n", "--json");

    assert_int_equal(outcome.code, 0);
    assert_contains(outcome.out,
                    "\"at\":\"2026-11-30T12:00:00.121Z\",\"ms\":600,\"program\":"
                    "\"registry\",\"origin\":\"\",\"id\":\"" ID "\",\"step\":\"lock\","
                    "\"what\":\"waits for the street's lock\",\"behind\":[\"" HOLDER "\"]}\n");
}

static void refuses_what_is_no_id_and_a_file_that_is_not_there(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(bed_run(bed, "trace").code, 2);
    assert_int_equal(bed_run(bed, "trace", "xiasha").code, 2);
    assert_int_equal(bed_run(bed, "trace", ID, "/nowhere/seen.log").code, 2);
}

#define on_bed(function) cmocka_unit_test_setup_teardown(function, bed_fresh, bed_sweep)

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_bed(tells_a_request_step_by_step),
        on_bed(finds_a_trace_by_its_own_id_too),
        on_bed(reads_lines_as_they_are_collected),
        on_bed(passes_over_what_is_none_of_ours),
        on_bed(speaks_json_to_machines),
        on_bed(refuses_what_is_no_id_and_a_file_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
