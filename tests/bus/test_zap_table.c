/* SPDX-License-Identifier: Apache-2.0 */
/* test_zap_table.c - which keys of a folder count, by its files, their last days and "revoked" */
#include "bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/revoked.h"
#include "libcommon/bus/zap_table.h"

static char folder[40];
static struct certificate anna;

static int folder_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", "/tmp/jusha-zap-table-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    return certificate_create(folder, "anna", BUS__ROLE__ROLE_STREET_STAFF, "xiasha", &anna) ==
                   STATUS_OK
               ? 0
               : -1;
}

static int folder_down(void **state)
{
    char command[80];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int64_t at(const char *moment)
{
    int64_t seconds;
    int32_t nanos;

    assert_true(clock_parse(moment, &seconds, &nanos));
    return seconds * 1000000 + nanos / 1000;
}

/* As its public file is, in this file. */
static void write_until(const char *file, const char *until)
{
    struct certificate public = anna;

    memset(public.secret_key, 0, sizeof public.secret_key);
    snprintf(public.until, sizeof public.until, "%s", until);
    assert_int_equal(certificate_replace(folder, file, &public), STATUS_OK);
}

static void assert_refusal(const struct zap_table *table, const char *reason, const char *name)
{
    const char *found;

    assert_null(zap_table_find(table, anna.public_key));
    assert_text(zap_table_refusal(table, anna.public_key, &found), reason);
    assert_text(found, name);
}

static void counts_until_midnight_utc_of_its_last_day(void **state)
{
    static const struct {
        const char *moment;
        bool counts;
        unsigned expiring;
    } rows[] = {
        {"2027-05-29T23:59:59.999999Z", true, 0}, {"2027-05-31T00:00:00Z", true, 1},
        {"2027-06-30T00:00:00Z", true, 1},        {"2027-06-30T23:59:59.999999Z", true, 1},
        {"2027-07-01T00:00:00Z", false, 0},       {"2027-07-01T07:59:59+08:00", true, 1},
        {"2099-01-01T00:00:00Z", false, 0},
    };

    (void)state;
    write_until("anna.key", "2027-06-30");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zap_table *table = zap_table_read(folder, NULL, at(rows[i].moment));

        assert_non_null(table);
        if (rows[i].counts)
            assert_non_null(zap_table_find(table, anna.public_key));
        else
            assert_refusal(table, "expired", "anna");
        assert_int_equal(zap_table_expiring(table), rows[i].expiring);
        talloc_free(table);
    }
}

/* What lies there for a second may be written again without a trace: until then it is read again
 * in any case. */
static struct zap_table *settled(int64_t now_us)
{
    struct zap_table *table = NULL, *fresh;
    int64_t until_ms = clock_monotonic_ms() + 20000;

    while ((fresh = zap_table_read(folder, table, now_us))) {
        assert_true(clock_monotonic_ms() < until_ms);
        talloc_free(table);
        table = fresh;
        usleep(50000);
    }
    assert_non_null(table);
    return table;
}

static void reads_an_unchanged_folder_again_on_the_next_day(void **state)
{
    (void)state;
    write_until("anna.key", "2027-06-30");
    struct zap_table *table = settled(at("2027-06-30T10:00:00Z"));

    assert_null(zap_table_read(folder, table, at("2027-06-30T23:59:59Z")));
    struct zap_table *next = zap_table_read(folder, table, at("2027-07-01T00:00:00Z"));

    assert_non_null(next);
    assert_int_equal(zap_table_revoked(table, next), 1); /* standing connections are looked at */
    assert_refusal(next, "expired", "anna");
    talloc_free(table);
    talloc_free(next);
}

static void a_revoked_key_stays_out_whatever_files_come_back(void **state)
{
    (void)state;
    write_until("anna.key", "");
    struct zap_table *before = settled(at("2027-01-01T00:00:00Z"));

    assert_non_null(zap_table_find(before, anna.public_key));
    assert_true(revoked_add(folder, &anna, 1, "2027-01-01"));
    struct zap_table *table = zap_table_read(folder, before, at("2027-01-01T00:00:00Z"));

    assert_non_null(table); /* "revoked" is a file of the folder, too */
    assert_refusal(table, "revoked", "anna");
    assert_int_equal(zap_table_revoked(before, table), 1);
    talloc_free(table);
    write_until("restored.key", "");
    table = zap_table_read(folder, NULL, at("2027-01-01T00:00:00Z"));
    assert_refusal(table, "revoked", "anna");
    talloc_free(table);
    talloc_free(before);
}

static void one_certificate_in_two_files_counts_until_the_earlier_day(void **state)
{
    (void)state;
    write_until("anna.old.key", "2027-06-30");
    struct zap_table *table = zap_table_read(folder, NULL, at("2027-06-30T00:00:00Z"));

    assert_non_null(zap_table_find(table, anna.public_key));
    talloc_free(table);
    table = zap_table_read(folder, NULL, at("2027-07-01T00:00:00Z"));
    assert_refusal(table, "expired", "anna");
    talloc_free(table);
}

static void a_key_of_two_people_is_nobodys(void **state)
{
    struct certificate twin = anna;

    (void)state;
    memset(twin.secret_key, 0, sizeof twin.secret_key);
    snprintf(twin.name, sizeof twin.name, "%s", "berta");
    assert_int_equal(certificate_admit(folder, &twin), STATUS_OK);
    struct zap_table *table = zap_table_read(folder, NULL, at("2027-01-01T00:00:00Z"));
    const char *name;

    assert_null(zap_table_find(table, anna.public_key));
    assert_text(zap_table_refusal(table, anna.public_key, &name), "doubled");
    talloc_free(table);
}

static void lines_of_revoked_count_each_by_itself(void **state)
{
    char path[80];

    (void)state;
    snprintf(path, sizeof path, "%s/revoked", folder);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "no key\n\n%.20s", anna.public_key); /* nor is what somebody tore off */
    fclose(file);
    struct zap_table *table = zap_table_read(folder, NULL, at("2027-01-01T00:00:00Z"));

    assert_non_null(zap_table_find(table, anna.public_key));
    talloc_free(table);
    assert_true(revoked_add(folder, &anna, 1, "2027-01-01"));
    table = zap_table_read(folder, NULL, at("2027-01-01T00:00:00Z"));
    assert_refusal(table, "revoked", "anna");
    talloc_free(table);
}

/* Root reads everything, but a folder is no file. */
static void keeps_to_what_it_knows_while_revoked_cannot_be_read(void **state)
{
    char path[80];

    (void)state;
    snprintf(path, sizeof path, "%s/revoked", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(zap_table_read(folder, NULL, at("2027-01-01T00:00:00Z")));
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_up, folder_down)
    const struct CMUnitTest tests[] = {
        in_folder(counts_until_midnight_utc_of_its_last_day),
        in_folder(reads_an_unchanged_folder_again_on_the_next_day),
        in_folder(a_revoked_key_stays_out_whatever_files_come_back),
        in_folder(one_certificate_in_two_files_counts_until_the_earlier_day),
        in_folder(a_key_of_two_people_is_nobodys),
        in_folder(lines_of_revoked_count_each_by_itself),
        in_folder(keeps_to_what_it_knows_while_revoked_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
