/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name_keys.c - makes the keys of names, a page of a table at a time
 *
 * A position is "noun id": the table, and the last of its rows that was looked at. Under the
 * street's lock each row is looked at in the order of ids, so of two that collide the older one has
 * the key.
 */
#include "libcommon/service/method/name_keys.h"

#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"
#include "libcommon/base/text_form.h"

static const char first_id[] = "00000000-0000-0000-0000-000000000000";

/* NULL if it is no position. */
static const struct named_table *find_table(const struct named_table *tables, const char *position,
                                            const char **ret_id)
{
    size_t size = strcspn(position, " ");

    *ret_id = first_id;
    if (!*position)
        return tables;
    while (tables->noun && (strncmp(tables->noun, position, size) != 0 || tables->noun[size]))
        tables++;
    *ret_id = position[size] ? position + size + 1 : "";
    return tables->noun && text_is_uuid(*ret_id) ? tables : NULL;
}

/* *ret_other NULL: nobody has the key. */
static enum status find_rival(struct call *call, const struct named_table *table,
                              Type__NameCollision *row, bool *ret_found)
{
    const PGresult *rows;
    enum status status = table->rival ? db_query(call, table->rival, &row->base, &rows) : STATUS_OK;

    *ret_found = status == STATUS_OK && table->rival && PQntuples(rows) > 0;
    if (*ret_found)
        db_row(call, table->rival, rows, 0, &row->base);
    return status;
}

/* row: id and name, and where other_name would be, the key that is stored. */
static enum status make_key(struct call *call, const struct named_table *table,
                            Type__NameCollision *row, struct name_keys *found)
{
    bool collides;

    found->looked_at++;
    if (strcmp(row->other_name, text_key(call, row->name)) == 0)
        return STATUS_OK;
    enum status status = find_rival(call, table, row, &collides);
    if (status != STATUS_OK)
        return status;
    if (collides) {
        found->collisions[found->collision_count++] = row;
        return STATUS_OK;
    }
    db_do(call, table->take, &row->base);
    found->made++;
    return STATUS_OK;
}

enum status name_keys_make(struct call *call, const struct named_table *tables,
                           const char *position, struct name_keys *ret)
{
    Type__NameCollision *from = wire_new(call, &type__name_collision__descriptor);
    const char *id;
    const struct named_table *table = find_table(tables, position, &id);
    const PGresult *rows;

    if (!table)
        return call_fail(call, STATUS_INVALID_ARGUMENT, "position", "position",
                         "it is not where an answer ended");
    from->object_id = mem_text(call, id);
    enum status status = db_query(call, table->look, &from->base, &rows);
    size_t count = status == STATUS_OK ? (size_t)PQntuples(rows) : 0;

    *ret = (struct name_keys){.next_position = mem_text(call, ""),
                              .collisions = mem_array(call, Type__NameCollision *, count)};
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        Type__NameCollision *row = wire_new(call, &type__name_collision__descriptor);
        db_row(call, table->look, rows, (int)i, &row->base);
        from = row;
        status = make_key(call, table, row, ret);
    }
    if (count > 0)
        ret->next_position = mem_printf(call, "%s %s", table->noun, from->object_id);
    else if (table[1].noun)
        ret->next_position = mem_printf(call, "%s %s", table[1].noun, first_id);
    return status;
}
