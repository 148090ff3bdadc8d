/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - jusha-open FILTER [FILE]: opens what SQL cannot look into, for checks of a backup
 *
 * Rows of COPY come by standard input and go by standard output, so that no password and no
 * connection is needed. Exit code 1 when a row was none, 2 for wrong usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/data_keys.h"
#include "ops/backup/open.h"

static const struct filter {
    const char *name;
    int columns;
    bool needs_keys; /* FILE holds the registry's data keys */
    open_line *open;
} filters[] = {
    {"events", 5, false, open_event},
    {"phones", 3, true, open_phone},
    {"pack", 4, false, pack_event},
    {0},
};

/* False if they are not as many. */
static bool split(char *line, char **columns, int count)
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < count; i++)
        columns[i] = strsep(&line, "\t");
    return columns[count - 1] != NULL && line == NULL;
}

static int run(const struct filter *filter)
{
    char *line = NULL, *columns[COLUMNS_MAX];
    size_t size = 0;
    bool is_well = true;

    while (getline(&line, &size, stdin) >= 0) {
        if (!split(line, columns, filter->columns)) {
            fprintf(stderr, "%s: a row of %d columns is wanted\n", filter->name, filter->columns);
            is_well = false;
        } else if (!filter->open(columns)) {
            is_well = false;
        }
    }
    free(line);
    return is_well && fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Its setting is the path, as every service has it. */
static bool load_keys(char *program, const char *path)
{
    char *given = NULL;

    if (asprintf(&given, "--data_key=%s", path) < 0)
        return false;
    settings_load(2, (char *[]){program, given, NULL}, "opens rows of a backup",
                  (const struct setting *const[]){data_key_settings, NULL});
    return data_keys_start();
}

int main(int argc, char **argv)
{
    const struct filter *filter = filters;

    while (filter->name && (argc < 2 || strcmp(filter->name, argv[1]) != 0))
        filter++;
    if (!filter->name || argc != (filter->needs_keys ? 3 : 2)) {
        fputs("usage: jusha-open events | phones DATA-KEYS | pack\n", stderr);
        return 2;
    }
    return filter->needs_keys && !load_keys(argv[0], argv[2]) ? EXIT_FAILURE : run(filter);
}
