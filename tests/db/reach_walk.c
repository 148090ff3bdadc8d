/* SPDX-License-Identifier: Apache-2.0 */
/* reach_walk.c - the walk of reach_walk.h; rows are dealt out like cards, as neighbours take
 * equally long */
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

/* Do these two differ in nothing but where their place is found? */
static bool is_alike(const struct reach_row *a, const struct reach_row *b)
{
    const struct method *one = walk_method(a->method)->row, *other = walk_method(b->method)->row;

    return one->may == other->may && a->step == b->step && !one->query == !other->query &&
           !one->place == !other->place &&
           (!one->place || !one->place->stored == !other->place->stored);
}

static bool is_first_of_its_kind(const struct reach_row *row)
{
    for (const struct reach_row *const *table = walk_tables; *table; table++)
        for (const struct reach_row *earlier = *table; earlier->method; earlier++) {
            if (earlier == row)
                return true;
            if (is_alike(earlier, row))
                return false;
        }
    return true;
}

static void walk_some(struct bed *bed, row_check *check, bool wholes_only)
{
    const bool all = getenv("JUSHA_TEST_WHOLE") != NULL;
    struct walk walk = {0};
    unsigned number = 0;

    for (const struct reach_row *const *table = walk_tables; *table; table++)
        for (walk.row = *table; walk.row->method; walk.row++) {
            walk.is_whole = all || is_first_of_its_kind(walk.row);
            if ((wholes_only && !walk.is_whole) || number++ % shares != share)
                continue;
            walk.seen.count = 0;
            walk.endpoint = walk_method(walk.row->method);
            if (!walk.world)
                walk.world = world_new(bed, reach_objects);
            check(bed, &walk);
            if (walk.endpoint->row->command) /* a query leaves it to the next row as it was */
                TALLOC_FREE(walk.world);
        }
    talloc_free(walk.world);
    if (walk.wrong > 0)
        fail_msg("%d calls ended as they must not", walk.wrong);
}

void walk_rows(struct bed *bed, row_check *check)
{
    walk_some(bed, check, false);
}

void walk_whole_rows(struct bed *bed, row_check *check)
{
    walk_some(bed, check, true);
}

/* How far somebody reaches by an action: by the certificate, by the grant, and by both where they
 * are. */
static unsigned reach_key(const struct reach_caller *caller, const struct permission *permission)
{
    enum { REACHES = REACH_SELF + 1 };
    enum reach reach;

    (void)caller_may(caller, permission, &reach);
    return (permission_reach(permission, caller->certificate) * REACHES +
            permission_reach(permission, caller->granted)) *
               REACHES +
           reach;
}

bool walk_takes(struct walk *walk, const struct reach_caller *caller)
{
    const unsigned by_gateway = caller->certificate == BUS__ROLE__ROLE_UNSPECIFIED;
    unsigned key = reach_key(caller, walk->endpoint->row->may) * 2 + by_gateway;

    if (walk->is_whole)
        return true;
    if (walk->row->step)
        key = key * 1000 + reach_key(caller, walk->row->step);
    for (size_t i = 0; i < walk->seen.count; i++)
        if (walk->seen.key[i] == key)
            return false;
    assert_true(walk->seen.count < WALK_REACHES);
    walk->seen.key[walk->seen.count++] = key;
    return true;
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
