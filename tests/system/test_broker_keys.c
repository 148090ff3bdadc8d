/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_broker_keys.c - the brokers change their key while a caller asks and services serve
 *
 * Two brokers, one folder, a caller at 100 requests a second who is never started again, as nobody
 * is but the brokers. Each request is answered OK.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "tests/system/bed.h"

enum { EVERY_MS = 10, DRAIN_MAX_MS = 10000, OPEN_MAX = 2000 };

struct caller {
    struct bed *bed;
    struct client *client;
    ProtobufCBinaryData question;
    int64_t due_ms;
    unsigned sent, answered;
};

static void send_one(struct caller *caller)
{
    client_send(caller->client, &(struct client_request){.service = "registry",
                                                         .street = caller->bed->street,
                                                         .method = bed_method("ListUnits"),
                                                         .timeout_ms = WAIT_MS,
                                                         .payload = caller->question});
    caller->sent++;
}

/* Asks what is due and takes the answers that came. */
static void pump(struct caller *caller)
{
    struct client_reply reply;
    void *memory = mem_check(talloc_new(NULL));

    for (int64_t now = clock_monotonic_ms(); caller->due_ms <= now; caller->due_ms += EVERY_MS)
        if (caller->sent - caller->answered < OPEN_MAX)
            send_one(caller);
    while (client_next(caller->client, memory, EVERY_MS / 2, &reply)) {
        caller->answered++;
        if (reply.header->code != TYPE__CODE__CODE_OK)
            fail_msg("request %u: %d %s", caller->answered, (int)reply.header->code,
                     reply.header->message);
    }
    talloc_free(memory);
}

static void wait_answers(struct caller *caller)
{
    int64_t end_ms = deadline_ms();
    unsigned goal = caller->sent + 100;

    while (caller->answered < goal) {
        pump(caller);
        if (clock_monotonic_ms() > end_ms)
            fail_msg("%u of %u answered", caller->answered, goal);
    }
}

static void wait_workers(struct caller *caller, const struct process *broker)
{
    int64_t end_ms = deadline_ms();

    while (process_http(broker, "/readyz") != 200 ||
           process_metric(broker, "jusha_broker_workers") < SERVICES) {
        pump(caller);
        if (clock_monotonic_ms() > end_ms)
            fail_msg("%s lacks services", broker->name);
    }
}

/* ---- the steps of an operator ---- */

static void rotate(struct caller *caller, const char *option)
{
    static int count;
    struct process keys = {.name = "jusha keys"};
    const char *folder = mem_printf(caller->bed->memory, "--folder=%s", caller->bed->folder);

    snprintf(keys.log, sizeof keys.log, "%s/keys-%d.log", caller->bed->folder, ++count);
    process_start(&keys, (const char *[]){bed_environment("JUSHA_PROGRAM"), "keys", "rotate",
                                          "broker", folder, option, NULL});
    if (process_end(&keys, 0, WAIT_MS) != 0)
        fail_msg("rotate broker %s: see %s", option ? option : "", keys.log);
}

static void restart(struct caller *caller, size_t index)
{
    struct process *broker = &caller->bed->broker[index];

    kill(broker->pid, SIGTERM);
    while (process_runs(broker)) /* else what it drains would have nobody who takes it */
        pump(caller);
    process_end(broker, 0, DRAIN_MAX_MS);
    bed_start_broker(caller->bed, index);
    wait_workers(caller, broker);
}

/* Who comes now has to find the one that has the last key. */
static void assert_found_by_who_comes_now(struct caller *caller, size_t index)
{
    struct bed *bed = caller->bed;
    const char *path = mem_printf(bed->memory, "%s/broker.key", bed->folder);
    struct client *fresh = client_new(bed->memory, bed->context, bed_brokers(index),
                                      &bed->key[STAFF], broker_keys_open(bed->memory, path));
    struct client_reply reply;

    assert_int_equal(bed_call(bed, fresh, bed->street, "ListUnits", "{\"pageSize\": 5}", &reply),
                     STATUS_OK);
    talloc_free(fresh);
}

static struct caller *caller_new(struct bed *bed)
{
    struct caller *caller = mem_new(bed->memory, struct caller);
    const char *path = mem_printf(bed->memory, "%s/broker.key", bed->folder);
    struct broker_keys *keys = broker_keys_open(bed->memory, path);

    assert_non_null(keys);
    caller->bed = bed;
    caller->client =
        client_new(bed->memory, bed->context, bed_brokers(BROKERS), &bed->key[STAFF], keys);
    caller->question = bed_pack(bed, "ListUnits", "{\"pageSize\": 5}");
    caller->due_ms = clock_monotonic_ms();
    return caller;
}

static void brokers_change_their_key_and_no_request_fails(void **state)
{
    struct bed *bed = *state;
    struct caller *caller = caller_new(bed);

    wait_answers(caller);
    rotate(caller, NULL);
    restart(caller, 0); /* of the present key, known to all, and of two keys now */
    wait_answers(caller);
    rotate(caller, "--finish");
    restart(caller, 0); /* of the next key, while the other one has the last */
    wait_answers(caller);
    assert_found_by_who_comes_now(caller, 1);
    restart(caller, 1);
    wait_answers(caller);
    rotate(caller, "--forget");
    wait_answers(caller);

    int64_t end_ms = deadline_ms();
    while (caller->answered < caller->sent) {
        caller->due_ms = INT64_MAX;
        pump(caller);
        assert_true(clock_monotonic_ms() < end_ms);
    }
    report("%u requests, each answered", caller->sent);
    talloc_free(caller->client);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(brokers_change_their_key_and_no_request_fails, bed_alive),
    };

    return bed_finish(cmocka_run_group_tests_name("broker_keys", tests, up, bed_down));
}
