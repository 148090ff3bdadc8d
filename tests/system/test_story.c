/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_story.c - the sample's story ends the same, whoever is restarted in the middle of it
 *
 * The story is told once undisturbed. Then it is told again in a new street for each service, for a
 * broker and for PostgreSQL, which is killed as soon as the street's journals have come so far, and
 * started again. Every line that the story says, and every kind of event that the journals hold,
 * must be what they were.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/id.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "tests/system/bed.h"

enum { STORY_MS = 120000 };

/* What was told, with the street's name taken out, and how many events of each type there are. */
struct ending {
    char *told, *events;
};

static struct ending undisturbed;

/* ---- the command line ---- */

static struct process program(struct bed *bed, const char *name, const char *street)
{
    struct process process = {.pid = 0};

    snprintf(process.name, sizeof process.name, "jusha %s", name);
    snprintf(process.log, sizeof process.log, "%s/%s-%s.log", bed->folder, name, street);
    return process;
}

static void make_keys(struct bed *bed, const char *street)
{
    struct certificate ignored;

    assert_int_equal(certificate_create(bed->folder, mem_printf(bed->memory, "%s.staff", street),
                                        BUS__ROLE__ROLE_STREET_STAFF, street, &ignored),
                     STATUS_OK);
    assert_int_equal(certificate_create(bed->folder,
                                        mem_printf(bed->memory, "%s.integrator", street),
                                        BUS__ROLE__ROLE_INTEGRATOR, street, &ignored),
                     STATUS_OK);
}

static void load(struct bed *bed, const char *street)
{
    struct process loader = program(bed, "load", street);
    const char *operator= mem_printf(bed->memory, "%s/operator.key_secret", bed->folder);

    setenv("JUSHA_CERTIFICATE",
           mem_printf(bed->memory, "%s/%s.staff.key_secret", bed->folder, street), true);
    process_start(&loader,
                  (const char *[]){bed_environment("JUSHA_PROGRAM"), "load",
                                   bed_environment("JUSHA_SAMPLE"), "--street", street,
                                   "--shift-weeks", "auto", "--operator-certificate", operator,
                                   NULL});
    if (process_end(&loader, 0, STORY_MS) != 0)
        fail_msg("the sample was not loaded, see %s", loader.log);
}

static char *read_file(struct bed *bed, const char *path)
{
    char *text = mem_bytes(bed->memory, 1 << 20);
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* Writes over what is another's in every run: the street's name, and ids. */
static char *without_names(char *text, const char *street)
{
    for (char *at = strstr(text, street); at; at = strstr(at, street))
        memset(at, '*', strlen(street));
    for (char *at = text; *at; at++) {
        char id[ID_CHARS + 1] = "";
        memcpy(id, at, strnlen(at, ID_CHARS));
        if (text_is_uuid(id))
            memset(at, '*', ID_CHARS);
    }
    return text;
}

/* The next line that is not of the log, which may tell of a connection that was lost. */
static char *next_line(char *text, char **rest)
{
    char *line = strtok_r(text, "\n", rest);

    while (line && strncmp(line, "ts=", 3) == 0)
        line = strtok_r(NULL, "\n", rest);
    return line;
}

/* Line by line, so that a failure shows the one that differs. */
static void assert_same_lines(char *text, char *expected)
{
    char *rest = NULL, *expected_rest = NULL;
    char *line = next_line(text, &rest), *expected_line = next_line(expected, &expected_rest);

    for (; line && expected_line;
         line = next_line(NULL, &rest), expected_line = next_line(NULL, &expected_rest))
        assert_string_equal(line, expected_line);
    assert_true(line == expected_line); /* both are at their end */
}

static struct ending end_of(struct bed *bed, const struct process *story, const char *street)
{
    (void)bed_number(bed, "SELECT 1"); /* reconnects */
    PGresult *rows = PQexec(
        bed->database,
        mem_printf(
            bed->memory,
            "SELECT string_agg(type || ' ' || n, E'\n' ORDER BY type) FROM (SELECT type, count(*) "
            "AS n"
            " FROM (SELECT * FROM registry.journal UNION ALL SELECT * FROM selection.journal"
            " UNION ALL SELECT * FROM scheduling.journal) j WHERE street = '%s' GROUP BY type) t",
            street));

    if (PQntuples(rows) != 1)
        fail_msg("%s", PQresultErrorMessage(rows));
    struct ending ending = {.told = without_names(read_file(bed, story->log), street),
                            .events = mem_text(bed->memory, PQgetvalue(rows, 0, 0))};
    PQclear(rows);
    return ending;
}

/* ---- a disturbance ---- */

struct disturbance {
    const char *journal; /* whose length says when */
    long events;         /* more than loading made */
    void (*disturb)(struct bed *bed);
};

static void wait_for_events(struct bed *bed, struct process *story, const char *street,
                            const struct disturbance *disturbance, long from)
{
    int64_t end_ms = deadline_ms();

    while (bed_number(bed, "SELECT count(*) FROM %s.journal WHERE street = '%s'",
                      disturbance->journal, street) < from + disturbance->events) {
        if (!process_runs(story))
            fail_msg("the story was over before anything was disturbed, see %s", story->log);
        look_again(end_ms, "the story goes on");
    }
}

static struct ending tell(struct bed *bed, const struct disturbance *disturbance)
{
    char street[16];
    struct process story;

    snprintf(street, sizeof street, "s%08x", randombytes_random());
    make_keys(bed, street);
    load(bed, street);
    story = program(bed, "story", street);
    long from = disturbance ? bed_number(bed, "SELECT count(*) FROM %s.journal WHERE street = '%s'",
                                         disturbance->journal, street)
                            : 0;
    process_start(&story, (const char *[]){bed_environment("JUSHA_STORY_PROGRAM"), "--street",
                                           street, "--keys", bed->folder, NULL});
    if (disturbance) {
        wait_for_events(bed, &story, street, disturbance, from);
        disturbance->disturb(bed);
    }
    if (process_end(&story, 0, STORY_MS) != 0)
        fail_msg("the story did not end well:\n%s", read_file(bed, story.log));
    return end_of(bed, &story, street);
}

static void assert_ends_the_same(struct bed *bed, const char *journal, long events,
                                 void (*disturb)(struct bed *bed))
{
    const struct disturbance disturbance = {journal, events, disturb};

    if (!undisturbed.told)
        undisturbed = tell(bed, NULL);
    struct ending ending = tell(bed, &disturbance);
    assert_same_lines(ending.told, mem_text(bed->memory, undisturbed.told));
    assert_same_lines(ending.events, mem_text(bed->memory, undisturbed.events));
}

static void restart_service(struct bed *bed, enum service service)
{
    process_kill(&bed->service[service][0]);
    bed_start_service(bed, service, 0);
}

static void restart_registry(struct bed *bed)
{
    restart_service(bed, REGISTRY_SERVICE);
}

static void restart_selection(struct bed *bed)
{
    restart_service(bed, SELECTION_SERVICE);
}

static void restart_scheduling(struct bed *bed)
{
    restart_service(bed, SCHEDULING_SERVICE);
}

static void restart_notification(struct bed *bed)
{
    restart_service(bed, NOTIFICATION_SERVICE);
}

static void restart_broker(struct bed *bed)
{
    process_kill(&bed->broker[0]);
    bed_start_broker(bed, 0);
}

static void restart_database(struct bed *bed)
{
    const char *cluster = bed_environment("JUSHA_CLUSTER");
    char *command = mem_printf(bed->memory, "'%s' stop && '%s' start", cluster, cluster);

    assert_int_equal(system(command), 0);
}

/* ---- the stories ---- */

static void ends_the_same_when_the_registry_is_restarted(void **state)
{
    assert_ends_the_same(*state, "selection", 5, restart_registry);
}

static void ends_the_same_when_selection_is_restarted(void **state)
{
    assert_ends_the_same(*state, "selection", 10, restart_selection);
}

static void ends_the_same_when_scheduling_is_restarted(void **state)
{
    assert_ends_the_same(*state, "scheduling", 40, restart_scheduling);
}

static void ends_the_same_when_notification_is_restarted(void **state)
{
    assert_ends_the_same(*state, "notification", 2, restart_notification);
}

static void ends_the_same_when_a_broker_is_restarted(void **state)
{
    assert_ends_the_same(*state, "selection", 8, restart_broker);
}

static void ends_the_same_when_the_database_is_restarted(void **state)
{
    assert_ends_the_same(*state, "scheduling", 5, restart_database);
}

static int up(void **state)
{
    int code = bed_up(state, (struct bed_options){.registries = 1, .others = 1});
    struct bed *bed = *state;

    setenv("JUSHA_BROKERS", bed_brokers(BROKERS), true);
    setenv("JUSHA_BROKER_KEY", mem_printf(bed->memory, "%s/broker.key", bed->folder), true);
    setenv("LC_ALL", "C.UTF-8", true);
    return code;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(ends_the_same_when_the_registry_is_restarted),
        bed_story(ends_the_same_when_selection_is_restarted),
        bed_story(ends_the_same_when_scheduling_is_restarted),
        bed_story(ends_the_same_when_notification_is_restarted),
        bed_story(ends_the_same_when_a_broker_is_restarted),
        bed_story(ends_the_same_when_the_database_is_restarted),
    };

    return bed_finish(cmocka_run_group_tests_name("story", tests, up, bed_down));
}
