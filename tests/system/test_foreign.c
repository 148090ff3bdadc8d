/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_foreign.c - programs in Python and Node that know ZeroMQ and the .proto files, and none of
 * our code
 *
 * The examples of ops/examples run as they are; what they print and what they did is compared.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "tests/system/bed.h"

static const char python[] = "/usr/bin/python3", node[] = "/usr/bin/env";

struct example {
    const char *certificate, *program; /* .mjs: Node's */
    const char *arguments[3];          /* from the first NULL on there are none */
};

#define EXAMPLE(name, file, ...) (&(struct example){name, file, {__VA_ARGS__}})

static void start(struct bed *bed, struct process *process, const struct example *example)
{
    const char *program = example->program, *const *arguments = example->arguments;
    const char *script =
        mem_printf(bed->memory, "%s/%s", bed_environment("JUSHA_EXAMPLES"), program);

    snprintf(process->name, sizeof process->name, "%s", program);
    snprintf(process->log, sizeof process->log, "%s/%s-XXXXXX", bed->folder, program);
    assert_int_not_equal(mkstemp(process->log), -1);
    setenv("JUSHA_BROKERS", bed_brokers(0), 1);
    setenv("JUSHA_STREET", bed->street, 1);
    setenv("JUSHA_CERTIFICATE",
           mem_printf(bed->memory, "%s/%s.key_secret", bed->folder, example->certificate), 1);
    setenv("JUSHA_BROKER_KEY", mem_printf(bed->memory, "%s/broker.key", bed->folder), 1);
    if (strstr(program, ".mjs"))
        process_start(process, (const char *const[]){node, "node", script, arguments[0], NULL});
    else
        process_start(process, (const char *const[]){python, script, arguments[0], arguments[1],
                                                     arguments[2], NULL});
}

static char *output(struct bed *bed, const struct process *process)
{
    FILE *file = fopen(process->log, "re");
    char *text = mem_bytes(bed->memory, 8192);

    assert_non_null(file);
    text[fread(text, 1, 8191, file)] = 0;
    fclose(file);
    return text;
}

static void assert_prints(struct bed *bed, const struct process *process, const char *text)
{
    char *out = output(bed, process);

    if (!strstr(out, text))
        fail_msg("%s prints\n%s\nwithout '%s'", process->name, out, text);
}

static void need_python(void)
{
    if (system("/usr/bin/python3 -c 'import zmq, google.protobuf' 2>/dev/null") != 0 ||
        system("command -v protoc >/dev/null") != 0)
        skip();
}

static long units_named(struct bed *bed, const char *pattern)
{
    return bed_number(bed,
                      "SELECT count(*) FROM registry.unit WHERE street = '%s' AND name LIKE '%s'",
                      bed->street, pattern);
}

static void registers_units_with_and_without_the_empty_frame(void **state)
{
    struct bed *bed = *state;
    struct process client = {0};

    need_python();
    start(bed, &client, EXAMPLE("staff", "mdp_client.py", "register", "客人"));
    assert_int_equal(process_end(&client, 0, WAIT_MS), 0);
    assert_prints(bed, &client, "without empty frame: CODE_OK ");
    assert_prints(bed, &client, " 客人\n");
    assert_prints(bed, &client, "with empty frame: CODE_OK ");
    assert_prints(bed, &client, " 客人-2\n");
    assert_int_equal(units_named(bed, "客人%"), 2);

    start(bed, &client, EXAMPLE("staff", "mdp_client.py", "register", "客人"));
    assert_int_equal(process_end(&client, 0, WAIT_MS), 1);
    assert_prints(bed, &client, "without empty frame: CODE_ALREADY_EXISTS ");
    assert_int_equal(units_named(bed, "客人%"), 2);
}

static void is_told_why_it_may_not(void **state)
{
    struct bed *bed = *state;
    struct process client = {0};

    need_python();
    start(bed, &client, EXAMPLE("volunteer", "mdp_client.py", "register", "不可"));
    assert_int_equal(process_end(&client, 0, WAIT_MS), 1);
    assert_prints(bed, &client, "CODE_PERMISSION_DENIED");
    assert_int_equal(units_named(bed, "不可%"), 0);
}

static void wait_workers(struct bed *bed, long count)
{
    int64_t end_ms = deadline_ms();

    while (process_metric(&bed->broker[0], "jusha_broker_workers") != count)
        look_again(end_ms, "the worker comes or goes");
}

static void serves_a_method_of_its_own(void **state)
{
    static const char *const styles[] = {NULL, "--empty"};
    struct bed *bed = *state;
    struct process worker = {0}, client = {0};
    long workers = process_metric(&bed->broker[0], "jusha_broker_workers");

    need_python();
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        start(bed, &worker, EXAMPLE("poet", "mdp_worker.py", styles[i]));
        wait_workers(bed, workers + 1);
        start(bed, &client, EXAMPLE("staff", "mdp_client.py", "ask", "poet", "聚沙"));
        assert_int_equal(process_end(&client, 0, WAIT_MS), 0);
        assert_prints(bed, &client, "沙聚\n");
        assert_int_equal(process_end(&worker, SIGTERM, WAIT_MS), 0);
        wait_workers(bed, workers);
    }
}

static void hears_events_as_they_happen(void **state)
{
    struct bed *bed = *state;
    struct process subscriber = {0};
    int64_t end_ms = deadline_ms();
    int number = 0;

    need_python();
    start(bed, &subscriber, EXAMPLE("staff", "subscriber.py", "2"));
    while (!strstr(output(bed, &subscriber), "/registry/ head")) /* its first heartbeat */
        look_again(end_ms, "the subscriber hears");
    for (; number < 2; number++)
        bed_unit(bed, bed->client, bed->street,
                 mem_printf(bed->memory, "{\"unit\": {\"name\": \"听 %d\", \"kind\": \"BANK\"}}",
                            number));
    assert_int_equal(process_end(&subscriber, 0, WAIT_MS), 0);
    assert_prints(bed, &subscriber,
                  mem_printf(bed->memory, "%s/registry/UnitRegistered 00000000", bed->street));
}

/* Registers units until the program has printed so many lines with events of the registry. */
static void register_until(struct bed *bed, const struct process *process, const char *name,
                           int lines)
{
    const char *event = mem_printf(bed->memory, "%s/registry/UnitRegistered 0000", bed->street);
    int64_t end_ms = deadline_ms();

    for (int number = 0, seen = 0; seen < lines; number++) {
        bed_unit(bed, bed->client, bed->street,
                 mem_printf(bed->memory, "{\"unit\": {\"name\": \"%s %d\", \"kind\": \"BANK\"}}",
                            name, number));
        seen = 0;
        for (const char *at = output(bed, process); (at = strstr(at, event)); at++)
            seen++;
        assert_true(process_runs(process));
        look_again(end_ms, "the follower hears");
    }
}

enum { RELAY = 1 /* of the registry: it follows hints */ };

static void wait_followers(struct bed *bed, long count)
{
    int64_t end_ms = deadline_ms();

    while (process_metric(&bed->broker[0], "jusha_broker_followers") != count)
        look_again(end_ms, "the follower comes or goes");
}

/* In 25 lines: FOLLOW, PING, and FOLLOW again when it was forgotten. */
static void follows_events(void **state)
{
    static const char *const programs[] = {"follow.py", "follow.mjs"};
    struct bed *bed = *state;
    struct process follower = {0};
    const char *prefix = mem_printf(bed->memory, "%s/registry/", bed->street);

    need_python();
    wait_followers(bed, RELAY);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        start(bed, &follower, EXAMPLE("staff", programs[i], prefix));
        wait_followers(bed, RELAY + 1);
        register_until(bed, &follower, programs[i], 2);
        process_stop(&follower); /* says nothing: it is forgotten */
        wait_followers(bed, RELAY);
        process_continue(&follower);
        wait_followers(bed, RELAY + 1);
        register_until(bed, &follower, mem_printf(bed->memory, "%s again", programs[i]), 4);
        process_kill(&follower);
        wait_followers(bed, RELAY);
    }
}

static void is_told_that_it_may_not_follow(void **state)
{
    static const char *const programs[] = {"follow.py", "follow.mjs"};
    struct bed *bed = *state;
    struct process follower = {0};

    need_python();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        start(bed, &follower, EXAMPLE("staff", programs[i], "elsewhere/"));
        assert_int_equal(process_end(&follower, 0, WAIT_MS), 1);
        assert_prints(bed, &follower, "refused with code 7"); /* PERMISSION_DENIED */
    }
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1});
}

static void serves_with_credit(void **state)
{
    struct bed *bed = *state;
    struct process worker = {0}, client = {0};
    long workers = process_metric(&bed->broker[0], "jusha_broker_workers");

    need_python();
    start(bed, &worker, EXAMPLE("poet", "mdp_worker.py", "--credit", "4"));
    wait_workers(bed, workers + 1);
    start(bed, &client, EXAMPLE("staff", "mdp_client.py", "call", "poet", "聚沙"));
    assert_int_equal(process_end(&client, 0, WAIT_MS), 0);
    assert_prints(bed, &client, "沙聚\n");
    assert_int_equal(process_end(&worker, SIGTERM, WAIT_MS), 0);
    wait_workers(bed, workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(registers_units_with_and_without_the_empty_frame, bed_alive),
        cmocka_unit_test_teardown(is_told_why_it_may_not, bed_alive),
        cmocka_unit_test_teardown(serves_a_method_of_its_own, bed_alive),
        cmocka_unit_test_teardown(serves_with_credit, bed_alive),
        cmocka_unit_test_teardown(hears_events_as_they_happen, bed_alive),
        cmocka_unit_test_teardown(follows_events, bed_alive),
        cmocka_unit_test_teardown(is_told_that_it_may_not_follow, bed_alive),
    };

    return bed_finish(cmocka_run_group_tests_name("foreign", tests, up, bed_down));
}
