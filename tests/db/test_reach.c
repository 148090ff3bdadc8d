/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_reach.c - the generic suite of authorisation: role x method x {own, sibling, other street}
 *
 * Every row of the service (SERVICE/reach_rows.c) is called by somebody of each reach, and one of
 * each action and kind of place by everybody of reach_caller.h (reach_walk.h): with what is their
 * own, with what is beside it, and with what is another street's. How it has to end is computed
 * from the table of permission.h alone. A method without a row fails by its name.
 *
 * test_reach [K/N]: the K-th of N shares of the rows. They are dealt out like cards, as neighbours
 * take equally long.
 */
#include "bed.h"

#include <string.h>

#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/service/method/method.h"
#include "reach_walk.h"

static bool has_row(const char *method)
{
    for (const struct reach_row *const *table = walk_tables; *table; table++)
        for (const struct reach_row *row = *table; row->method; row++)
            if (strcmp(row->method, method) == 0)
                return true;
    return false;
}

static void check_method(const struct endpoint *endpoint)
{
    const struct method *method = endpoint->row;
    const char *name = strrchr(endpoint->name, '/') + 1;
    unsigned may = 0;

    if (!has_row(name))
        fail_msg("tests/db/%s/reach_rows.c has no row for %s: say what to call it with, and whose "
                 "that is"
                 " (reach_rows.h)",
                 bed_service->name, name);
    for (unsigned role = 1; role < ROLES; role++)
        may += permission_reach(method->may, (Bus__Role)role) != REACH_NONE;
    if (method->command && may == ROLES - 1)
        fail_msg("%s changes something, and everybody may", name);
}

static void each_method_has_a_row_and_no_command_is_everybodys(void **state)
{
    (void)state;
    for (const struct methods *const *methods = bed_service->methods; *methods; methods++) {
        const ProtobufCServiceDescriptor *contract = (*methods)->base.descriptor;
        for (unsigned i = 0; i < contract->n_methods; i++)
            check_method(walk_method(contract->methods[i].name));
    }
}

/* ---- how it has to end ---- */

static bool is_about_a_place(const struct reach_row *row)
{
    return strchr(row->request, '$') != NULL;
}

/* Does what reaches so far get to what this place has? */
static bool gets_to(const struct walk *walk, const struct ground *ground, enum reach reach)
{
    const unsigned whose = walk->row->whose;

    if (ground == &walk->world->foreign)
        return false;
    return reach == REACH_STREET ||
           (ground == &walk->world->own && ((reach == REACH_COMMUNITY && whose & OF_COMMUNITY) ||
                                            (reach == REACH_UNIT && whose & OF_UNIT) ||
                                            (reach == REACH_SELF && whose & OF_PERSON)));
}

struct ending {
    enum status status;
    const char *rule; /* NULL: any */
    bool shows;       /* of a query */
};

/* How a command ends that does not get there. What the request itself names cannot be hidden. */
static struct ending refusal(const struct walk *walk, enum reach reach)
{
    const struct place *place = walk->endpoint->row->place;

    if (reach == REACH_STREET)
        return (struct ending){STATUS_NOT_FOUND, NULL, false};
    return place->stored ? (struct ending){STATUS_NOT_FOUND, "exists", false}
                         : (struct ending){STATUS_PERMISSION_DENIED, "reach", false};
}

static struct ending expected(const struct walk *walk, const struct reach_caller *caller,
                              const struct ground *ground)
{
    const struct method *method = walk->endpoint->row;
    const struct reach_row *row = walk->row;
    enum reach reach, step;

    if (!caller_may(caller, method->may, &reach))
        return (struct ending){STATUS_PERMISSION_DENIED, "role", false};
    if (method->query && row->step && !caller_may(caller, row->step, &reach))
        return (struct ending){STATUS_OK, "", false};
    if (method->query)
        return (struct ending){STATUS_OK, "", gets_to(walk, ground, reach)};
    if ((is_about_a_place(row) || reach != REACH_STREET) && !gets_to(walk, ground, reach))
        return refusal(walk, reach);
    if (row->whose & AWAY && reach != REACH_STREET)
        return (struct ending){STATUS_PERMISSION_DENIED, "reach", false};
    if (row->whose & ABOVE && reach != REACH_STREET)
        return (struct ending){STATUS_PERMISSION_DENIED, "higher_role", false};
    if (row->step && (!caller_may(caller, row->step, &step) || !gets_to(walk, ground, step)))
        return (struct ending){STATUS_PERMISSION_DENIED, "role", false};
    return (struct ending){row->ends, row->ends == STATUS_OK ? "" : NULL, true};
}

/* ---- how it ends ---- */

static const char *rule_of(const struct call *call)
{
    return call->violations.count ? call->violations.item[0].rule : "";
}

static const char *field_of(const struct call *call)
{
    return call->violations.count ? call->violations.item[0].field : "";
}

/* A query that finds nothing says so, or answers without it. */
static bool shows(const struct walk *walk, const struct call *call, struct ground *ground)
{
    if (call->status != STATUS_OK || !walk->row->shows)
        return call->status == STATUS_OK;
    return strstr(json_text(call, call->response),
                  ground_json(walk->world, ground, walk->row->shows)) != NULL;
}

static bool ends_so(const struct walk *walk, const struct call *call, struct ground *ground,
                    struct ending ending)
{
    if (walk->endpoint->row->query && ending.status == STATUS_OK)
        return (call->status == STATUS_OK || call->status == STATUS_NOT_FOUND) &&
               shows(walk, call, ground) == ending.shows;
    return call->status == ending.status &&
           (!ending.rule || strcmp(rule_of(call), ending.rule) == 0);
}

static const char *ground_name(const struct walk *walk, const struct ground *ground)
{
    return ground == &walk->world->own       ? "own"
           : ground == &walk->world->sibling ? "sibling's"
                                             : "another street's";
}

static void check_ending(struct walk *walk, const struct reach_caller *caller,
                         struct ground *ground, const struct call *call)
{
    struct ending ending = expected(walk, caller, ground);

    if (ends_so(walk, call, ground, ending))
        return;
    walk->wrong++;
    print_error("%s %s by %s, %s: ended %s '%s' (%s)%s, expected %s '%s'%s\n", walk->row->method,
                walk->row->request, caller_text(walk->world, caller), ground_name(walk, ground),
                status_name(call->status), rule_of(call), call->message,
                shows(walk, call, ground) ? " and shows it" : "", status_name(ending.status),
                ending.rule ? ending.rule : "any", ending.shows ? " and shows it" : "");
}

/* ---- every row x every caller x every place ---- */

/* Returns how it ended, in full; lives as long as the bed. */
static const char *call_at(struct bed *bed, struct walk *walk, const struct reach_caller *caller,
                           struct ground *ground)
{
    const struct method *method = walk->endpoint->row;
    struct call *call =
        walk_call(bed, walk, caller, ground_json(walk->world, ground, walk->row->request));
    const bool changed = method->command && call->status == STATUS_OK;

    check_ending(walk, caller, ground, call);
    /* a list is one call that may show all places; one that tells no place from another shows the
     * own */
    if (method->query && !is_about_a_place(walk->row) && walk->row->shows &&
        strchr(walk->row->shows, '$')) {
        check_ending(walk, caller, &walk->world->sibling, call);
        check_ending(walk, caller, &walk->world->foreign, call);
    }
    if (changed) {
        walk_renew(bed, walk, caller);
    }
    const char *ended = mem_printf(bed->slot.parent, "%s on '%s': %s", status_name(call->status),
                                   field_of(call), call->message);
    bed_free(call);
    return ended;
}

/* What the caller may not see is refused in the words for what is not there at all. */
static void visit_everywhere(struct bed *bed, void *context, const struct reach_caller *caller)
{
    struct walk *walk = context;

    if (!walk_takes(walk, caller))
        return;
    caller_enter(bed, walk->world, caller);
    call_at(bed, walk, caller, &walk->world->own);
    if (!is_about_a_place(walk->row))
        return;
    const char *hidden = call_at(bed, walk, caller, &walk->world->sibling);
    const char *missing = call_at(bed, walk, caller, &walk->world->foreign);
    if (strncmp(hidden, "NOT_FOUND", 9) == 0 && strcmp(hidden, missing) != 0) {
        walk->wrong++;
        print_error("%s %s by %s tells that it is there: %s; not there: %s\n", walk->row->method,
                    walk->row->request, caller_text(walk->world, caller), hidden, missing);
    }
}

static void visit_own(struct bed *bed, void *context, const struct reach_caller *caller)
{
    struct walk *walk = context;

    if (!walk_takes(walk, caller))
        return;
    caller_enter(bed, walk->world, caller);
    call_at(bed, walk, caller, &walk->world->own);
}

static void with_certificates(struct bed *bed, struct walk *walk)
{
    each_certificate(bed, visit_everywhere, walk);
}

static void with_grants(struct bed *bed, struct walk *walk)
{
    each_grant(bed, IN_FORCE, IN_FORCE, visit_everywhere, walk);
}

static void with_other_grants(struct bed *bed, struct walk *walk)
{
    each_grant(bed, IN_FORCE + 1, TERMS - 1, visit_own, walk);
}

static void lets_a_certificate_reach_as_far_as_its_role(void **state)
{
    walk_rows(*state, with_certificates);
}

static void lets_a_grant_reach_its_own_place_and_no_other(void **state)
{
    walk_rows(*state, with_grants);
}

static void takes_a_grant_that_is_not_in_force_here_for_none(void **state)
{
    walk_whole_rows(*state, with_other_grants);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        walk_share(argv[1]);
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(each_method_has_a_row_and_no_command_is_everybodys),
        TEST(lets_a_certificate_reach_as_far_as_its_role),
        TEST(lets_a_grant_reach_its_own_place_and_no_other),
        TEST(takes_a_grant_that_is_not_in_force_here_for_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
