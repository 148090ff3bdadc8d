/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_named.c - no command takes anything to somebody whom its caller does not reach, or from them
 *
 * Every community, unit and person that a command's rules let a request name is put there in turn,
 * in each row of SERVICE/reach_rows.c, as the one next door: by everybody whose roles do not reach
 * the whole street. What is not in the row's place as somebody who is merely named (place.h) must
 * be refused. So a field that is added later is tried without a line here.
 *
 * test_named [K/N]: the K-th of N shares of the rows.
 */
#include "bed.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/method/method.h"
#include "reach_walk.h"

/* ---- fields ---- */

/* What a field names, by the end of its name; NULL: nobody. */
static const struct {
    const char *end, *name;
    bool repeated;
} somebody[] = {
    {"community_id", "$THEIR_COMMUNITY", false}, {"community_ids", "$THEIR_COMMUNITY", true},
    {"unit_id", "$THEIR_UNIT", false},           {"unit_ids", "$THEIR_UNIT", true},
    {"person_id", "$THEIR_PERSON", false},       {"person_ids", "$THEIR_PERSON", true},
};
enum { SOMEBODY = sizeof somebody / sizeof *somebody };

static int find_somebody(const char *field)
{
    int i = 0;

    while (i < SOMEBODY &&
           (strlen(field) < strlen(somebody[i].end) ||
            strcmp(field + strlen(field) - strlen(somebody[i].end), somebody[i].end) != 0))
        i++;
    return i;
}

/* Or its object is looked up by it, and lies where it lies: that is test_reach.c's business. */
static bool is_merely_named(const struct place *place, const char *path)
{
    const char *field = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;

    if (place->stored && statement_has(place->stored, field))
        return true;
    for (const char *const *name = place->names; name && *name; name++)
        if (strcmp(*name, path) == 0)
            return true;
    return false;
}

/* ---- requests ---- */

/* "person.unit_id" -> the request with the id next door there, and under the mask. */
static char *name_them(struct walk *walk, const char *path, int who)
{
    json_t *request =
        json_loads(ground_json(walk->world, &walk->world->own, walk->row->request), 0, NULL);
    json_t *at = request;
    char *rest = mem_text(walk->world, path), *step, *last = NULL;
    const char *mask;

    assert_non_null(request);
    while ((step = strsep(&rest, "."))) {
        if (last && !json_object_get(at, last))
            json_object_set_new(at, last, json_object());
        at = last ? json_object_get(at, last) : at;
        last = step;
    }
    json_t *id = json_string(ground_text(walk->world, &walk->world->own, somebody[who].name));
    /* proto3 JSON takes a field's own name as well; the row's may not stand beside it */
    json_object_set_new(at, last, somebody[who].repeated ? json_pack("[o]", id) : id);
    if ((mask = json_string_value(json_object_get(request, "updateMask"))))
        json_object_set_new(request, "updateMask",
                            json_string(mem_printf(walk->world, "%s,%s", mask, last)));
    char *text = json_dumps(request, 0), *kept = mem_text(walk->world, text);
    free(text);
    json_decref(request);
    return kept;
}

/* "unit_id" as the rows write it: "unitId". */
static char *camel(const void *parent, const char *name)
{
    char *made = mem_text(parent, name), *to = made;

    for (const char *from = name; *from; from++)
        if (*from == '_')
            *to++ = (char)toupper((unsigned char)*++from);
        else
            *to++ = *from;
    *to = '\0';
    return made;
}

/* ---- every field x every caller ---- */

struct attempt {
    struct walk *walk;
    const char *path;
    int who;
};

static void visit(struct bed *bed, void *context, const struct reach_caller *caller)
{
    const struct attempt *attempt = context;
    struct walk *walk = attempt->walk;
    enum reach reach;

    if (!caller_may(caller, walk->endpoint->row->may, &reach) || reach == REACH_STREET)
        return;
    caller_enter(bed, walk->world, caller);
    struct call *call = walk_call(bed, walk, caller,
                                  name_them(walk, camel(walk->world, attempt->path), attempt->who));
    if (call->status != STATUS_PERMISSION_DENIED && call->status != STATUS_NOT_FOUND &&
        call->status != STATUS_INVALID_ARGUMENT) {
        walk->wrong++;
        print_error("%s %s by %s takes their %s for %s: ended %s (%s)\n", walk->row->method,
                    walk->row->request, caller_text(walk->world, caller),
                    somebody[attempt->who].name, attempt->path, status_name(call->status),
                    call->message);
    }
    if (call->status == STATUS_OK)
        walk_renew(bed, walk, caller);
    bed_free(call);
}

static void try_rules(struct bed *bed, struct walk *walk, const struct rule *rules,
                      const char *prefix)
{
    const struct place *place = walk->endpoint->row->place;

    for (const struct rule *rule = rules; rule && rule->type != RULE_END; rule++) {
        const char *path = mem_printf(bed->slot.parent, "%s%s", prefix, rule->field);
        struct attempt attempt = {walk, path, find_somebody(rule->field)};
        if (rule->rules && rule->type != RULE_TYPE_MESSAGES)
            try_rules(bed, walk, rule->rules, mem_printf(bed->slot.parent, "%s.", path));
        else if (attempt.who < SOMEBODY && !is_merely_named(place, path))
            each_grant(bed, IN_FORCE, IN_FORCE, visit, &attempt);
    }
}

static void try_row(struct bed *bed, struct walk *walk)
{
    const struct method *method = walk->endpoint->row;

    if (method->command && method->place)
        try_rules(bed, walk, method->rules, "");
}

static void takes_nothing_to_whom_the_caller_does_not_reach(void **state)
{
    walk_rows(*state, try_row);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        walk_share(argv[1]);
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(takes_nothing_to_whom_the_caller_does_not_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
