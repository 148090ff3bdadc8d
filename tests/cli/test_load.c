/* SPDX-License-Identifier: Apache-2.0 */
/* test_load.c - a street's files through the program to a registry and back */
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
#include "toy_answers.h"

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
             "slug,name,time_zone,office_phone\nxiasha,下沙街道,Asia/Shanghai,12345\n");
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
    assert_contains(street.out, "\"office\":{\"name\":\"办公室\",\"phone\":\"12345\"}");
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

/* As every refusal: machines get the ids and UTC; the street's zone is 8 hours ahead. */
static void names_what_a_refusal_knows_in_local_time(void **state)
{
    struct bed *bed = *state;

    put_files(bed, "name,kind\n甲,BANK\nrefuse at 8,BANK\n");
    struct outcome people = bed_run(bed, "load", bed->folder);
    assert_contains(people.err, "units.csv:3: FAILED_PRECONDITION \"杭州联合银行\" has it from"
                                " 2026-07-01 08:30 on\n");
    struct outcome machine = bed_run(bed, "load", "--json", bed->folder);
    assert_contains(machine.out, "FAILED_PRECONDITION 01900000-0000-7000-8000-000000000001 has it"
                                 " from 2026-07-01T00:30:00Z on");
}

static void says_what_a_cell_may_hold_in_both_languages(void **state)
{
    struct bed *bed = *state;

    put_files(bed, "name,kind\n甲,bnak\n");
    assert_contains(bed_run(bed, "load", bed->folder).err,
                    "SHOP, SOCIAL_ORGANISATION, OTHER; did you"
                    " mean \"BANK\"?\n");
    setenv("LC_ALL", "zh_CN.UTF-8", 1);
    struct outcome chinese = bed_run(bed, "load", bed->folder);
    unsetenv("LC_ALL");
    assert_contains(chinese.err, "units.csv:2: kind: 须为可用值之一（可用值：GOVERNMENT, ");
    assert_contains(chinese.err, "最接近：BANK）\n");
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

/* Lines of the table that begin so, whatever stands between: "file objects" and the five
 * numbers. */
static void assert_line(const char *out, const char *file, const char *objects, int rows,
                        int created, int equal)
{
    char line[80], squeezed[4096];
    size_t size = 0;

    for (const char *at = out; *at != '\0' && size + 1 < sizeof squeezed; at++)
        if (*at != ' ' || (size > 0 && squeezed[size - 1] != ' '))
            squeezed[size++] = *at;
    squeezed[size] = '\0';
    snprintf(line, sizeof line, "\n%s %s %d %d 0 %d 0\n", file, objects, rows, created, equal);
    assert_contains(squeezed, line);
}

/* The toy created its street on Wednesday 2026-11-18: day 0 is Monday 2026-11-23. */
static void loads_the_whole_sample_and_moves_it_to_now(void **state)
{
    static const struct {
        const char *file, *objects;
        int rows;
    } lines[] = {
        {"communities.csv", "communities", 7},
        {"communities.csv", "alliances", 1},
        {"units.csv", "units", 9},
        {"units.csv", "pairings", 9},
        {"units.csv", "members", 7},
        {"units.csv", "people", 9},
        {"units.csv", "agreements", 9},
        {"units.csv", "role_grants", 9},
        {"programme.csv", "programmes", 1},
        {"resources.csv", "resources", 7},
        {"needs.csv", "needs", 7},
        {"volunteers.csv", "people", 40},
        {"volunteers.csv", "role_grants", 40},
        {"series.csv", "activities", 3},
    };
    struct bed *bed = *state;
    const char *sample = getenv("JUSHA_SAMPLE");

    bed_file(bed, "street.csv", "slug,name,time_zone\nxiasha,下沙街道,Asia/Shanghai\n");
    assert_int_equal(bed_run(bed, "load", bed->folder).code, 0);
    struct outcome first = bed_run(bed, "load", "--shift-weeks", "auto", sample);
    assert_string_equal(first.err, "");
    assert_int_equal(first.code, 0);
    struct outcome second = bed_run(bed, "load", "--shift-weeks", "auto", sample);
    assert_int_equal(second.code, 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_line(first.out, lines[i].file, lines[i].objects, lines[i].rows, lines[i].rows, 0);
        assert_line(second.out, lines[i].file, lines[i].objects, lines[i].rows, 0, lines[i].rows);
    }
    struct outcome programme =
        bed_run(bed, "call", "ListProgrammes", "{}", "--json", "--street", "xiasha");
    assert_contains(programme.out, "\"year\":2026");
    assert_contains(programme.out, "\"tickFromOn\":\"2026-11-09\"");
    struct outcome series =
        bed_run(bed, "call", "ListActivities", "{}", "--json", "--street", "xiasha");
    assert_contains(series.out, "\"firstStartLocal\":\"2026-11-28T09:00:00\"");
    assert_contains(series.out, "UNTIL=20270224T160000Z");
    struct outcome agreements =
        bed_run(bed, "call", "ListAgreements", "{}", "--json", "--street", "xiasha");
    assert_contains(agreements.out, "\"status\":\"AGREEMENT_STATUS_IN_FORCE\"");
    assert_null(strstr(agreements.out, "AGREEMENT_STATUS_DRAFT"));
}

static void puts_ids_in_the_place_of_names(void **state)
{
    struct bed *bed = *state;

    put_files(bed, five_units);
    bed_file(bed, "resources.csv",
             "owner,name,category,conditions\n"
             "甲,球场,VENUE,\"who=头格社区居民,乙,环卫工人\"\n滟澜社区,会议室,VENUE,who=*\n");
    bed_file(bed, "needs.csv",
             "raised_by,title,category,quantity,wanted_from,wanted_to,priority\n"
             "无名,书,SERVICE,1,2020-07-01,2020-08-01,LOW\n"
             "头格社区,书,SERVICE,1,2020-07-01,2020-08-01,LOW\n");
    struct outcome outcome = bed_run(bed, "load", bed->folder);
    assert_int_equal(outcome.code, 1);
    assert_contains(outcome.err, "needs.csv:2: raised_by: nothing here has this name\n");
    struct outcome resources =
        bed_run(bed, "call", "ListResources", "{}", "--json", "--street", "xiasha");
    assert_contains(resources.out, "\"conditions\":{\"communityIds\":[\"community-2\"],"
                                   "\"unitIds\":[\"unit-5\"],\"groups\":[\"环卫工人\"]}");
    assert_contains(resources.out, "\"communityId\":\"community-1\",\"name\":\"会议室\"");
    assert_int_equal(toy_count(bed->toy, "RaiseNeed"), 1);
}

/* A row that fails takes along what else it means, and is told once. */
static void tells_a_row_that_failed_once(void **state)
{
    struct bed *bed = *state;

    put_files(bed, "name,kind,community,liaison,agreement_signed_on,agreement_valid_to\n"
                   "refuse,BANK,头格社区,甲,2020-06-20,2023-06-19\n"
                   "丙,BANK,头格社区,乙,2020-06-20,tomorrow\n");
    struct outcome outcome = bed_run(bed, "load", bed->folder);
    assert_int_equal(outcome.code, 1);
    assert_string_equal(outcome.err,
                        "communities.csv: not loaded: mayor\n"
                        "units.csv:3: agreement_valid_to: it must be a day, YYYY-MM-DD\n"
                        "units.csv:2: kind: a field is wrong (one_of)\n");
    assert_int_equal(toy_count(bed->toy, "RegisterUnit"), 1);
    assert_int_equal(toy_count(bed->toy, "PairUnit"), 1);
    assert_int_equal(toy_count(bed->toy, "DraftAgreement"), 0);
}

/* As after two loads at once. */
static void warns_where_several_may_be_meant(void **state)
{
    struct bed *bed = *state;
    static const char person[] =
        "{\"person\": {\"name\": \"甲\", \"kind\": \"PERSON_KIND_VOLUNTEER\"}}";

    put_files(bed, five_units);
    assert_int_equal(bed_run(bed, "load", bed->folder).code, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(bed_run(bed, "call", "RegisterPerson", person, "--street", "xiasha").code,
                         0);
    bed_file(bed, "volunteers.csv", "name\n甲\n");
    struct outcome outcome = bed_run(bed, "load", bed->folder);
    assert_int_equal(outcome.code, 0);
    assert_contains(outcome.err, "volunteers.csv:2: several are there that this row may mean");
    assert_contains(bed_run(bed, "load", "--json", bed->folder).out,
                    "\"warnings\":[{\"file\":\"volunteers.csv\",\"line\":2,");
}

static void reads_its_own_writes(void **state)
{
    struct bed *bed = *state;
    char after[TOY_AFTER];

    put_files(bed, five_units);
    assert_int_equal(bed_run(bed, "load", bed->folder).code, 0);
    toy_after(bed->toy, after);
    assert_true(strncmp(after, "registry:", strlen("registry:")) == 0);
}

/* More than are in flight at once and than a page holds. */
static void loads_nothing_while_another_load_runs(void **state)
{
    struct bed *bed = *state;

    put_files(bed, five_units);
    assert_int_equal(bed_run(bed, "load", bed->folder).code, 0); /* and gave it back */
    put_files(bed, "name,kind\n己,SHOP\n");
    toy_lend(bed->toy, TOY_UUID);
    struct outcome outcome = bed_run(bed, "load", bed->folder);
    assert_int_equal(outcome.code, 1);
    assert_contains(outcome.err, "(leased)");
    assert_int_equal(toy_count(bed->toy, "RegisterUnit"), 5);
    assert_int_equal(bed_run(bed, "load", "--dry-run", bed->folder).code, 0); /* it adds nothing */
    toy_lend(bed->toy, "");
    assert_int_equal(bed_run(bed, "load", bed->folder).code, 0);
    assert_int_equal(toy_count(bed->toy, "RegisterUnit"), 6);
}

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
        on_bed(names_what_a_refusal_knows_in_local_time),
        on_bed(says_what_a_cell_may_hold_in_both_languages),
        on_bed(changes_nothing_in_a_dry_run),
        on_bed(sends_nothing_when_a_file_cannot_be_used),
        on_bed(loads_into_the_street_that_is_named),
        on_bed(needs_a_street_that_is_there_or_described),
        on_bed(stops_with_three_when_nobody_answers),
        on_bed(loads_the_whole_sample_and_moves_it_to_now),
        on_bed(puts_ids_in_the_place_of_names),
        on_bed(tells_a_row_that_failed_once),
        on_bed(warns_where_several_may_be_meant),
        on_bed(reads_its_own_writes),
        on_bed(loads_nothing_while_another_load_runs),
        on_bed(loads_a_thousand_rows),
    };
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
