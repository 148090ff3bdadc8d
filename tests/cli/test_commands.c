/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_commands.c - what every subcommand owes to whoever calls it, in one table
 *
 * Each row is a command line of a subcommand, or of an action of `keys`. It is run in Chinese and
 * English, for people and for machines, with its output arriving, on a full disk, closed, and left
 * by its reader; asked wrongly; and told by nobody. A subcommand without a row fails the test.
 */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>
#include <cmocka.h>

#include "bed.h"
#include "libcommon/base/mem.h"
#include "terminal.h"

enum { WORDS = 12 };
enum ask {
    ASKS_NOBODY,  /* it needs no broker */
    ASKS_BROKER,  /* without one its end is 3 */
    ASKS_FOR_LONG /* the same, and a reader that goes away is a good end */
};

static const struct row {
    const char *name; /* "keys create": of an action */
    const char *good[WORDS];
    const char *wrong; /* an argument that makes it wrong */
    enum ask ask;
} rows[] = {
    {"call", {"call", "ListUnits", "{}", "--street", "xiasha"}, "{}", ASKS_BROKER},
    {"call", {"call", "--list"}, "--lost", ASKS_NOBODY},
    {"describe", {"describe", "RegisterUnit"}, "Fly", ASKS_NOBODY},
    {"load", {"load", "$FOLDER", "--street", "xiasha", "--dry-run"}, "$FOLDER", ASKS_BROKER},
    {"events", {"events", "--street", "xiasha"}, "all", ASKS_FOR_LONG},
    {"names", {"names", "--street", "xiasha"}, "all", ASKS_BROKER},
    {"status", {"status"}, "all", ASKS_BROKER},
    {"trace", {"trace", "$ID", "$LOG"}, "--lost", ASKS_NOBODY},
    {"keys admit",
     {"keys", "admit", "$NEW", "$KEY", "--role=SHOP", "--streets=xiasha", "--folder=$KEYS"},
     "more",
     ASKS_NOBODY},
    {"keys create",
     {"keys", "create", "$NEW", "--role=SHOP", "--streets=xiasha", "--folder=$KEYS"},
     "more",
     ASKS_NOBODY},
    {"keys init", {"keys", "init", "--folder=$KEYS"}, "more", ASKS_NOBODY},
    {"keys list", {"keys", "list", "--folder=$KEYS"}, "more", ASKS_NOBODY},
    {"keys renew", {"keys", "renew", "registry", "--folder=$KEYS"}, "more", ASKS_NOBODY},
    {"keys revoke", {"keys", "revoke", "$MADE", "--folder=$KEYS"}, "more", ASKS_NOBODY},
    {"keys rotate", {"keys", "rotate", "$MADE", "--folder=$KEYS"}, "more", ASKS_NOBODY},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* ---- a row's command line ---- */

#define SLOW_ID "019336a0-0000-7000-8000-00000000000a"
#define SLOW_LINE                                                                                  \
    "ts=2026-11-30T12:00:01.000Z level=info event=routed id=" SLOW_ID                              \
    " street=xiasha service=registry caller=office waited_ms=100 worker_ms=900 whole_ms=1000"      \
    " worker=registry/00e6 code= rule=\n"

/* Beside the keys, as the folder is one of tables. */
static const char *log_file(struct bed *bed)
{
    const char *path = mem_printf(bed->memory, "%s/seen.log", bed->keys);
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fputs(SLOW_LINE, file);
    fclose(file);
    return path;
}

static const char *fill_in(struct bed *bed, const char *word)
{
    static int count;
    static char key[41];

    if (strcmp(word, "$FOLDER") == 0)
        return bed->folder;
    if (strcmp(word, "$ID") == 0)
        return SLOW_ID;
    if (strcmp(word, "$LOG") == 0)
        return log_file(bed);
    if (strcmp(word, "--folder=$KEYS") == 0)
        return mem_printf(bed->memory, "--folder=%s", bed->keys);
    if (strcmp(word, "$NEW") == 0)
        return mem_printf(bed->memory, "new-%d", ++count);
    if (strcmp(word, "$MADE") == 0) {
        const char *name = mem_printf(bed->memory, "made-%d", ++count);
        struct certificate made;

        assert_int_equal(certificate_create(bed->keys, name, BUS__ROLE__ROLE_SHOP, "xiasha", &made),
                         STATUS_OK);
        return name;
    }
    if (strcmp(word, "$KEY") == 0) {
        char secret[41];
        assert_int_equal(zmq_curve_keypair(key, secret), 0);
        return key;
    }
    return word;
}

static struct outcome run(struct bed *bed, const struct row *row, enum sink sink, const char *more,
                          const char *and)
{
    const char *words[WORDS + 3] = {0};
    size_t count = 0;

    for (; row->good[count] != NULL; count++)
        words[count] = fill_in(bed, row->good[count]);
    if (more != NULL)
        words[count++] = fill_in(bed, more);
    if (and != NULL)
        words[count++] = and;
    return program_run_to(bed->memory, sink, words);
}

static void speak_chinese(bool chinese)
{
    setenv("LC_ALL", chinese ? "zh_CN.UTF-8" : "C.UTF-8", 1);
}

static int bed_ready(void **state)
{
    struct bed *bed;

    bed_fresh(state);
    bed = *state;
    setenv("JUSHA_BROKERS", toy_address(bed->toy), 1);
    unsetenv("JUSHA_TIMEOUT");
    setenv("NO_COLOR", "1", 1);
    speak_chinese(false);
    bed_file(bed, "communities.csv", "name\n头格社区\n");
    bed_run(bed, "call", "RegisterUnit", "{\"unit\": {\"name\": \"x\", \"kind\": \"BANK\"}}",
            "--street", "xiasha");
    bed_run(bed, "call", "CreateStreet",
            "{\"street\": {\"street\": \"xiasha\", \"name\": \"下沙\"}}", "--street", "xiasha");
    setenv("JUSHA_CERTIFICATE", mem_printf(bed->memory, "%s/operator.key_secret", bed->keys), 1);
    return 0;
}

/* ---- what is looked for ---- */

static bool has_han(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0xe4 && (unsigned char)*text <= 0xe9)
            return true;
    return false;
}

/* Small words that no English sentence goes without. */
static void assert_no_english(const struct row *row, const char *text)
{
    static const char *const words[] = {" is ", " the ", " of ",   " are ", " no ",  " must ",
                                        " it ", " not ", " with ", " a ",   " and ", " for "};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]) != NULL)
            fail_msg("%s: English within Chinese: %s", row->name, text);
}

/* Every line is one JSON value, and there is one. */
static void assert_json(const struct row *row, const char *text)
{
    size_t count = 0;

    for (const char *line = text; *line != '\0'; count++) {
        size_t size = strcspn(line, "\n");
        json_t *json = json_loadb(line, size, 0, NULL);

        if (json == NULL)
            fail_msg("%s: no JSON: %.*s", row->name, (int)size, line);
        json_decref(json);
        line += size + (line[size] == '\n');
    }
    if (count == 0)
        fail_msg("%s: says nothing", row->name);
}

static void assert_code(const struct row *row, const struct outcome *outcome, int code)
{
    if (outcome->code != code)
        fail_msg("%s: ends with %d in place of %d: %s%s", row->name, outcome->code, code,
                 outcome->out, outcome->err);
}

/* ---- the tests ---- */

static void answers_people_and_machines_in_both_languages(void **state)
{
    for (int chinese = 0; chinese < 2; chinese++) {
        speak_chinese(chinese);
        for (const struct row *row = rows; row < rows + ROWS; row++) {
            struct outcome people = run(*state, row, SINK_FILE, NULL, NULL);
            struct outcome machine = run(*state, row, SINK_FILE, "--json", NULL);

            assert_code(row, &people, 0);
            assert_code(row, &machine, 0);
            assert_string_equal(people.err, "");
            assert_string_equal(machine.err, "");
            assert_true(*people.out != '\0');
            assert_json(row, machine.out);
            if (chinese)
                assert_no_english(row, people.out);
        }
    }
}

static void says_what_is_wrong_with_two_in_both_languages(void **state)
{
    for (int chinese = 0; chinese < 2; chinese++) {
        speak_chinese(chinese);
        for (const struct row *row = rows; row < rows + ROWS; row++) {
            struct outcome people = run(*state, row, SINK_FILE, row->wrong, NULL);
            struct outcome machine = run(*state, row, SINK_FILE, row->wrong, "--json");
            struct outcome brief = run(*state, row, SINK_FILE, "--js", row->wrong);

            assert_code(row, &people, 2);
            assert_code(row, &machine, 2);
            assert_code(row, &brief, 2);
            assert_json(row, brief.err);
            assert_string_equal(people.out, "");
            assert_string_equal(machine.out, "");
            assert_json(row, machine.err);
            assert_int_equal(has_han(people.err), chinese);
            if (chinese)
                assert_no_english(row, people.err);
        }
    }
}

static void says_that_nobody_answers_with_three(void **state)
{
    struct bed *bed = *state;

    setenv("JUSHA_TIMEOUT", "200", 1);
    setenv("JUSHA_BROKERS", "127.0.0.1:1", 1);
    for (int chinese = 0; chinese < 2; chinese++) {
        speak_chinese(chinese);
        for (const struct row *row = rows; row < rows + ROWS; row++) {
            if (row->ask == ASKS_NOBODY)
                continue;
            struct outcome people = run(bed, row, SINK_FILE, NULL, NULL);
            struct outcome machine = run(bed, row, SINK_FILE, "--json", NULL);

            assert_code(row, &people, 3);
            assert_code(row, &machine, 3);
            assert_json(row, mem_printf(bed->memory, "%s%s", machine.out, machine.err));
            if (chinese)
                assert_no_english(row, people.err);
        }
    }
}

static void says_that_its_answer_did_not_arrive_with_four(void **state)
{
    for (int chinese = 0; chinese < 2; chinese++) {
        speak_chinese(chinese);
        for (const struct row *row = rows; row < rows + ROWS; row++) {
            struct outcome full = run(*state, row, SINK_FULL, NULL, NULL);
            struct outcome closed = run(*state, row, SINK_CLOSED, NULL, NULL);
            struct outcome machine = run(*state, row, SINK_FULL, "--json", NULL);
            struct outcome left = run(*state, row, SINK_LEFT, NULL, NULL);

            assert_code(row, &full, 4);
            assert_code(row, &closed, 4);
            assert_code(row, &machine, 4);
            assert_code(row, &left, row->ask == ASKS_FOR_LONG ? 0 : 4);
            assert_int_equal(has_han(full.err), chinese);
            assert_true(*closed.err != '\0');
            assert_json(row, machine.err);
            assert_string_equal(left.err, "");
        }
    }
}

/* Lines for people. Examples and JSON are for a machine, too, which cannot join what is broken. */
static void assert_narrow(const struct row *row, char *text)
{
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        line[strcspn(line, "\r")] = '\0';
        bool exact = strstr(line, "jusha ") != NULL || strstr(line, "{\"") != NULL;
        if (!exact && terminal_width(line) > TERMINAL_COLUMNS)
            fail_msg("%s: wider than the terminal: %s", row->name, line);
    }
}

static void assert_helps(struct bed *bed, const struct row *row, bool chinese)
{
    const char *const words[] = {row->good[0], "--help", NULL};
    struct outcome narrow = program_run_to(bed->memory, SINK_TERMINAL, words);
    struct outcome full = program_run_to(bed->memory, SINK_FULL, words);

    assert_code(row, &narrow, 0);
    assert_code(row, &full, 4);
    assert_int_equal(has_han(narrow.out), chinese);
    assert_narrow(row, narrow.out);
}

static void helps_on_a_narrow_terminal_and_says_when_it_cannot(void **state)
{
    static const struct row jusha = {.name = "jusha", .good = {"--help"}};

    for (int chinese = 0; chinese < 2; chinese++) {
        speak_chinese(chinese);
        assert_helps(*state, &jusha, chinese);
        for (const struct row *row = rows; row < rows + ROWS; row++)
            assert_helps(*state, row, chinese);
    }
}

/* A table that does not fit is a block for each row; what was asked wrongly is told there, too. */
static void answers_and_complains_on_a_narrow_terminal(void **state)
{
    struct bed *bed = *state;

    bed_run(bed, "call", "RegisterUnit", "{\"unit\": {\"name\": \"x\"}}", "--street=xiasha");
    for (int chinese = 0; chinese < 2; chinese++) {
        speak_chinese(chinese);
        for (const struct row *row = rows; row < rows + ROWS; row++) {
            assert_narrow(row, run(bed, row, SINK_TERMINAL, NULL, NULL).out);
            assert_narrow(row, run(bed, row, SINK_TERMINAL, row->wrong, NULL).out);
        }
    }
}

/* What is wrong with a request; that a service refuses it; what a folder has wrong. */
static void refuses_on_a_narrow_terminal(void **state)
{
    static const struct row refusals[] = {
        {"a wrong name",
         {"call", "RegisterUnit", "{\"unit\": {\"kind\": \"BNK\"}}", "--street=xiasha"},
         .ask = 2},
        {"a refusal",
         {"call", "GetUnit", "{\"unitId\": \"01a20547-231d-7175-b504-000000000001\"}",
          "--street=xiasha"},
         .ask = 1},
        {"a bad row", {"load", "$FOLDER", "--street=xiasha", "--dry-run"}, .ask = 1},
    };
    struct bed *bed = *state;

    bed_file(bed, "units.csv", "name,kind\n一个名字很长很长的共建单位,NO_SUCH_KIND_OF_A_UNIT\n");
    for (int chinese = 0; chinese < 2; chinese++) {
        speak_chinese(chinese);
        for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
            struct outcome narrow = run(bed, &refusals[i], SINK_TERMINAL, NULL, NULL);

            assert_code(&refusals[i], &narrow, (int)refusals[i].ask);
            assert_true(strlen(narrow.out) > TERMINAL_COLUMNS);
            assert_narrow(&refusals[i], narrow.out);
        }
    }
}

/* ---- no subcommand without a row ---- */

static bool has_row(const char *name)
{
    for (const struct row *row = rows; row < rows + ROWS; row++)
        if (strcmp(row->name, name) == 0 || strcmp(row->good[0], name) == 0)
            return true;
    return false;
}

static void has_a_row_for_every_subcommand(void **state)
{
    struct bed *bed = *state;
    char *help = bed_run(bed, "--help").out, *keys = bed_run(bed, "keys", "--help").out;
    static const char actions[] = "jusha keys [OPTION…] ";
    size_t count = 0;

    help = strstr(help, "Subcommands");
    assert_non_null(help);
    strsep(&help, "\n");
    for (char *line; (line = strsep(&help, "\n")) != NULL && *line != '\0'; count++) {
        line += strspn(line, " ");
        line[strcspn(line, " ")] = '\0';
        if (!has_row(line))
            fail_msg("%s has no row", line);
    }
    for (; (keys = strstr(keys, actions)) != NULL; count++) {
        keys += sizeof actions - 1;
        char *name = mem_printf(bed->memory, "keys %.*s", (int)strcspn(keys, " \n"), keys);
        if (!has_row(name))
            fail_msg("%s has no row", name);
    }
    assert_true(count >= 5 + 5);
}

/* ---- two of them closer ---- */

/* Pages are put together; what people cannot tell apart is a fault that scripts see. */
static void makes_keys_of_names_and_lists_what_collides(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 2; i++)
        bed_run(bed, "call", "RegisterUnit", "{\"unit\": {\"name\": \"x\"}}", "--street=xiasha");
    struct outcome people = bed_run(bed, "names", "--street=xiasha");
    struct outcome machine = bed_run(bed, "names", "--street=xiasha", "--json");
    json_t *json = json_loads(machine.out, 0, NULL);

    assert_int_equal(people.code, 1);
    assert_contains(people.out, "registry       6          4           1\n");
    assert_contains(people.out, "registry   ABC商贸  ａｂｃ商贸");
    assert_int_equal(machine.code, 1);
    assert_int_equal(json_array_size(json_object_get(json, "collisions")), 2);
    json_decref(json);
}

static void says_where_json_is_none_and_takes_a_mark_before_it(void **state)
{
    struct bed *bed = *state;

    setenv("LC_ALL", "zh_CN.UTF-8", 1);
    struct outcome chinese = bed_run(bed, "call", "ListUnits", "{\n \"kind\":");
    unsetenv("LC_ALL");
    assert_contains(chinese.err, "不是合规的 JSON（行：2，列：8）");
    assert_int_equal(system(mem_printf(bed->memory,
                                       "printf '\\357\\273\\277{}' | '%s' call ListUnits -"
                                       " --street=xiasha >/dev/null",
                                       getenv("JUSHA_PROGRAM"))),
                     0);
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, bed_ready, bed_sweep)
    const struct CMUnitTest tests[] = {
        on_bed(has_a_row_for_every_subcommand),
        on_bed(answers_people_and_machines_in_both_languages),
        on_bed(says_what_is_wrong_with_two_in_both_languages),
        on_bed(says_that_nobody_answers_with_three),
        on_bed(says_that_its_answer_did_not_arrive_with_four),
        on_bed(helps_on_a_narrow_terminal_and_says_when_it_cannot),
        on_bed(answers_and_complains_on_a_narrow_terminal),
        on_bed(refuses_on_a_narrow_terminal),
        on_bed(makes_keys_of_names_and_lists_what_collides),
        on_bed(says_where_json_is_none_and_takes_a_mark_before_it),
    };
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
