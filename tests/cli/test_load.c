/* SPDX-License-Identifier: Apache-2.0 */
/* test_load.c - a street's files through the program to a registry and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "libcommon/base/mem.h"

static void put_files(struct bed *bed, const char *units)
{
    bed_file(bed, "street.csv",
             "slug,name,time_zone,office\nxiasha,下沙街道,Asia/Shanghai,办公室\n");
    bed_file(bed, "communities.csv", "name,alliance,mayor\n滟澜社区,微益圈,\n头格社区,,\n");
    bed_file(bed, "units.csv", units);
}

static const char five_units[] =
    "name,kind,liaison\n甲,BANK,x\n乙,SCHOOL,x\n丙,SHOP,\n丁,SHOP,\n戊,OTHER,\n";

static void loads_all_and_then_nothing(void **state)
{
    struct bed *bed = *state;

    put_files(bed, five_units);
    struct outcome first = bed_run(bed, "load", bed->folder);
    assert_string_equal(first.out,
                        "file             objects      rows  created  updated  equal  failed\n"
                        "street.csv       streets         1        1        0      0       0\n"
                        "communities.csv  communities     2        2        0      0       0\n"
                        "communities.csv  alliances       1        1        0      0       0\n"
                        "units.csv        units           5        5        0      0       0\n"
                        "units.csv        people          2        2        0      0       0\n");
    assert_string_equal(first.err, "communities.csv: not loaded: mayor\n");
    assert_int_equal(first.code, 0);
    struct outcome second = bed_run(bed, "load", bed->folder);
    assert_contains(second.out,
                    "units.csv        units           5        0        0      5       0\n");
    assert_contains(second.out,
                    "street.csv       streets         1        0        0      1       0\n");
    assert_int_equal(second.code, 0);
    assert_int_equal(toy_count(bed->toy, "RegisterUnit"), 5);
    assert_int_equal(toy_count(bed->toy, "Update"), 0);
}

static void updates_only_what_differs(void **state)
{
    struct bed *bed = *state;

    put_files(bed, five_units);
    assert_int_equal(bed_run(bed, "load", bed->folder).code, 0);
    put_files(bed, "name,kind\n甲,BANK\n乙,UNIVERSITY\n己,SHOP\n");
    bed_file(bed, "street.csv",
             "slug,name,time_zone,office_phone\nxiasha,下沙街道,Asia/Shanghai,1\n");
    struct outcome outcome = bed_run(bed, "load", "--json", bed->folder);

    assert_int_equal(outcome.code, 0);
    assert_contains(
        outcome.out,
        "{\"file\":\"units.csv\",\"objects\":\"units\",\"rows\":3,\"created\":1,\"updated\":1,"
        "\"equal\":1,\"failed\":0}");
    assert_contains(
        outcome.out,
        "{\"file\":\"street.csv\",\"objects\":\"streets\",\"rows\":1,\"created\":0,\"updated\":1,"
        "\"equal\":0,\"failed\":0}");
    assert_int_equal(toy_count(bed->toy, "UpdateUnit"), 1);
    struct outcome street = bed_run(bed, "call", "GetStreet", "{}", "--json", "--street", "xiasha");
    assert_contains(street.out, "\"office\":{\"name\":\"办公室\",\"phone\":\"1\"}");
}

static void names_every_bad_row_and_loads_the_others(void **state)
{
    struct bed *bed = *state;

    put_files(bed, "name,kind\n甲,BANK\nrefuse,SHOP\n乙,BAKERY\n,SHOP\n甲,SHOP\n丙,SHOP\n");
    struct outcome outcome = bed_run(bed, "load", bed->folder);

    assert_int_equal(outcome.code, 1);
    assert_contains(outcome.err, "units.csv:3: kind: ");
    assert_contains(outcome.err, "units.csv:4: kind: ");
    assert_contains(outcome.err, "units.csv:5: name: it must not be empty");
    assert_contains(outcome.err, "units.csv:6: name: line 2 has the same");
    assert_contains(outcome.out,
                    "units.csv        units           6        2        0      0       4\n");
    assert_int_equal(toy_count(bed->toy, "Register"), 2);
}

static void changes_nothing_in_a_dry_run(void **state)
{
    struct bed *bed = *state;

    put_files(bed, five_units);
    struct outcome outcome = bed_run(bed, "load", "--dry-run", bed->folder);
    assert_int_equal(outcome.code, 0);
    assert_contains(outcome.out,
                    "units.csv        units           5        5        0      0       0\n");
    assert_contains(outcome.out, "dry run: nothing was changed\n");
    assert_int_equal(toy_count(bed->toy, "Create") + toy_count(bed->toy, "Register"), 0);
}

static void sends_nothing_when_a_file_cannot_be_used(void **state)
{
    struct bed *bed = *state;

    put_files(bed, "name\n甲\n");
    struct outcome outcome = bed_run(bed, "load", bed->folder);
    assert_int_equal(outcome.code, 1);
    assert_contains(outcome.err, "units.csv:1: kind: this column is missing");
    assert_int_equal(toy_count(bed->toy, ""), 0);
}

static void loads_into_the_street_that_is_named(void **state)
{
    struct bed *bed = *state;

    put_files(bed, five_units);
    struct outcome outcome = bed_run(bed, "load", "--street", "other", bed->folder);
    assert_int_equal(outcome.code, 0);
    struct outcome street = bed_run(bed, "call", "GetStreet", "{}", "--json", "--street", "other");
    assert_contains(street.out, "\"street\":\"other\"");
}

static void needs_a_street_that_is_there_or_described(void **state)
{
    struct bed *bed = *state;

    bed_file(bed, "units.csv", five_units);
    struct outcome unnamed = bed_run(bed, "load", bed->folder);
    assert_int_equal(unnamed.code, 1);
    assert_contains(unnamed.err, "--street says which street is meant");
    struct outcome unknown = bed_run(bed, "load", "--street", "xiasha", bed->folder);
    assert_int_equal(unknown.code, 1);
    assert_contains(unknown.err, "street.csv: slug: ");
    assert_contains(unknown.out, "units.csv  units       5        0        0      0       5\n");
    assert_int_equal(toy_count(bed->toy, "Register"), 0);
}

static void stops_with_three_when_nobody_answers(void **state)
{
    struct bed *bed = *state;

    put_files(bed, five_units);
    toy_mute(bed->toy, true);
    struct outcome outcome = bed_run(bed, "load", "--timeout", "300", bed->folder);
    assert_int_equal(outcome.code, 3);
    assert_contains(outcome.out,
                    "units.csv        units           5        0        0      0       5\n");
    assert_contains(outcome.out,
                    "street.csv       streets         1        0        0      0       1\n");
}

/* More than are in flight at once and than a page holds. */
static void loads_a_thousand_rows(void **state)
{
    struct bed *bed = *state;
    char *units = mem_text(bed->memory, "name,kind\n");

    for (int i = 0; i < 1000; i++)
        units = mem_check(
            talloc_asprintf_append(units, "%s%d,SHOP\n", i % 100 == 7 ? "refuse" : "unit", i));
    put_files(bed, units);
    struct outcome outcome = bed_run(bed, "load", bed->folder);
    assert_int_equal(outcome.code, 1);
    assert_contains(outcome.out,
                    "units.csv        units        1000      990        0      0      10\n");
    struct outcome second = bed_run(bed, "load", bed->folder);
    assert_contains(second.out,
                    "units.csv        units        1000        0        0    990      10\n");
    assert_int_equal(toy_count(bed->toy, "Register"), 990);
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, bed_fresh, bed_sweep)
    const struct CMUnitTest tests[] = {
        on_bed(loads_all_and_then_nothing),
        on_bed(updates_only_what_differs),
        on_bed(names_every_bad_row_and_loads_the_others),
        on_bed(changes_nothing_in_a_dry_run),
        on_bed(sends_nothing_when_a_file_cannot_be_used),
        on_bed(loads_into_the_street_that_is_named),
        on_bed(needs_a_street_that_is_there_or_described),
        on_bed(stops_with_three_when_nobody_answers),
        on_bed(loads_a_thousand_rows),
    };
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
