/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - tables of settings -> argp options -> one text for each -> values
 *
 * argp only notes the texts of the command line; so --help works whatever the environment says.
 * Then each setting's text (command line, else environment, else `initial`) goes through `types`,
 * the only place that knows how to read a value. What is built on the way hangs off `choices` and
 * goes with it; values stay, and a text value points at where it was given. Whatever is wrong ends
 * the process here.
 */
#include "libcommon/base/settings.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"

enum { EXIT_BAD_SETTING = 2, FIRST_KEY = 1000 /* above letters: no short options */ };

static int64_t log_format;

/* Of every program. */
static const struct setting log_settings[] = {
    {"log_format", SETTING_WORD, &log_format, "logfmt", 0, 0, "logfmt|json",
     "how a line of the log is written"},
    {0},
};

/* One setting of any table, with the text that it will be read from. */
struct choice {
    const struct setting *setting;
    const char *environment; /* "JUSHA_WORK_THREADS" */
    const char *text;        /* NULL: nothing given yet */
};

/* All settings, in the order of the tables. */
struct choices {
    size_t count;
    struct choice *item; /* argp's key of item[i] is FIRST_KEY + i */
};

/* ---- reading a value ---- */

/* Not copied: arguments, environment and `initial` last as long as the process. */
static bool read_text(const struct setting *setting, const char *text)
{
    int64_t bytes = (int64_t)strlen(text);

    if (bytes < setting->min || bytes > setting->max)
        return false;
    *(const char **)setting->value = text;
    return true;
}

/* Decimal digits, all of the text, with or without a minus. */
static bool read_int(const struct setting *setting, const char *text)
{
    char *end = NULL;

    if (!isdigit((unsigned char)text[text[0] == '-']))
        return false;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || number < setting->min || number > setting->max)
        return false;
    *(int64_t *)setting->value = number;
    return true;
}

static bool read_bool(const struct setting *setting, const char *text)
{
    static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"0", "1"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int value = 0; value <= 1; value++)
            if (strcmp(text, words[i][value]) == 0) {
                *(bool *)setting->value = value;
                return true;
            }
    return false;
}

static bool read_word(const struct setting *setting, const char *text)
{
    size_t size = strlen(text);
    int64_t number = 0;

    for (const char *word = setting->unit; *word; number++) {
        size_t length = strcspn(word, "|");

        if (length == size && memcmp(word, text, size) == 0) {
            *(int64_t *)setting->value = number;
            return true;
        }
        word += length + (word[length] == '|');
    }
    return false;
}

static bool read_limit(const struct setting *setting, const char *text)
{
    if (strcmp(text, "off") != 0)
        return read_int(setting, text);
    *(int64_t *)setting->value = SETTING_OFF;
    return true;
}

static const struct {
    const char *argument; /* in --help */
    /* Sets the value. False: the text is none, or out of range, and nothing is set. */
    bool (*read)(const struct setting *setting, const char *text);
} types[] = {
    [SETTING_TEXT] = {"TEXT", read_text},         [SETTING_INT] = {"NUMBER", read_int},
    [SETTING_BOOL] = {"yes|no", read_bool},       [SETTING_WORD] = {"WORD", read_word},
    [SETTING_LIMIT] = {"NUMBER|off", read_limit},
};

/* "1-64 threads", "0-255 bytes of text", "yes or no", "logfmt|json", "0-60000 ms or off" */
static const char *describe_range(const void *parent, const struct setting *setting)
{
    if (setting->type == SETTING_BOOL)
        return "yes or no";
    if (setting->type == SETTING_WORD)
        return setting->unit;
    if (setting->type == SETTING_TEXT)
        return mem_printf(parent, "%" PRId64 "-%" PRId64 " bytes of text", setting->min,
                          setting->max);
    return mem_printf(parent, "%" PRId64 "-%" PRId64 "%s%s%s", setting->min, setting->max,
                      setting->unit && *setting->unit ? " " : "",
                      setting->unit ? setting->unit : "",
                      setting->type == SETTING_LIMIT ? " or off" : "");
}

/* ---- tables -> options ---- */

/* "work_threads" -> "JUSHA_WORK_THREADS" */
static const char *environment_name(const void *parent, const char *name)
{
    char *variable = mem_printf(parent, "JUSHA_%s", name);

    for (char *c = variable; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return variable;
}

/* The program's tables and that of every program; the caller's. */
static const struct setting **all_tables(const struct setting *const *tables)
{
    size_t count = 0;

    while (tables[count])
        count++;
    const struct setting **all = mem_array(NULL, const struct setting *, count + 2);
    for (size_t i = 0; i < count; i++)
        all[i] = tables[i];
    all[count] = log_settings;
    return all;
}

/* The caller's; its texts are still NULL. */
static struct choices *collect(const struct setting *const *tables)
{
    struct choices *choices = mem_new(NULL, struct choices);

    for (const struct setting *const *table = tables; *table; table++)
        for (const struct setting *s = *table; s->name; s++)
            choices->count++;
    choices->item = mem_array(choices, struct choice, choices->count);

    struct choice *next = choices->item;
    for (const struct setting *const *table = tables; *table; table++)
        for (const struct setting *s = *table; s->name; s++)
            *next++ = (struct choice){s, environment_name(choices, s->name), NULL};
    return choices;
}

/* The options for argp: a row for each setting with its line of --help, a group for each table,
 * a zero row. */
static struct argp_option *make_options(const struct choices *choices,
                                        const struct setting *const *tables)
{
    struct argp_option *options = mem_array(choices, struct argp_option, choices->count + 1);
    int group = 1;
    size_t i = 0;

    for (const struct setting *const *table = tables; *table; table++, group++)
        for (const struct setting *s = *table; s->name; s++, i++)
            options[i] = (struct argp_option){
                .name = s->name,
                .key = FIRST_KEY + (int)i,
                .arg = types[s->type].argument,
                .doc = mem_printf(
                    choices, "%s (%s; %s%s%s; %s)", s->help, describe_range(choices, s),
                    s->initial ? "default \"" : "must be set", s->initial ? s->initial : "",
                    s->initial ? "\"" : "", choices->item[i].environment),
                .group = group,
            };
    return options;
}

/* ---- options -> values ---- */

/* argp's parser: keeps the text of an option for later. */
static error_t note_option(int key, char *text, struct argp_state *state)
{
    struct choices *choices = state->input;

    if (key == ARGP_KEY_ARG)
        argp_error(state, "unexpected argument '%s'", text);
    if (key < FIRST_KEY || key >= FIRST_KEY + (int)choices->count)
        return ARGP_ERR_UNKNOWN;
    choices->item[key - FIRST_KEY].text = text;
    return 0;
}

/* argp's hook for --version. */
static void print_version(FILE *out, struct argp_state *state)
{
    fprintf(out, "%s (jusha) %s\n", state->name, JUSHA_VERSION);
}

/* Sets every value, or ends the process at the first that cannot be set. */
static void apply(const struct choices *choices)
{
    for (size_t i = 0; i < choices->count; i++) {
        const struct choice *choice = &choices->item[i];
        const struct setting *setting = choice->setting;
        const char *text = choice->text ? choice->text : getenv(choice->environment);

        if (!text)
            text = setting->initial;
        if (text && types[setting->type].read(setting, text))
            continue;
        fprintf(stderr, "setting %s (--%s, %s) %s%s: it must be %s\n", setting->name, setting->name,
                choice->environment, text ? "cannot be " : "is not set",
                text ? LOG_QUOTED(text) : "", describe_range(choices, setting));
        exit(EXIT_BAD_SETTING);
    }
}

void settings_load(int argc, char **argv, const char *about, const struct setting *const *tables)
{
    const struct setting **all = all_tables(tables);
    struct choices *choices = collect(all);
    struct argp argp = {
        .options = make_options(choices, all),
        .parser = note_option,
        .doc = mem_printf(choices, "%s\v%s", about,
                          "Each setting may stand in the environment instead, under the name in "
                          "capitals; the command line wins."),
    };

    argp_err_exit_status = EXIT_BAD_SETTING;
    argp_program_version_hook = print_version;
    if (argp_parse(&argp, argc, argv, 0, NULL, choices) != 0)
        exit(EXIT_BAD_SETTING);
    apply(choices);
    log_set_format((enum log_format)log_format);
    talloc_free(choices);
    talloc_free(all);
}
