/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_loads.c - two loads of one street at once, and one that is killed, double nothing
 *
 * Volunteers of one name are different people to the registry, so nothing but the lease keeps two
 * loads apart that find the same ones missing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "libcommon/base/mem.h"
#include "tests/system/bed.h"

enum { VOLUNTEERS = 1500, LOAD_MS = 120000 };

static char folder[80];

static int up(void **state)
{
    int failed = bed_up(state, (struct bed_options){.registries = 1, .others = 1});
    struct bed *bed = *state;
    char path[120];

    if (failed)
        return failed;
    snprintf(folder, sizeof folder, "%s/sheets", bed->folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(path, sizeof path, "%s/volunteers.csv", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("name\n", file);
    for (int i = 0; i < VOLUNTEERS; i++)
        fprintf(file, "志愿者%04d\n", i);
    fclose(file);
    setenv("JUSHA_BROKERS", bed_brokers(BROKERS), true);
    setenv("JUSHA_BROKER_KEY", mem_printf(bed->memory, "%s/broker.key", bed->folder), true);
    setenv("LC_ALL", "C.UTF-8", true);
    setenv("JUSHA_CERTIFICATE", mem_printf(bed->memory, "%s/everywhere.key_secret", bed->folder),
           true);
    return 0;
}

/* A load that has begun. */
static struct process load(struct bed *bed, const char *street, int number)
{
    struct process loader = {.pid = 0};

    snprintf(loader.name, sizeof loader.name, "jusha load %d", number);
    snprintf(loader.log, sizeof loader.log, "%s/load-%s-%d.log", bed->folder, street, number);
    process_start(&loader, (const char *[]){bed_environment("JUSHA_PROGRAM"), "load", folder,
                                            "--street", street, NULL});
    return loader;
}

static long volunteers(struct bed *bed, const char *street)
{
    return bed_number(bed, "SELECT count(*) FROM registry.person WHERE street = '%s'", street);
}

static void wait_for_some(struct bed *bed, const char *street)
{
    for (int64_t end = deadline_ms(); volunteers(bed, street) == 0;)
        look_again(end, "the load has begun");
}

static void adds_nobody_twice_where_two_load_at_once(void **state)
{
    struct bed *bed = *state;
    struct process loaders[2];
    char street[16];
    int ended[2];

    bed_street(bed, street);
    for (int i = 0; i < 2; i++)
        loaders[i] = load(bed, street, i);
    for (int i = 0; i < 2; i++)
        ended[i] = process_end(&loaders[i], 0, LOAD_MS);
    assert_true(ended[0] == 0 || ended[1] == 0);
    for (int i = 0; i < 2; i++) /* refused, or it came when the other had gone */
        assert_true(ended[i] == 0 || ended[i] == 1);
    assert_int_equal(volunteers(bed, street), VOLUNTEERS);
}

static void goes_on_after_a_load_that_was_killed(void **state)
{
    struct bed *bed = *state;
    char street[16];

    bed_street(bed, street);
    struct process killed = load(bed, street, 0);
    wait_for_some(bed, street);
    process_kill(&killed);
    struct process too_early = load(bed, street, 1);
    assert_int_equal(process_end(&too_early, 0, LOAD_MS), 1);
    /* its time comes */
    (void)bed_number(bed,
                     "WITH gone AS (UPDATE registry.load_lease SET until_time = now()"
                     " WHERE street = '%s' RETURNING 1) SELECT count(*) FROM gone",
                     street);
    struct process next = load(bed, street, 2);
    assert_int_equal(process_end(&next, 0, LOAD_MS), 0);
    assert_int_equal(volunteers(bed, street), VOLUNTEERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bed_story(adds_nobody_twice_where_two_load_at_once),
        bed_story(goes_on_after_a_load_that_was_killed),
    };

    return bed_finish(cmocka_run_group_tests_name("loads", tests, up, bed_down));
}
