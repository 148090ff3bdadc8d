/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_seeing.c - a request that is slow, as the logs of the programs that it passed tell it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "tests/system/bed.h"

enum { HELD_MS = 700 /* more than --log_slow_ms, less than lock_timeout */ };

#define TRACE "0af7651916cd43dd8448eb211c80319c"

/* The line of this event and request in the program's log, when it is there; "" until then. */
static const char *line_of(struct bed *bed, const struct process *process, const char *event,
                           const char *id)
{
    const char *found = "";
    char *line = NULL;
    size_t room = 0;
    FILE *log = fopen(process->log, "re");

    assert_non_null(log);
    while (getline(&line, &room, log) > 0)
        if (strstr(line, event) && strstr(line, id))
            found = mem_text(bed->memory, line);
    free(line);
    fclose(log);
    return found;
}

/* Of any of these: which broker a request goes by is its client's choice. */
static const char *wait_for_line(struct bed *bed, const struct process *processes, size_t count,
                                 const char *event, const char *id)
{
    int64_t end_ms = deadline_ms();
    const char *line = "";

    for (size_t i = 0; !*line; i = (i + 1) % count) {
        line = line_of(bed, &processes[i], event, id);
        if (!*line)
            look_again(end_ms, event);
    }
    return line;
}

static const char *wait_for_request(struct bed *bed, const char *id)
{
    return wait_for_line(bed, bed->registry, 1, "event=request", id);
}

static const char *wait_for_routed(struct bed *bed, const char *id)
{
    return wait_for_line(bed, bed->broker, BROKERS, "event=routed", id);
}

static long number_of(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    if (!at) {
        fail_msg("%s is not in %s", name, line);
        return 0;
    }
    return strtol(at + strlen(name), NULL, 10);
}

static void assert_has(const char *line, const char *part)
{
    if (!strstr(line, part))
        fail_msg("%s is not in %s", part, line);
}

static uint64_t send_update(struct bed *bed, const char *unit, const char *id, const char *trace)
{
    const char *json =
        mem_printf(bed->memory,
                   "{\"unit\": {\"unitId\": \"%s\", \"address\": \"1 Xiasha Road\", \"revision\":"
                   " \"1\"}, \"updateMask\": \"address\"}",
                   unit);

    return client_send(bed->client,
                       &(struct client_request){.service = "registry",
                                                .street = bed->street,
                                                .request_id = id,
                                                .method = bed_method("UpdateUnit"),
                                                .traceparent = trace,
                                                .payload = bed_pack(bed, "UpdateUnit", json)});
}

/* A session that holds the unit's row. */
static PGconn *hold_row(struct bed *bed, const char *unit)
{
    PGconn *holder = PQconnectdb(bed_environment("JUSHA_TEST_SUPERUSER_URL"));

    PQclear(PQexec(holder, "BEGIN"));
    PGresult *held = PQexec(
        holder,
        mem_printf(bed->memory, "UPDATE registry.unit SET name = name WHERE unit_id = '%s'", unit));
    assert_string_equal(PQcmdTuples(held), "1");
    PQclear(held);
    return holder;
}

static void wait_for_waiter(struct bed *bed)
{
    int64_t end_ms = deadline_ms();

    while (bed_number(bed, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                           " AND datname = current_database()") == 0)
        look_again(end_ms, "a session that waits for the row");
}

static void hold_row_while_asked(struct bed *bed, const char *unit, const char *id,
                                 const char *trace)
{
    PGconn *holder = hold_row(bed, unit);
    struct client_reply reply;
    uint64_t number = send_update(bed, unit, id, trace);

    wait_for_waiter(bed);
    nanosleep(&(struct timespec){.tv_nsec = HELD_MS * 1000000L}, NULL); /* so long is slow */
    PQfinish(holder);
    assert_true(client_take(bed->client, bed->memory, number, WAIT_MS, &reply));
    assert_int_equal(reply.header->code, TYPE__CODE__CODE_OK);
}

static void a_slow_request_leaves_a_line_in_each_program_that_it_passed(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, bed->client, bed->street,
                                "{\"unit\": {\"name\": \"seen\", \"kind\": \"BANK\"}}");
    char id[ID_CHARS + 1];

    id_new(id);
    hold_row_while_asked(bed, unit, id, "00-" TRACE "-b7ad6b7169203331-00");
    const char *request = wait_for_request(bed, id);
    assert_has(request, "trace=" TRACE);
    assert_has(request,
               "service=registry method=jusha.registry.v1.RegistryService/UpdateUnit kind=command");
    assert_has(request, "asked_before=no why=slow");
    assert_has(request, "code=OK rule= replayed=no events=1 ");
    assert_in_range(number_of(request, " database_ms="), HELD_MS - 100, WAIT_MS);
    assert_in_range(number_of(request, " whole_ms="), number_of(request, " database_ms="), WAIT_MS);
    assert_null(strstr(request, "Xiasha Road"));

    const char *routed = wait_for_routed(bed, id);
    assert_has(routed, "trace=" TRACE);
    assert_has(routed, "service=registry");
    assert_has(routed, "why=slow");
    assert_in_range(number_of(routed, " worker_ms="), HELD_MS - 100, WAIT_MS);
}

static void a_quick_request_leaves_none_unless_its_caller_asks_for_it(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, bed->client, bed->street,
                                "{\"unit\": {\"name\": \"quick\", \"kind\": \"BANK\"}}");
    struct client_reply reply;
    char id[2][ID_CHARS + 1];

    for (int traced = 0; traced < 2; traced++) {
        id_new(id[traced]);
        uint64_t number = send_update(bed, unit, id[traced],
                                      traced ? "00-" TRACE "-b7ad6b7169203331-01" : "nonsense");
        assert_true(client_take(bed->client, bed->memory, number, WAIT_MS, &reply));
    }
    assert_has(wait_for_request(bed, id[1]), "why=traced");
    assert_has(wait_for_routed(bed, id[1]), "why=traced");
    assert_string_equal(line_of(bed, &bed->registry[0], "event=request", id[0]), "");
}

/* ---- the page "A slow request" ---- */

/* The question that the page has for a superuser. */
static const char *question_of_page(struct bed *bed)
{
    const char *question = NULL;
    char *line = NULL;
    size_t room = 0;
    FILE *page = fopen(bed_environment("JUSHA_OPERATING"), "re");

    assert_non_null(page);
    while (!question && getline(&line, &room, page) > 0)
        if (strstr(line, "pg_blocking_pids"))
            question = mem_text(bed->memory, line);
    free(line);
    fclose(page);
    assert_non_null(question);
    return question;
}

/* Asks it until it names a session, and ends that as the page says. */
static long end_whoever_holds(struct bed *bed)
{
    const char *question = question_of_page(bed);
    int64_t end_ms = deadline_ms();
    long pid = 0;

    while ((pid = bed_number(bed, "SELECT coalesce(max(pid), 0) FROM (%s) q", question)) == 0)
        look_again(end_ms, "somebody who keeps others waiting");
    nanosleep(&(struct timespec){.tv_nsec = HELD_MS * 1000000L}, NULL); /* so long is slow */
    bed_number(bed, "SELECT pg_terminate_backend(%ld)::int", pid);
    return pid;
}

static const char *trace_of(struct bed *bed, const char *id)
{
    const char *command = mem_printf(bed->memory, "%s trace %s < /dev/null %s %s %s",
                                     bed_environment("JUSHA_PROGRAM"), id, bed->broker[0].log,
                                     bed->broker[1].log, bed->registry[0].log);
    char line[1000];
    const char *text = "";
    FILE *program = popen(command, "re");

    assert_non_null(program);
    while (fgets(line, sizeof line, program))
        text = mem_printf(bed->memory, "%s%s", text, line);
    assert_int_equal(pclose(program), 0);
    return text;
}

/* A forgotten session holds a row, a first request waits for the row, a second one for the first:
 * its trace names the first, and the page's question the session. */
static void the_page_finds_somebody_elses_lock(void **state)
{
    struct bed *bed = *state;
    const char *unit = bed_unit(bed, bed->client, bed->street,
                                "{\"unit\": {\"name\": \"held\", \"kind\": \"BANK\"}}");
    PGconn *holder = hold_row(bed, unit);
    char id[2][ID_CHARS + 1];
    uint64_t number[2];
    struct client_reply reply;

    for (int i = 0; i < 2; i++) {
        id_new(id[i]);
        number[i] = send_update(bed, unit, id[i], NULL);
        process_wait_metric(&bed->registry[0], "jusha_in_flight", i + 1);
        wait_for_waiter(bed);
    }
    assert_int_equal(end_whoever_holds(bed), PQbackendPID(holder));
    for (int i = 0; i < 2; i++)
        assert_true(client_take(bed->client, bed->memory, number[i], WAIT_MS, &reply));
    PQfinish(holder);

    wait_for_request(bed, id[1]);
    wait_for_routed(bed, id[1]);
    const char *second = trace_of(bed, id[1]);
    assert_has(second, mem_printf(bed->memory, "waits for a batch, behind %s", id[0]));
    assert_has(trace_of(bed, id[0]), "is in the database");
}

/* ---- metrics ---- */

/* What a scrape would have of it. */
static void counts_by_method_code_and_street(void **state)
{
    struct bed *bed = *state;
    const struct process *registry = &bed->registry[0];
    const char *street =
        mem_printf(bed->memory, "jusha_street_requests_total{street=\"%s\"}", bed->street);

    bed_unit(bed, bed->client, bed->street,
             "{\"unit\": {\"name\": \"counted\", \"kind\": \"BANK\"}}");
    process_wait_metric(registry, "jusha_requests_total{method=\"RegisterUnit\",code=\"OK\"}", 1);
    process_wait_metric(registry, street, 1);
    process_wait_metric(registry, "jusha_request_part_seconds_count{part=\"lock\"}", 1);
    process_wait_metric(registry, "process_open_fds", 1);
    process_wait_metric(&bed->broker[0], "process_open_fds", 1);
}

/* promtool is of Debian's package prometheus. */
static void prints_what_prometheus_takes(void **state)
{
    struct bed *bed = *state;
    const struct process *processes[] = {&bed->broker[0],
                                         &bed->registry[0],
                                         &bed->service[SELECTION_SERVICE][0],
                                         &bed->service[SCHEDULING_SERVICE][0],
                                         &bed->service[NOTIFICATION_SERVICE][0],
                                         NULL};

    if (system("command -v promtool >/dev/null") != 0) {
        report("promtool is not installed: it was not asked");
        return;
    }
    for (const struct process *const *process = processes; *process; process++) {
        FILE *promtool = popen("promtool check metrics >&2", "we");
        fputs(process_page(*process, "/metrics"), promtool);
        if (pclose(promtool) != 0)
            fail_msg("promtool finds fault with the metrics of %s", (*process)->name);
    }
}

static int set_up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(a_slow_request_leaves_a_line_in_each_program_that_it_passed),
        bed_story(a_quick_request_leaves_none_unless_its_caller_asks_for_it),
        bed_story(the_page_finds_somebody_elses_lock),
        bed_story(counts_by_method_code_and_street),
        bed_story(prints_what_prometheus_takes),
    };

    return bed_finish(cmocka_run_group_tests(tests, set_up, bed_down));
}
