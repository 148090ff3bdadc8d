/* SPDX-License-Identifier: Apache-2.0 */
/* bed.c - keys in a folder of its own, a toy registry, and an environment that names both */
#include "bed.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

static void name_in_environment(struct bed *bed, const char *variable, const char *file)
{
    char path[96];

    snprintf(path, sizeof path, "%s/%s", bed->keys, file);
    setenv(variable, path, 1);
}

int bed_up(void **state)
{
    static const struct {
        const char *name;
        Bus__Role role;
    } people[] = {{"broker", BUS__ROLE__ROLE_SERVICE},
                  {"operator", BUS__ROLE__ROLE_OPERATOR},
                  {"staff", BUS__ROLE__ROLE_STREET_STAFF}};
    struct bed *bed = mem_new(NULL, struct bed);
    struct certificate made[3];

    strcpy(bed->folder, "/tmp/jusha-cli-XXXXXX");
    if (mkdtemp(bed->folder) == NULL)
        return -1;
    snprintf(bed->keys, sizeof bed->keys, "%s/keys", bed->folder);
    for (size_t i = 0; i < 3; i++)
        if (certificate_create(bed->keys, people[i].name, people[i].role, "*", &made[i]) !=
            STATUS_OK)
            return -1;
    bed->toy = toy_start(&made[0]);
    setenv("JUSHA_BROKERS", toy_address(bed->toy), 1);
    name_in_environment(bed, "JUSHA_CERTIFICATE", "staff.key_secret");
    name_in_environment(bed, "JUSHA_OPERATOR_CERTIFICATE", "operator.key_secret");
    name_in_environment(bed, "JUSHA_BROKER_KEY", "broker.key");
    unsetenv("JUSHA_STREET");
    unsetenv("JUSHA_JSON");
    *state = bed;
    return 0;
}

int bed_down(void **state)
{
    struct bed *bed = *state;

    toy_stop(&bed->toy);
    nftw(bed->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    talloc_free(bed);
    return 0;
}

int bed_fresh(void **state)
{
    struct bed *bed = *state;

    toy_forget(bed->toy);
    toy_mute(bed->toy, false);
    toy_away(bed->toy, "");
    bed->memory = talloc_new(NULL);
    return 0;
}

int bed_sweep(void **state)
{
    static const char *const files[] = {"street.csv",     "communities.csv", "units.csv",
                                        "programme.csv",  "resources.csv",   "needs.csv",
                                        "volunteers.csv", "series.csv"};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(mem_printf(bed->memory, "%s/%s", bed->folder, files[i]));
    TALLOC_FREE(bed->memory);
    return 0;
}

const char *bed_file(struct bed *bed, const char *name, const char *content)
{
    const char *path = mem_printf(bed->memory, "%s/%s", bed->folder, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
    return path;
}
