/* SPDX-License-Identifier: Apache-2.0 */
/* reach_caller.c - the callers of reach_caller.h */
#include "reach_caller.h"

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"

/* The roles that can be granted, and what for. */
static const struct {
    const char *community, *unit;
    Bus__Role role;
    enum reach reach; /* that the place is good for */
} grants[] = {
    {"NULL", "NULL", BUS__ROLE__ROLE_STREET_STAFF, REACH_STREET},
    {"'$COMMUNITY'", "NULL", BUS__ROLE__ROLE_COMMUNITY_STAFF, REACH_COMMUNITY},
    {"NULL", "'$UNIT'", BUS__ROLE__ROLE_UNIT_CONTACT, REACH_UNIT},
    {"NULL", "NULL", BUS__ROLE__ROLE_VOLUNTEER, REACH_SELF},
    {"NULL", "'$UNIT'", BUS__ROLE__ROLE_SHOP, REACH_UNIT},
};
enum { GRANTS = sizeof grants / sizeof *grants };

#define TODAY "(now() AT TIME ZONE 'Asia/Shanghai')::date"

static const struct {
    const char *text, *from_on, *until_on, *status;
} terms[TERMS] = {
    [IN_FORCE] = {"for today", TODAY, TODAY, "IN_FORCE"},
    [ENDED_YESTERDAY] = {"until yesterday", TODAY " - 30", TODAY " - 1", "IN_FORCE"},
    [BEGINS_TOMORROW] = {"from tomorrow on", TODAY " + 1", TODAY " + 30", "IN_FORCE"},
    [REVOKED] = {"and revoked", TODAY, TODAY, "REVOKED"},
    [OF_ANOTHER_STREET] = {"in another street", TODAY, TODAY, "IN_FORCE"},
};

void each_certificate(struct bed *bed, caller_visit *visit, void *context)
{
    struct reach_caller caller = {0};

    for (unsigned role = 0; role < bus__role__descriptor.n_values; role++) {
        caller.certificate = (Bus__Role)bus__role__descriptor.values[role].value;
        visit(bed, context, &caller); /* UNSPECIFIED: somebody whom nothing was granted */
    }
}

void each_grant(struct bed *bed, enum term first, enum term last, caller_visit *visit,
                void *context)
{
    for (int i = 0; i < GRANTS; i++)
        for (enum term term = first; term <= last; term++) {
            struct reach_caller caller = {grants[i].role, grants[i].role, term};
            visit(bed, context, &caller);
            caller.certificate = BUS__ROLE__ROLE_UNSPECIFIED;
            visit(bed, context, &caller);
        }
}

static int find_grant(Bus__Role role)
{
    int i = 0;

    while (i < GRANTS && grants[i].role != role)
        i++;
    return i;
}

/* The row of role_grant that the caller has, with the $NAMES of their own place. */
static char *grant_row(const void *parent, const struct world *world,
                       const struct reach_caller *caller, int grant)
{
    return mem_printf(parent,
                      "'%s', '$ROLE', '$PERSON', '%s', %s, %s, %s, %s, '%s', now(), now(), 1",
                      caller->term == OF_ANOTHER_STREET ? world->foreign.street : "$STREET",
                      types_enum_name(&bus__role__descriptor, caller->granted),
                      grants[grant].community, grants[grant].unit, terms[caller->term].from_on,
                      terms[caller->term].until_on, terms[caller->term].status);
}

void caller_enter(struct bed *bed, struct world *world, const struct reach_caller *caller)
{
    int i = find_grant(caller->granted);
    void *memory = talloc_new(world);

    bed_sql(bed, "DELETE FROM role_grant WHERE grant_id = '%s'",
            ground_text(memory, &world->own, "$ROLE"));
    if (i < GRANTS)
        bed_sql(bed, "INSERT INTO role_grant VALUES (%s)",
                ground_text(memory, &world->own, grant_row(memory, world, caller, i)));
    talloc_free(memory);
}

bool caller_may(const struct reach_caller *caller, const struct permission *permission,
                enum reach *ret)
{
    enum reach own = permission_reach(permission, caller->certificate), given = REACH_NONE;
    int i = find_grant(caller->granted);

    *ret = REACH_NONE;
    if (i < GRANTS && caller->term == IN_FORCE)
        given = permission_reach(permission, caller->granted);
    if (own == REACH_STREET || given == REACH_STREET)
        *ret = REACH_STREET;
    else if (own == REACH_SELF || given == REACH_SELF)
        *ret = REACH_SELF;
    else if (i < GRANTS && given == grants[i].reach)
        *ret = given; /* a certificate alone does not say of which community or unit */
    return own != REACH_NONE || given != REACH_NONE;
}

char *caller_text(const void *parent, const struct reach_caller *caller)
{
    char *text = caller->certificate
                     ? mem_printf(parent, "a certificate of %s",
                                  types_enum_name(&bus__role__descriptor, caller->certificate))
                     : mem_text(parent, "a gateway");

    if (caller->granted)
        text = mem_printf(parent, "%s, %s granted %s", text,
                          types_enum_name(&bus__role__descriptor, caller->granted),
                          terms[caller->term].text);
    return text;
}
