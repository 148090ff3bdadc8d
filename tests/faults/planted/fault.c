/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.c - is it time to die, and which bugs are wanted?
 *
 * An order to die is a file named after the process, looked for each time a point is passed: so a
 * process that runs already can be told, and the file's absence tells that it is done.
 */
#include "tests/faults/planted/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const points[] = {
#define POINT(NAME, name) [FAULT_##NAME] = #name,
    FAULT_POINTS(POINT)
#undef POINT
};

static const char *const bugs[] = {
#define BUG(NAME, name) [BUG_##NAME] = #name,
    PLANTED_BUGS(BUG)
#undef BUG
};

enum { BUGS = sizeof bugs / sizeof *bugs };

void fault_point(enum fault_point point)
{
    static _Atomic long passed; /* of the point in the order: one process dies once */
    const char *folder = getenv("JUSHA_FAULT");
    char path[4096], name[64];
    long times;

    if (!folder)
        return;
    snprintf(path, sizeof path, "%s/%ld", folder, (long)getpid());
    FILE *order = fopen(path, "re");
    if (!order)
        return;
    bool meant =
        fscanf(order, "%63[a-z_]:%ld", name, &times) == 2 && strcmp(name, points[point]) == 0;
    fclose(order);
    if (!meant || ++passed < times)
        return;
    unlink(path);
    raise(SIGKILL);
}

static bool planted[BUGS];

static void read_plants(void)
{
    const char *wanted = getenv("JUSHA_PLANT");
    char *list = strdup(wanted ? wanted : ""), *rest = NULL;

    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        int bug = 0;
        while (bug < BUGS && strcmp(bugs[bug], name) != 0)
            bug++;
        if (bug == BUGS)
            abort(); /* a test that believes in a bug that is not there */
        planted[bug] = true;
    }
    free(list);
}

bool fault_planted(enum planted_bug bug)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_plants);
    return planted[bug];
}
