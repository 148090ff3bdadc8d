/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - what has to happen so that the server holds what a row says */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "json_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text_form.h"

void plan_index_init(struct plan_index *index, const struct sheet *sheet)
{
    *index = (struct plan_index){.sheet = sheet,
                                 .by_name = json_object(),
                                 .several = json_object(),
                                 .of_line = json_object(),
                                 .taken = json_object()};
    for (size_t i = 0; i < SHEET_KEYS_MAX; i++)
        index->by_key[i] = json_object();
}

void plan_index_clear(struct plan_index *index)
{
    json_decref(index->by_name);
    json_decref(index->several);
    json_decref(index->of_line);
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
        char *value = sheet_key(NULL, sheet, i, object);

        if (value != NULL && json_object_get(index->by_key[i], value) != NULL)
            json_object_set_new(index->several, value, json_true());
        if (value != NULL)
            json_object_set(index->by_key[i], value, object);
        talloc_free(value);
    }
    char *name = text_key(NULL, json_path_text(object, "name"));
    json_object_set(index->by_name, name,
                    json_object_get(index->by_name, name) == NULL ? object : json_null());
    talloc_free(name);
}

void plan_index_settle(struct plan_index *index, const struct sheet_row *row, json_t *object,
                       bool made)
{
    char line[24];

    snprintf(line, sizeof line, "%zu", row->line);
    json_object_set(index->of_line, line, json_path_get(object, index->sheet->id));
    if (made)
        plan_index_add(index, object);
}

json_t *plan_match(struct plan_index *index, const struct sheet_row *row, size_t *ret_line)
{
    const struct sheet *sheet = index->sheet;
    json_t *found = NULL;

    *ret_line = 0;
    for (size_t i = 0; i < SHEET_KEYS_MAX && sheet->keys[i] != NULL && found == NULL; i++) {
        char *value = sheet_key(NULL, sheet, i, row->object);

        found = value == NULL ? NULL : json_object_get(index->by_key[i], value);
        talloc_free(value);
    }
    if (found == NULL)
        return NULL;

    const char *id = json_path_text(found, sheet->id);
    *ret_line = (size_t)json_integer_value(json_object_get(index->taken, id));
    if (*ret_line == 0)
        json_object_set_new(index->taken, id, json_integer((json_int_t)row->line));
    return found;
}

bool plan_is_guess(const struct plan_index *index, const struct sheet_row *row)
{
    bool guess = false;

    for (size_t i = 0; i < SHEET_KEYS_MAX && index->sheet->keys[i] != NULL && !guess; i++) {
        char *value = sheet_key(NULL, index->sheet, i, row->object);

        guess = value != NULL && json_object_get(index->several, value) != NULL;
        talloc_free(value);
    }
    return guess;
}

/* The row's entries, each with the id that the server gave to the one of its key; a new
 * reference. */
static json_t *entries_of(const struct sheet *sheet, const json_t *row, const json_t *existing)
{
    json_t *entries = json_deep_copy(json_path_get(row, sheet->entries.list));
    json_t *entry, *known;
    size_t i, j;

    json_array_foreach(entries, i, entry)
    {
        json_array_foreach(json_path_get(existing, sheet->entries.list), j, known)
        {
            if (json_equal(json_path_get(entry, sheet->entries.key),
                           json_path_get(known, sheet->entries.key)))
                json_path_set(entry, sheet->entries.id,
                              json_incref(json_path_get(known, sheet->entries.id)));
        }
    }
    return entries;
}

static bool is_of_entries(const struct sheet *sheet, const struct sheet_column *column)
{
    const char *list = sheet->entries.list;

    return list != NULL && strncmp(column->field, list, strlen(list)) == 0;
}

/* existing with the row's cells over it. */
static json_t *overlay(const struct sheet_rows *rows, const struct sheet_row *row,
                       const json_t *existing)
{
    const struct sheet *sheet = rows->sheet;
    json_t *target = json_deep_copy(existing);

    for (size_t i = 0; i < sheet_columns(sheet); i++) {
        const struct sheet_column *column = &sheet->columns[i];

        if (!rows->has_column[i] || column->once)
            continue;
        if (is_of_entries(sheet, column))
            json_path_set(target, sheet->entries.list, entries_of(sheet, row->object, existing));
        else
            json_path_set(target, column->field,
                          json_incref(json_path_get(row->object, column->field)));
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
        *ret_request = json_object();
        json_path_set(*ret_request, sheet->object, json_incref(row->object));
        return ROW_CREATED;
    }
    if (sheet->update == NULL)
        return ROW_EQUAL;
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

json_t *plan_step(const struct sheet *sheet, const json_t *object)
{
    if (sheet->step.method == NULL ||
        strcmp(json_path_text(object, "status"), sheet->step.from) != 0)
        return NULL;
    json_t *request = json_object();
    json_path_set(request, sheet->id, json_incref(json_path_get(object, sheet->id)));
    json_path_set(request, "action", json_string(sheet->step.action));
    json_path_set(request, "revision", json_incref(json_path_get(object, "revision")));
    return request;
}
