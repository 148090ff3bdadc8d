/* SPDX-License-Identifier: Apache-2.0 */
/* reach_walk.c - the walk of reach_walk.h; rows are dealt out like cards, as neighbours take equally
 * long */
#include "reach_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"

/* Of the methods that every service has. */
static const struct reach_row common_rows[] = {
    {"Read", OF_STREET, "{}", .shows = "$EVENT"},
    {"Heads", OF_STREET, "{'limit': 1}"},
    {"GetCursor", OF_STREET, "{'name': 'mine'}"},
    {"MoveCursor", OF_STREET, "{'name': 'mine', 'toSeq': 1}"},
    {"ListFollowers", OF_STREET, "{'limit': 1}"},
    {0},
};
const struct reach_row *const walk_tables[] = {common_rows, reach_rows, NULL};

const struct endpoint *walk_method(const char *name)
{
    const struct endpoint *endpoint = NULL;

    for (const struct methods *const *methods = bed_service->methods; *methods; methods++) {
        char *full = mem_printf(NULL, "%s/%s", (*methods)->base.descriptor->name, name);
        endpoint = endpoint ? endpoint : methods_find(full);
        talloc_free(full);
    }
    if (!endpoint)
        fail_msg("there is no method %s", name);
    return endpoint;
}

/* ---- rows ---- */

static unsigned share = 0, shares = 1; /* which rows: those whose number leaves this when divided */

void walk_share(const char *text)
{
    char *end;

    share = (unsigned)strtoul(text, &end, 10);
    shares = *end == '/' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
    if (share < 1 || share > shares) {
        fprintf(stderr, "%s is no share: K/N\n", text);
        exit(EXIT_FAILURE);
    }
    share--;
}

void walk_rows(struct bed *bed, row_check *check)
{
    struct walk walk = {0};
    unsigned number = 0;

    for (const struct reach_row *const *table = walk_tables; *table; table++)
        for (walk.row = *table; walk.row->method; walk.row++) {
            if (number++ % shares != share)
                continue;
            walk.endpoint = walk_method(walk.row->method);
            walk.world = world_new(bed, reach_objects);
            check(bed, &walk);
            talloc_free(walk.world);
        }
    if (walk.wrong > 0)
        fail_msg("%d calls ended as they must not", walk.wrong);
}

void walk_renew(struct bed *bed, struct walk *walk, const struct reach_caller *caller)
{
    talloc_free(walk->world);
    walk->world = world_new(bed, reach_objects);
    caller_enter(bed, walk->world, caller);
}

/* ---- calls ---- */

struct call *walk_call(struct bed *bed, const struct walk *walk, const struct reach_caller *caller,
                       const char *json)
{
    const char *person = ground_text(walk->world, &walk->world->own, "$PERSON");
    const struct bed_caller own = {caller->certificate, person, ""};
    const struct bed_caller spoken_for = {BUS__ROLE__ROLE_GATEWAY, "gateway", person};
    const bool spans = walk->endpoint->row->scope == SCOPE_ALL_STREETS;

    return bed_run(bed, bed_call_by(bed, caller->certificate ? own : spoken_for,
                                    spans ? "" : walk->world->own.street, walk->row->method, NULL,
                                    json));
}
