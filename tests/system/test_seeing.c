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

    if (!at)
        fail_msg("%s is not in %s", name, line);
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

/* Somebody's session holds the row for a while. */
static void hold_row_while_asked(struct bed *bed, const char *unit, const char *id,
                                 const char *trace)
{
    PGconn *holder = PQconnectdb(bed_environment("JUSHA_TEST_SUPERUSER_URL"));
    int64_t end_ms = deadline_ms();
    struct client_reply reply;

    PQclear(PQexec(holder, "BEGIN"));
    PQclear(PQexec(holder,
                   mem_printf(bed->memory,
                              "UPDATE registry.unit SET name = name WHERE unit_id = '%s'", unit)));
    uint64_t number = send_update(bed, unit, id, trace);
    while (bed_number(bed, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                           " AND datname = current_database()") == 0)
        look_again(end_ms, "a session that waits for the row");
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
    assert_has(request, "service=registry method=jusha.registry.v1.RegistryService/UpdateUnit");
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

static int set_up(void **state)
{
    return bed_up(state, (struct bed_options){.registries = 1, .others = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(a_slow_request_leaves_a_line_in_each_program_that_it_passed),
        bed_story(a_quick_request_leaves_none_unless_its_caller_asks_for_it),
    };

    return bed_finish(cmocka_run_group_tests(tests, set_up, bed_down));
}
