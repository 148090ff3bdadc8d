/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_two_workers.c - one street, two brokers, two registries, and one thing after the other dies
 *
 * After every story each command that was answered OK is in the tables exactly once, and each that
 * was not becomes so by asking again with its request_id.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "tests/system/crowd.h"

enum {
    HELD_UP_MAX_MS = 5000,    /* by a worker that stops, a broker that dies */
    DATABASE_BACK_MS = 10000, /* from the database's return until service */
    DRAIN_MAX_MS = 25000,
};

static const enum status only_ok[] = {STATUS_OK};
/* A queue may be full when less is served than is asked. */
static const enum status ask_again[] = {STATUS_UNAVAILABLE, STATUS_UNKNOWN,
                                        STATUS_DEADLINE_EXCEEDED, STATUS_RESOURCE_EXHAUSTED,
                                        STATUS_OK};

static void writes_a_journal_without_gaps(void **state)
{
    struct crowd *crowd = crowd_new(*state, (struct crowd_options){16, BROKERS, 0});
    int64_t start_ms = clock_monotonic_ms();

    crowd_send(crowd, 2000);
    crowd_wait(crowd, WAIT_MS);
    int64_t took_ms = clock_monotonic_ms() - start_ms;
    crowd_assert_only(crowd, only_ok);
    crowd_assert_done(crowd);
    report("4000 commands of one street by two brokers and two registries: %lld ms, %lld a second",
           (long long)took_ms, 4000000LL / (long long)(took_ms ? took_ms : 1));
    talloc_free(crowd);
}

/* ---- the same request by both brokers at once ---- */

static uint64_t send_twin(struct bed *bed, struct client *client, const char *id, int number)
{
    char json[80];

    snprintf(json, sizeof json, "{\"unit\": {\"name\": \"twin %d\", \"kind\": \"BANK\"}}", number);
    return client_send(client,
                       &(struct client_request){.service = "registry",
                                                .street = bed->street,
                                                .request_id = id,
                                                .method = bed_method("RegisterUnit"),
                                                .payload = bed_pack(bed, "RegisterUnit", json)});
}

static void answers_a_request_that_came_by_both_brokers_alike(void **state)
{
    enum { TWINS = 300 };
    struct bed *bed = *state;
    struct client *client[BROKERS];
    uint64_t number[BROKERS][TWINS];
    long before = bed_number(bed, "SELECT count(*) FROM registry.journal");

    for (size_t i = 0; i < BROKERS; i++)
        client[i] = bed_client(bed, STAFF, i);
    for (int twin = 0; twin < TWINS; twin++) {
        char id[ID_CHARS + 1];
        id_new(id);
        for (size_t i = 0; i < BROKERS; i++)
            number[i][twin] = send_twin(bed, client[i], id, twin);
    }
    for (int twin = 0; twin < TWINS; twin++) {
        struct client_reply reply[BROKERS];
        for (size_t i = 0; i < BROKERS; i++) {
            assert_true(client_take(client[i], bed->memory, number[i][twin], WAIT_MS, &reply[i]));
            assert_int_equal(reply[i].header->code, TYPE__CODE__CODE_OK);
        }
        assert_int_equal(reply[0].payload.len, reply[1].payload.len);
        assert_memory_equal(reply[0].payload.data, reply[1].payload.data, reply[0].payload.len);
        assert_int_equal(reply[0].header->position->seq, reply[1].header->position->seq);
        assert_int_equal(reply[0].header->replayed + reply[1].header->replayed, 1);
    }
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM registry.journal"), before + TWINS);
    for (size_t i = 0; i < BROKERS; i++)
        talloc_free(client[i]);
}

/* ---- a registry dies, stalls, goes down ---- */

static void loses_nothing_when_a_registry_is_killed(void **state)
{
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){8, BROKERS, 20000});

    crowd_send(crowd, 2000);
    crowd_wait_answers(crowd, 500);
    int64_t killed_ms = clock_monotonic_ms();
    size_t answered = crowd_answered(crowd);
    process_kill(&bed->registry[0]);
    crowd_wait(crowd, WAIT_MS);
    report("registry killed with %zu of 5000 commands answered: %zu OK in the end, longest wait "
           "%lld ms",
           answered, crowd_count(crowd, STATUS_OK), (long long)crowd_longest_ms(crowd, killed_ms));
    crowd_assert_only(crowd, ask_again);
    crowd_resolve(crowd);
    crowd_assert_done(crowd);
    bed_start_registry(bed, 0);
    bed_wait_ready(bed);
    talloc_free(crowd);
}

static bool is_later(void *context)
{
    return clock_monotonic_ms() > *(const int64_t *)context;
}

/* Registry 0's sessions come by TCP. Some wait for its next word with a transaction open, ... */
static bool has_open_batch(void *context)
{
    return bed_number(context, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'registry'"
                               " AND client_port > 0 AND state <> 'idle'"
                               " AND wait_event = 'ClientRead'") > 0;
}

/* ... or none has anything to do. */
static bool has_open_batch_or_none(void *context)
{
    return has_open_batch(context) ||
           bed_number(context, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'registry'"
                               " AND client_port > 0 AND state <> 'idle'") == 0;
}

/* Stops registry 0 while it has a transaction open, with the street's lock or about to get it. */
static void stop_in_mid_batch(struct bed *bed, struct crowd *crowd)
{
    int64_t end_ms = deadline_ms();

    for (;;) {
        int64_t while_ms = clock_monotonic_ms() + 20;
        crowd_load(crowd, 600, is_later, &while_ms);
        process_stop(&bed->registry[0]);
        crowd_load(crowd, 600, has_open_batch_or_none, bed);
        if (has_open_batch(bed))
            return;
        process_continue(&bed->registry[0]);
        look_again(end_ms, "a registry stalls in mid-batch");
    }
}

/* Stops a registry that has a batch open, and tells how long anybody waited for an answer. */
static int64_t wait_of_a_stop(struct bed *bed)
{
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){8, BROKERS, 60000});

    stop_in_mid_batch(bed, crowd);
    int64_t stopped_ms = clock_monotonic_ms(), enough_ms = stopped_ms + HELD_UP_MAX_MS;
    crowd_load(crowd, 64, is_later, &enough_ms);
    crowd_wait(crowd, WAIT_MS);
    int64_t longest_ms = crowd_longest_ms(crowd, stopped_ms);
    report("registry stopped in mid-batch: longest wait %lld ms", (long long)longest_ms);
    crowd_assert_only(crowd, only_ok);
    process_continue(&bed->registry[0]);
    bed_wait_ready(bed);
    crowd_send(crowd, 1000);
    crowd_wait(crowd, WAIT_MS);
    crowd_assert_only(crowd, only_ok);
    crowd_assert_done(crowd);
    talloc_free(crowd);
    return longest_ms;
}

/* Nobody is refused, ever; that nobody waits longer than the bound must show in one of a few tries,
 * since a busy machine adds to it what it likes. */
static void is_held_up_by_a_stopped_registry_for_moments_only(void **state)
{
    enum { TRIES = 4 };
    int64_t shortest_ms = INT64_MAX;

    for (int i = 0; i < TRIES && shortest_ms > HELD_UP_MAX_MS; i++) {
        int64_t longest_ms = wait_of_a_stop(*state);
        shortest_ms = longest_ms < shortest_ms ? longest_ms : shortest_ms;
    }
    assert_in_range(shortest_ms, 0, HELD_UP_MAX_MS);
}

static void answers_what_it_has_when_told_to_go(void **state)
{
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){8, BROKERS, 20000});

    crowd_send(crowd, 2000);
    crowd_wait_answers(crowd, 200);
    kill(bed->registry[0].pid, SIGTERM);
    crowd_wait(crowd, WAIT_MS);
    assert_int_equal(process_end(&bed->registry[0], 0, DRAIN_MAX_MS), 0);
    crowd_assert_only(crowd, only_ok);

    /* The last one goes: what it has is answered, what waits is taken by its successor. */
    crowd_send(crowd, 2000);
    crowd_wait_answers(crowd, 3200);
    kill(bed->registry[1].pid, SIGTERM);
    bed_start_registry(bed, 0);
    crowd_wait(crowd, WAIT_MS);
    assert_int_equal(process_end(&bed->registry[1], 0, DRAIN_MAX_MS), 0);
    crowd_assert_only(crowd, only_ok);
    crowd_assert_done(crowd);
    bed_start_registry(bed, 1);
    bed_wait_ready(bed);
    talloc_free(crowd);
}

/* ---- a broker dies ---- */

static void goes_on_by_the_other_broker(void **state)
{
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){8, BROKERS, 20000});

    for (size_t i = 0; i < BROKERS; i++) {
        crowd_send(crowd, 2000);
        crowd_wait_answers(crowd, crowd_sent(crowd) - 1800);
        int64_t killed_ms = clock_monotonic_ms(), enough_ms = killed_ms + 1000;
        process_kill(&bed->broker[i]);
        crowd_load(crowd, 64, is_later, &enough_ms);
        crowd_wait(crowd, WAIT_MS);
        report("broker %zu killed: longest wait %lld ms", i,
               (long long)crowd_longest_ms(crowd, killed_ms));
        assert_in_range(crowd_longest_ms(crowd, killed_ms), 0, HELD_UP_MAX_MS);
        crowd_assert_only(crowd, only_ok);
        bed_start_broker(bed, i);
        bed_wait_ready(bed);
    }
    crowd_assert_done(crowd);
    talloc_free(crowd);
}

/* ---- the database is restarted ---- */

struct command_line {
    pid_t pid;
    int64_t ended_ms;
};

static struct command_line cluster(const char *verb)
{
    const char *program = bed_environment("JUSHA_CLUSTER");
    struct command_line command = {.pid = fork()};

    assert_int_not_equal(command.pid, -1);
    if (command.pid == 0) {
        execl(program, program, verb, NULL);
        _exit(127);
    }
    return command;
}

static bool has_ended(void *context)
{
    struct command_line *command = context;
    int status;

    if (waitpid(command->pid, &status, WNOHANG) == 0)
        return false;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    command->ended_ms = clock_monotonic_ms();
    return true;
}

static bool all_ready(void *context)
{
    struct bed *bed = context;

    return process_http(&bed->registry[0], "/readyz") == 200 &&
           process_http(&bed->registry[1], "/readyz") == 200;
}

static bool none_ready(void *context)
{
    struct bed *bed = context;

    return process_http(&bed->registry[0], "/readyz") == 503 &&
           process_http(&bed->registry[1], "/readyz") == 503;
}

static void loses_no_answer_when_the_database_is_restarted(void **state)
{
    struct bed *bed = *state;
    struct crowd *crowd = crowd_new(bed, (struct crowd_options){8, BROKERS, 2000});

    crowd_send(crowd, 500);
    crowd_wait_answers(crowd, 200);
    struct command_line stop = cluster("stop");
    crowd_load(crowd, 200, has_ended, &stop);
    crowd_load(crowd, 200, none_ready, bed);
    struct command_line start = cluster("start");
    crowd_load(crowd, 200, has_ended, &start);
    crowd_load(crowd, 200, all_ready, bed);
    int64_t back_ms = clock_monotonic_ms() - start.ended_ms;
    crowd_wait(crowd, WAIT_MS);
    report("database restarted: service again after %lld ms; %zu commands, %zu OK at once,"
           " %zu UNAVAILABLE, %zu UNKNOWN, %zu DEADLINE_EXCEEDED",
           (long long)back_ms, crowd_sent(crowd), crowd_count(crowd, STATUS_OK),
           crowd_count(crowd, STATUS_UNAVAILABLE), crowd_count(crowd, STATUS_UNKNOWN),
           crowd_count(crowd, STATUS_DEADLINE_EXCEEDED));
    assert_in_range(back_ms, 0, DATABASE_BACK_MS);
    crowd_assert_only(crowd, ask_again);
    crowd_resolve(crowd);
    crowd_assert_done(crowd);
    talloc_free(crowd);
}

static int up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = REGISTRIES});
}

static int times_said(const struct process *process, const char *text)
{
    char line[4096];
    int times = 0;
    FILE *log = fopen(process->log, "r");

    assert_non_null(log);
    while (fgets(line, sizeof line, log))
        times += strstr(line, text) != NULL;
    fclose(log);
    return times;
}

/* Stops the broker until both turned away from it. Did it hear both say so when it went on? */
static bool hears_who_left_meanwhile(struct bed *bed)
{
    static const char silent[] = "event=broker_silent";
    static const char died[] = "jusha_broker_workers_died_total",
                      left[] = "jusha_broker_workers_left_total";
    const struct process *broker = &bed->broker[0];
    long died_before = process_metric(broker, died), left_before = process_metric(broker, left);
    int64_t end_ms = deadline_ms();
    int said_before[INSTANCES];

    for (size_t i = 0; i < INSTANCES; i++)
        said_before[i] = times_said(&bed->registry[i], silent);
    process_stop(&bed->broker[0]);
    for (size_t i = 0; i < INSTANCES; i++)
        while (times_said(&bed->registry[i], silent) == said_before[i])
            look_again(end_ms, "they turn away from it");
    process_continue(&bed->broker[0]);
    while (process_metric(broker, left) + process_metric(broker, died) <
           left_before + died_before + INSTANCES)
        look_again(end_ms, "both are gone");
    process_wait_metric(broker, "jusha_broker_workers", INSTANCES);
    return process_metric(broker, left) == left_before + INSTANCES;
}

/* The broker stalls, not they: what they have must not count as what kills workers. When it goes on
 * it may, seldom, end a connection whose time is over before it reads what came by it. */
static void leaves_a_stopped_broker_with_a_word(void **state)
{
    enum { TRIES = 4 };
    bool heard = false;

    for (int try = 0; !heard && try < TRIES; try++)
        heard = hears_who_left_meanwhile(*state);
    assert_true(heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(writes_a_journal_without_gaps),
        bed_story(answers_a_request_that_came_by_both_brokers_alike),
        bed_story(loses_nothing_when_a_registry_is_killed),
        bed_story(is_held_up_by_a_stopped_registry_for_moments_only),
        bed_story(answers_what_it_has_when_told_to_go),
        bed_story(goes_on_by_the_other_broker),
        bed_story(leaves_a_stopped_broker_with_a_word),
        bed_story(loses_no_answer_when_the_database_is_restarted),
    };

    return bed_finish(cmocka_run_group_tests_name("two workers", tests, up, bed_down));
}
