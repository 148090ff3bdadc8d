/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - what an operator can set, as tables
 *
 * A module exports a table; a program names the tables it wants. A value comes from --name=value,
 * else from the environment (JUSHA_NAME), else from `initial`. A wrong one ends the program with
 * exit code 2 and one line that names the setting and its range. --help prints every table,
 * --version the version. Every program has log_format beside its own: how its log is written.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum setting_type {
    SETTING_TEXT, /* value is const char **; min and max are bytes */
    SETTING_INT,  /* value is int64_t * */
    SETTING_BOOL, /* value is bool *; true/false/yes/no/1/0 */
    SETTING_WORD, /* value is int64_t *: which of the words in unit, "logfmt|json", from 0 on */
    /* value is int64_t *; a number as of SETTING_INT, or "off", which is SETTING_OFF */
    SETTING_LIMIT,
};

#define SETTING_OFF INT64_MAX

struct setting {
    const char *name; /* snake_case: "work_threads" */
    enum setting_type type;
    void *value;
    const char *initial; /* as text; NULL: must be set */
    int64_t min, max;    /* inclusive */
    const char *unit;    /* "ms", "bytes", "threads"; "" if none; of a SETTING_WORD its words */
    const char *help;    /* one line */
};

/* Tables end with a zero row; `tables` ends with NULL. about: one line for --help. */
void settings_load(int argc, char **argv, const char *about, const struct setting *const *tables);
