/* SPDX-License-Identifier: Apache-2.0 */
/* reach_ground.c - names and objects of the places of reach_ground.h */
#include "reach_ground.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/method/method.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define THEIR "THEIR_"

/* What the name stands for here: mostly an id, a new one when it is named for the first time. */
static const char *id_of(struct ground *ground, const char *name, size_t length)
{
    size_t i = 0;

    if (strncmp(name, THEIR, strlen(THEIR)) == 0)
        return id_of(ground->neighbour, name + strlen(THEIR), length - strlen(THEIR));
    if (length == strlen("STREET") && strncmp(name, "STREET", length) == 0)
        return ground->street;
    if (length == strlen("SOON") && strncmp(name, "SOON", length) == 0)
        return ground->soon;
    while (i < ground->count && (strlen(ground->ids[i].name) != length ||
                                 strncmp(ground->ids[i].name, name, length) != 0))
        i++;
    if (i == ground->count) {
        assert_true(i < NAMES_MAX && length < sizeof ground->ids[i].name);
        memcpy(ground->ids[i].name, name, length);
        id_new(ground->ids[i].id);
        ground->count++;
    }
    return ground->ids[i].id;
}

char *ground_text(const void *parent, struct ground *ground, const char *text)
{
    char *made = mem_text(parent, "");

    while (*text) {
        size_t plain = strcspn(text, "$");
        size_t length = text[plain] ? strspn(text + plain + 1, LETTERS) : 0;
        made = mem_check(
            talloc_asprintf_append_buffer(made, "%.*s%s", (int)plain, text,
                                          length ? id_of(ground, text + plain + 1, length) : ""));
        text += plain + (text[plain] ? 1 + length : 0);
    }
    return made;
}

char *ground_json(const void *parent, struct ground *ground, const char *json)
{
    char *made = ground_text(parent, ground, json);

    for (char *c = made; *c; c++)
        if (*c == '\'')
            *c = '"';
    return made;
}

static const char *new_street(struct bed *bed, const void *parent)
{
    char *street = mem_printf(parent, "r%08x%08x", randombytes_random(), randombytes_random());

    bed_sql(bed, "INSERT INTO %s.stream (street) VALUES ('%s')", bed_service->name, street);
    return street;
}

/* A day that may be booked. */
static void set_soon(struct ground *ground)
{
    time_t soon = time(NULL) + 40L * 24 * 3600;
    struct tm tm;

    strftime(ground->soon, sizeof ground->soon, "%Y-%m-%dT", gmtime_r(&soon, &tm));
}

/* The journal has an event of each place. */
static void furnish(struct bed *bed, struct ground *ground, int seq, const char *objects)
{
    set_soon(ground);
    const char *event = ground_text(ground->street, ground, "$EVENT");

    bed_sql(bed, "SET search_path = %s; %s", bed_service->name,
            ground_text(ground->street, ground, objects));
    bed_sql(bed,
            "INSERT INTO journal VALUES ('%s', %d, '%s', 'a.Type', '%s', now(), 'somebody', '',"
            " '')",
            ground->street, seq, event, event);
}

struct world *world_new(struct bed *bed, const char *objects)
{
    struct world *world = mem_new(bed->slot.parent, struct world);

    world->own.street = world->sibling.street = new_street(bed, world);
    world->foreign.street = new_street(bed, world);
    world->own.neighbour = &world->sibling;
    world->sibling.neighbour = &world->own;
    world->foreign.neighbour = &world->foreign;
    furnish(bed, &world->own, 1, objects);
    furnish(bed, &world->sibling, 2, objects);
    furnish(bed, &world->foreign, 1, objects);
    return world;
}
