/* SPDX-License-Identifier: Apache-2.0 */
/* load_plan.c - what has to happen so that the server holds what a row says */
#include "load_plan.h"

#include <string.h>

#include "json_path.h"
#include "libcommon/base/mem.h"

void plan_index_init(struct plan_index *index, const struct sheet *sheet)
{
    *index = (struct plan_index){.sheet = sheet, .taken = json_object()};
    for (size_t i = 0; i < SHEET_KEYS_MAX; i++)
        index->by_key[i] = json_object();
}

void plan_index_clear(struct plan_index *index)
{
    json_decref(index->taken);
    for (size_t i = 0; i < SHEET_KEYS_MAX; i++)
        json_decref(index->by_key[i]);
    *index = (struct plan_index){0};
}

void plan_index_add(struct plan_index *index, json_t *object)
{
    const struct sheet *sheet = index->sheet;

    if (sheet->gone != NULL && strcmp(json_path_text(object, "status"), sheet->gone) == 0)
        return;
    json_path_tidy(object);
    for (size_t i = 0; i < SHEET_KEYS_MAX && sheet->keys[i] != NULL; i++) {
        const char *value = json_path_text(object, sheet->keys[i]);

        if (*value != '\0')
            json_object_set(index->by_key[i], value, object);
    }
}

json_t *plan_match(struct plan_index *index, const struct sheet_row *row, size_t *ret_line)
{
    const struct sheet *sheet = index->sheet;
    json_t *found = NULL;

    *ret_line = 0;
    for (size_t i = 0; i < SHEET_KEYS_MAX && sheet->keys[i] != NULL && found == NULL; i++)
        found = json_object_get(index->by_key[i], json_path_text(row->object, sheet->keys[i]));
    if (found == NULL)
        return NULL;

    const char *id = json_path_text(found, sheet->id);
    *ret_line = (size_t)json_integer_value(json_object_get(index->taken, id));
    if (*ret_line == 0)
        json_object_set_new(index->taken, id, json_integer((json_int_t)row->line));
    return found;
}

/* existing with the row's cells over it. */
static json_t *overlay(const struct sheet_rows *rows, const struct sheet_row *row,
                       const json_t *existing)
{
    json_t *target = json_deep_copy(existing);

    for (size_t i = 0; i < sheet_columns(rows->sheet); i++) {
        const char *field = rows->sheet->columns[i].field;

        if (rows->has_column[i])
            json_path_set(target, field, json_incref(json_path_get(row->object, field)));
    }
    return target;
}

/* Copies the fields that differ into change and returns the mask: "name,partyOrganisation". */
static char *differences(const void *parent, const struct sheet *sheet, const json_t *existing,
                         const json_t *target, json_t *change)
{
    char *mask = mem_text(parent, "");
    json_t *masked = json_object(); /* a field may have two columns and stands in the mask once */

    for (size_t i = 0; i < sheet_columns(sheet); i++) {
        char *key = json_path_key(parent, sheet->columns[i].field);
        json_t *before = json_object_get(existing, key), *after = json_object_get(target, key);
        bool equal = before == NULL ? after == NULL : json_equal(before, after);

        if (equal || json_object_get(masked, key) != NULL)
            continue;
        json_object_set_new(masked, key, json_true());
        mask = mem_check(talloc_asprintf_append(mask, "%s%s", *mask == '\0' ? "" : ",", key));
        if (after != NULL)
            json_object_set(change, key, after);
    }
    json_decref(masked);
    return mask;
}

enum row_outcome plan_row(const struct sheet_rows *rows, const struct sheet_row *row,
                          const json_t *existing, json_t **ret_request)
{
    const struct sheet *sheet = rows->sheet;

    if (existing == NULL) {
        *ret_request = json_pack("{s:O}", sheet->object, row->object);
        return ROW_CREATED;
    }
    void *memory = talloc_new(NULL);
    json_t *target = overlay(rows, row, existing);
    json_t *change = json_object();
    const char *mask = differences(memory, sheet, existing, target, change);
    bool equal = *mask == '\0';

    json_path_set(change, sheet->id, json_incref(json_path_get(existing, sheet->id)));
    json_path_set(change, "revision", json_incref(json_path_get(existing, "revision")));
    if (!equal)
        *ret_request = json_pack("{s:O, s:s}", sheet->object, change, "updateMask", mask);
    json_decref(change);
    json_decref(target);
    talloc_free(memory);
    return equal ? ROW_EQUAL : ROW_UPDATED;
}
